//! The hash of a file, and the bytes at its start.

use super::{MAX_FILE, found};
use nice_flow_codegen::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The bytes at the start of a file by which its format is recognised.
const HEAD: usize = 1 << 16;

/// The file's hash, first bytes and size; an error that names the file, and `formats` that are read.
pub(super) fn digest(path: &Path, formats: &str) -> Result<(String, Vec<u8>, usize)> {
    let unreadable = |error: std::io::Error| Error::file(path, error);
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        let found = match about.is_dir() {
            true => format!("expected {formats}, found {}", found::folder(path)),
            false => format!(
                "expected a file of at most {MAX_FILE} bytes, found a pipe or a device; \
                 only a model file may come through a pipe, save a checkpoint first"
            ),
        };
        return Err(Error::file(path, found));
    }
    if about.len() > MAX_FILE {
        let size = about.len();
        let message = format!("expected at most {MAX_FILE} bytes, found {size}");
        return Err(Error::file(path, message));
    }
    hash_and_head(path).map_err(unreadable)
}

/// The hash of a file, its first bytes and its size.
pub fn hash_and_head(path: &Path) -> std::io::Result<(String, Vec<u8>, usize)> {
    let mut file = File::open(path)?;
    let (mut hash, mut head, mut block) = (Sha256::new(), vec![], vec![0; 1 << 16]);
    let mut size = 0;
    loop {
        let bytes = file.read(&mut block)?;
        if bytes == 0 {
            break;
        }
        size += bytes;
        hash.update(&block[..bytes]);
        let wanted = HEAD.saturating_sub(head.len());
        head.extend(block[..bytes].iter().take(wanted));
    }
    let hash = hash.finalize();
    let hash = hash.iter().map(|b| format!("{b:02x}")).collect();
    Ok((hash, head, size))
}
