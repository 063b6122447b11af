//! What a blob is.

use crate::sign::{Public, public_key};
use nice_flow_codegen::module::blob::{Described, described};
use nice_flow_codegen::text::escaped;
use nice_flow_codegen::{Error, Result};
use serde_json::json;
use std::path::Path;

/// Says what the header has; an error unless the blob is whole and, if there is a key, signed by its owner.
pub(super) fn inspect(path: &Path, bytes: &[u8], key: Option<&Path>, json: bool) -> Result<()> {
    let blob = described(bytes).map_err(|message| Error::file(path, message))?;
    if let Some(key) = key {
        expect_genuine(path, bytes, &blob, &public_key(key)?, key)?;
    }
    print(&blob, key.is_some(), json)
}

fn expect_genuine(
    path: &Path,
    bytes: &[u8],
    blob: &Described,
    public: &Public,
    key: &Path,
) -> Result<()> {
    let found = match blob.signature {
        None => "none",
        Some(signature) if public.signed(bytes, signature) => return Ok(()),
        Some(_) => "another",
    };
    Err(Error::Check(format!(
        "{}: expected a signature by the owner of {}, found {found}",
        escaped(&path.to_string_lossy()),
        escaped(&key.to_string_lossy())
    )))
}

fn print(blob: &Described, is_genuine: bool, json: bool) -> Result<()> {
    let Described {
        bytes,
        version,
        layout,
        id,
        ..
    } = blob;
    let is_signed = blob.signature.is_some();
    if json {
        let hex = |number: &u64| format!("{number:#018x}");
        say!(
            "{}",
            json!({
                "bytes": bytes, "version": version, "layout": hex(layout), "id": hex(id), "signed": is_signed,
                "genuine": (is_genuine || !is_signed).then_some(is_genuine),
            })
        );
        return Ok(());
    }
    say!("a blob of {bytes} bytes, version {version}, id {id:#018x}");
    say!("for firmware whose module has LAYOUT {layout:#018x}");
    say!("it has no names: those of its inputs, and its number type, are in that module");
    say!(
        "{}",
        match (is_signed, is_genuine) {
            (_, true) => "signed by the owner of the key",
            (true, false) => "signed; --key says by whom",
            (false, false) => "not signed",
        }
    );
    Ok(())
}
