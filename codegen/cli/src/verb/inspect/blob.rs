//! What a blob is.

use nice_flow_codegen::module::blob::{Described, described, is_blob};
use nice_flow_codegen::{Error, Result, reading};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest blob that is read.
const MOST: u64 = 1 << 30;

/// The header of a blob; `None` if the file is something else.
pub(super) fn read(path: &Path) -> Result<Option<Described>> {
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
    let described = described(&bytes).map_err(|message| Error::file(path, message))?;
    Ok(Some(described))
}

/// Says what the header has.
pub(super) fn print(blob: &Described, json: bool) -> Result<()> {
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
            json!({ "bytes": bytes, "version": version, "layout": hex(layout), "id": hex(id), "signed": is_signed })
        );
        return Ok(());
    }
    say!("a blob of {bytes} bytes, version {version}, id {id:#018x}");
    say!("for firmware whose module has LAYOUT {layout:#018x}");
    say!("{}", if is_signed { "signed" } else { "not signed" });
    Ok(())
}
