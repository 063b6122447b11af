//! What a blob is.

use crate::sign::is_genuine;
use nice_flow_codegen::module::blob::{Described, described, is_blob};
use nice_flow_codegen::{Error, Result, reading};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest blob that is read.
const MOST: u64 = 1 << 30;

/// The bytes of a blob; `None` if the file is something else.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    // A pipe can be read only once, and is no blob.
    if !path.is_file() {
        return Ok(None);
    }
    let open = || File::open(path).map_err(|error| Error::caused_in(path, error));
    let mut start = [0; 4];
    if open()?.read_exact(&mut start).is_err() || !is_blob(&start) {
        return Ok(None);
    }
    let bytes = reading::whole(open()?, MOST).map_err(|error| Error::caused_in(path, error))?;
    Ok(Some(bytes))
}

/// Says what the header has; an error unless the blob is whole and, if there is a key, signed by its owner.
pub(super) fn inspect(path: &Path, bytes: &[u8], key: Option<&Path>, json: bool) -> Result<()> {
    let blob = described(bytes).map_err(|message| Error::file(path, message))?;
    if let Some(key) = key {
        expect_genuine(path, bytes, &blob, key)?;
    }
    print(&blob, key.is_some(), json)
}

fn expect_genuine(path: &Path, bytes: &[u8], blob: &Described, key: &Path) -> Result<()> {
    let found = match blob.signature {
        None => "none",
        Some(signature) if is_genuine(bytes, signature, key)? => return Ok(()),
        Some(_) => "another",
    };
    let message = format!(
        "expected a signature by the owner of {}, found {found}",
        key.display()
    );
    Err(Error::file(path, message))
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
                "genuine": is_genuine,
            })
        );
        return Ok(());
    }
    say!("a blob of {bytes} bytes, version {version}, id {id:#018x}");
    say!("for firmware whose module has LAYOUT {layout:#018x}");
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
