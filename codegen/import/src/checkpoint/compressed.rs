//! Pickles compressed by zlib or gzip, as `joblib.dump(…, compress=3)` writes them.

use super::budget::Budget;
use super::{Contents, found, safetensors, torch};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use nice_flow_codegen::error::{self, Error};
use std::io::Read;
use std::path::Path;

/// Decompressed bytes are at most eight times the file's and this: 16 MiB, of a scaler that is all alike.
const SPARE: u64 = 1 << 24;

/// What gzip's bytes begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The line that unpacks what is no pickle of joblib.
const UNPACK: &str = "unpack it, with: import gzip, zlib; b = open(FILE, \"rb\").read(); \
     open(\"model.pt\", \"wb\").write(gzip.decompress(b) if b[:2] == b\"\\x1f\\x8b\" else zlib.decompress(b))";

/// Whether a file may be one.
pub(super) fn fits(head: &[u8]) -> bool {
    matches!(found::compression(head), Some("gzip" | "zlib"))
}

/// Whether a file is compressed by any program that joblib knows.
pub(crate) fn is_any(head: &[u8]) -> bool {
    found::compression(head).is_some()
}

/// Reads what the pickle holds; also returns its first bytes.
pub(super) fn read(path: &Path) -> error::Result<(Contents, Vec<u8>)> {
    let bytes = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
    let kind = found::compression(&bytes).unwrap_or("zlib");
    let data =
        decompressed(&bytes).map_err(|found| format!("expected bytes of {kind}, found {found}"));
    let contents = data.and_then(|data| {
        if torch::is_file(&data) || safetensors::fits(&data) {
            return Err(format!(
                "expected a file as it was saved, found one compressed by {kind}; {UNPACK}"
            ));
        }
        if !matches!(data.as_slice(), [0x80, 2..=5, ..]) {
            let inside = found::describe(&data);
            return Err(format!(
                "expected a pickle compressed by {kind}, as joblib writes it, found {inside}"
            ));
        }
        let contents = torch::plain(&data, &mut Budget::new(data.len()));
        let contents = contents.map_err(|found| {
            format!("expected a whole pickle compressed by {kind}, found {found}")
        });
        Ok((contents?, data))
    });
    contents.map_err(|message| Error::file(path, message))
}

fn decompressed(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let most = (bytes.len() as u64).saturating_mul(8).saturating_add(SPARE);
    let mut data = vec![];
    let read = match bytes.starts_with(&GZIP) {
        true => MultiGzDecoder::new(bytes)
            .take(most + 1)
            .read_to_end(&mut data),
        false => ZlibDecoder::new(bytes)
            .take(most + 1)
            .read_to_end(&mut data),
    };
    read.map_err(|error| error.to_string())?;
    match data.len() as u64 <= most {
        true => Ok(data),
        false => Err(format!(
            "more than {most} bytes in {}: write it with joblib.dump(scaler, path, compress=0)",
            bytes.len()
        )),
    }
}
