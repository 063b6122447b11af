//! A new model without new firmware: a package of bytes that a board checks, and then reads where they lie in flash.
//!
//! `nice-flow generate MODEL --blob pump.bin` writes the package beside the module, and gives the module `Package`, `LAYOUT`
//! and `FACTORY`. A later model of the same shape and inputs becomes another `pump.bin`, that any firmware with the module can
//! run. A package is whole: with the model come threshold, debounce, usual values, p-values, golden row and the spread of its
//! training rows, so that a new model never meets an old threshold, nor is commissioned against the rows of another.
//!
//! ```text
//! 0   magic "nfb1"            72  bytes of all        88  id: fingerprint of the content
//! 4   CRC-32 of what follows  76  version             96  threshold, debounce, usual values, p-values, golden row, spread, model
//! 8   signature, or zeros     80  layout fingerprint
//! ```
//!
//! What follows the header is laid out as C does it, little-endian, padding zero. Nothing is copied to RAM: [`Package::open`]
//! takes 11 instructions a byte on a Cortex-M4 and 15 on a Cortex-M0+, once, after which a score is as fast as that of a `static`, and has the same bits.
//!
//! The checksum finds every changed bit, and what an interrupted update leaves. It does not keep out an attacker: whoever
//! can make a blob can also compute its checksum. For that there is a signature, see [`Package::newest_signed`]. Bytes with
//! the right checksum and wrong numbers give wrong scores, never undefined behaviour or a panic.

mod contents;
mod header;
#[cfg(feature = "install")]
mod install;
mod refused;

pub use crate::crc::crc;
pub use contents::Contents;
pub use header::{CHECKED, Header, MAGIC, SIGNED, Signed};
#[cfg(feature = "install")]
pub use install::NotInstalled;
pub use refused::Refused;

use crate::{Debounce, Golden, PValues, Spread};
use zerocopy::{ConvertError, Immutable, KnownLayout, TryFromBytes};

/// Counts the changes of how the runtime's types are laid out: part of the layout fingerprint.
pub const LAYOUT_VERSION: u32 = 3;

/// A blob: a model with all that belongs to it, as bytes have it.
///
/// A generated module has it as `Package`, with its parameters filled in; they are those of [`Contents`].
#[derive(Debug, TryFromBytes, KnownLayout, Immutable)]
#[repr(C, align(8))]
pub struct Package<
    M,
    T,
    N,
    const D: usize,
    const Q: usize,
    const K: usize,
    const G: usize,
    const S: usize,
> {
    header: Header,
    threshold: N,
    needed: u32,
    of: u32,
    usual: [[T; Q]; D],
    p_values: PValues<N, K>,
    golden: [Golden<T, N, D>; G],
    spread: [Spread<D>; S],
    model: M,
}

impl<M, T, N, const D: usize, const Q: usize, const K: usize, const G: usize, const S: usize>
    Package<M, T, N, D, Q, K, G, S>
where
    Self: TryFromBytes + KnownLayout + Immutable,
    N: Copy,
{
    /// The package at the front of a slot. Once it is open, nothing can fail.
    ///
    /// The slot begins at an address that is a multiple of eight, and may be longer than the package. `layout` is the
    /// module's `LAYOUT`.
    pub fn open(slot: &[u8], layout: u64) -> Result<&Self, Refused> {
        const { assert!(cfg!(target_endian = "little"), "blobs are little-endian") };
        Header::check(slot, layout, size_of::<Self>())?;
        match Self::try_ref_from_prefix(slot) {
            Ok((package, _)) => Ok(package),
            Err(ConvertError::Alignment(_)) => Err(Refused::Alignment),
            Err(_) => Err(Refused::Value),
        }
    }

    /// The newest package in some slots, and which slot it is in; otherwise why each slot was refused.
    ///
    /// Of equal versions, the first counts. An update is written to a slot that is not in use, and counts once it is whole:
    /// there is no mark to set and nothing to swap.
    pub fn newest<const SLOTS: usize>(
        slots: [&'static [u8]; SLOTS],
        layout: u64,
    ) -> Result<(usize, &'static Self), [Refused; SLOTS]> {
        Self::newest_signed(slots, layout, |_| true)
    }

    /// As [`newest`](Self::newest), of those packages whose signature is `genuine`.
    ///
    /// `nice-flow generate --sign KEY` signs with Ed25519. Which library verifies is the firmware's choice, such as `salty` on a
    /// Cortex-M3 and up (8 KB, 4 million instructions) or `ed25519-compact` on a Cortex-M0+ (16 KB, 13 million).
    pub fn newest_signed<const SLOTS: usize>(
        slots: [&'static [u8]; SLOTS],
        layout: u64,
        genuine: impl Fn(Signed) -> bool,
    ) -> Result<(usize, &'static Self), [Refused; SLOTS]> {
        let mut newest: Option<(usize, &'static Self)> = None;
        let mut reasons = [Refused::Blank; SLOTS];
        for (index, (slot, reason)) in slots.iter().zip(&mut reasons).enumerate() {
            match Self::open(slot, layout) {
                Err(refused) => *reason = refused,
                Ok(_) if !Signed::of(slot).is_some_and(&genuine) => *reason = Refused::Signature,
                Ok(package) => {
                    if newest.is_none_or(|(_, best)| package.version() > best.version()) {
                        newest = Some((index, package));
                    }
                }
            }
        }
        newest.ok_or(reasons)
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The version that was given to `nice-flow generate`.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.header.version.get()
    }

    /// Which model it is: a fingerprint of the content.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.header.id.get()
    }

    /// Its parts.
    #[must_use]
    pub fn contents(&'static self) -> Contents<M, T, N, D, Q, K, G, S> {
        Contents {
            model: &self.model,
            threshold: self.threshold,
            debounce: Debounce::stored(self.needed, self.of),
            usual: &self.usual,
            p_values: &self.p_values,
            golden: &self.golden,
            spread: &self.spread,
        }
    }
}
