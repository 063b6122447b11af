//! What stands before a package.

use super::refused::Refused;
use crate::crc::crc;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The first four bytes of a blob; the last is the version of this header.
pub const MAGIC: [u8; 4] = *b"nfb1";

/// The first 96 bytes of a blob, numbers little-endian.
#[derive(Clone, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 4],
    /// CRC-32 of all that follows.
    pub crc: U32,
    /// Of all that follows it, if there is one; otherwise zeros.
    pub signature: [u8; 64],
    /// Bytes of the blob, with this header.
    pub bytes: U32,
    /// Of two blobs, the one with the higher version counts.
    pub version: U32,
    /// Fingerprint of the package's layout and of what its model takes.
    pub layout: U64,
    /// Fingerprint of the package's content: which model it is.
    pub id: U64,
}

impl Header {
    /// The header of a blob; `None` if there is none. Nothing else is checked.
    #[must_use]
    pub fn of(slot: &[u8]) -> Option<&Self> {
        let (header, _) = Self::ref_from_prefix(slot).ok()?;
        (header.magic == MAGIC).then_some(header)
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    /// An error unless a sound blob of `size` bytes is at the front of a slot.
    // Not generic, so that firmware has it once.
    #[inline(never)]
    pub(super) fn check(slot: &[u8], layout: u64, size: usize) -> Result<(), Refused> {
        let header = Self::of(slot).ok_or(Refused::Blank)?;
        if header.layout.get() != layout {
            return Err(Refused::Layout);
        }
        // That a header says another length, the checksum finds.
        let checked = slot.get(CHECKED..size).ok_or(Refused::Length)?;
        if crc(checked) != header.crc.get() {
            return Err(Refused::Checksum);
        }
        Ok(())
    }
}

/// Where the checksum begins.
pub const CHECKED: usize = 8;

/// Where the signature begins to count.
pub const SIGNED: usize = 72;

/// What a signature is of, and the signature.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// All of the blob behind its signature.
    pub bytes: &'a [u8],
    /// 64 bytes, such as those of Ed25519; zeros if nobody signed.
    pub signature: &'a [u8; 64],
}

impl<'a> Signed<'a> {
    /// Of a blob; `None` if there is none.
    #[must_use]
    pub fn of(slot: &'a [u8]) -> Option<Self> {
        let header = Header::of(slot)?;
        let bytes = slot.get(SIGNED..header.bytes.get() as usize)?;
        let signature = &header.signature;
        Some(Self { bytes, signature })
    }
}
