//! What a blob says of itself.

use nice_flow::blob::{CHECKED, Header, MAGIC, crc};

/// The header of a whole blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Bytes, with the header.
    pub bytes: u32,
    /// Of two blobs, the one with the higher version counts.
    pub version: u32,
    /// The `LAYOUT` of modules that can run it.
    pub layout: u64,
    /// Which model it is.
    pub id: u64,
    /// The signature, if there is one.
    pub signature: Option<[u8; 64]>,
}

/// Whether bytes are meant as a blob.
pub fn is_blob(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The header of a blob; an error unless the blob is whole.
pub fn described(blob: &[u8]) -> Result<Described, String> {
    let header = Header::of(blob).ok_or_else(|| {
        let (expected, found) = (size_of::<Header>(), blob.len());
        format!("expected a blob, with a header of {expected} bytes, found {found} bytes")
    })?;
    let (expected, found) = (header.bytes.get(), blob.len());
    if expected as usize != found {
        return Err(format!(
            "expected the {expected} bytes of the blob, found {found}: copy it again"
        ));
    }
    let (expected, found) = (header.crc.get(), crc(&blob[CHECKED..]));
    if expected != found {
        return Err(format!(
            "expected the checksum {expected:#010x}, found {found:#010x}: bytes have changed; generate it again"
        ));
    }
    Ok(Described {
        bytes: header.bytes.get(),
        version: header.version.get(),
        layout: header.layout.get(),
        id: header.id.get(),
        signature: (header.signature != [0; 64]).then_some(header.signature),
    })
}
