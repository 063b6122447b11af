//! An update, during which power may fail at any time.

use super::{Header, Package, Refused};
use core::fmt;
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;
use zerocopy::{Immutable, KnownLayout, TryFromBytes};

/// Why a package was not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NotInstalled<E> {
    /// No board with this firmware would run it; the slot is as it was.
    Refused(Refused),
    /// The slot is too short, or does not begin where a page does; it is as it was.
    Slot,
    /// The flash failed. The slot has no package; those in other slots are as they were.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for NotInstalled<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Slot => f.write_str("expected a slot of whole pages that holds the blob"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for NotInstalled<E> {}

/// The longest word that a flash can write, in bytes.
const LONGEST: usize = 256;

impl<M, T, N, const D: usize, const Q: usize, const K: usize, const G: usize, const S: usize>
    Package<M, T, N, D, Q, K, G, S>
where
    Self: TryFromBytes + KnownLayout + Immutable,
{
    /// Writes a package that was received to a slot that is not in use, in place of what is there.
    ///
    /// Power may fail at any moment: the other slots are not touched, and this one has a package once its last word is
    /// written. There is nothing to mark, swap or repair; [`newest`](Self::newest) takes it if its version is the highest. The
    /// slot is a range of the flash as its driver counts; the bytes may lie anywhere.
    ///
    /// ```
    /// # mod pump {
    /// #     use nice_flow::{blob, float::Normal};
    /// #     pub type Package = blob::Package<Normal, f32, f32, 3, 0, 0, 0, 0>;
    /// #     pub const LAYOUT: u64 = 0;
    /// # }
    /// use embedded_storage::nor_flash::NorFlash;
    /// use nice_flow::blob::NotInstalled;
    ///
    /// const SLOTS: [core::ops::Range<u32>; 2] = [0x6_0000..0x7_0000, 0x7_0000..0x8_0000];
    ///
    /// fn update<F: NorFlash>(
    ///     flash: &mut F,
    ///     slots: [&'static [u8]; 2],
    ///     received: &[u8],
    /// ) -> Result<(), NotInstalled<F::Error>> {
    ///     let used = pump::Package::newest(slots, pump::LAYOUT).map_or(0, |(used, _)| used);
    ///     pump::Package::install(flash, SLOTS[1 - used].clone(), received, pump::LAYOUT)
    /// }
    /// ```
    ///
    /// Where packages are signed, verify the [signature](super::Signed::of) before.
    pub fn install<F: NorFlash>(
        flash: &mut F,
        slot: Range<u32>,
        received: &[u8],
        layout: u64,
    ) -> Result<(), NotInstalled<F::Error>> {
        const {
            assert!(
                F::WRITE_SIZE <= LONGEST,
                "a flash with words of 256 bytes at most"
            )
        };
        Header::check(received, layout, size_of::<Self>()).map_err(NotInstalled::Refused)?;
        let (blob, _) = received
            .split_at_checked(size_of::<Self>())
            .ok_or(NotInstalled::Slot)?;
        let (page, length) = (F::ERASE_SIZE as u32, blob.len() as u32);
        let pages = length.div_ceil(page).wrapping_mul(page);
        let fits = slot.start.checked_add(pages).filter(|end| *end <= slot.end);
        let end = fits
            .filter(|_| slot.start.is_multiple_of(page))
            .ok_or(NotInstalled::Slot)?;
        flash.erase(slot.start, end).map_err(NotInstalled::Flash)?;
        write(flash, slot.start, blob).map_err(NotInstalled::Flash)
    }
}

/// Writes whole words, the last one filled up as erased flash is.
fn write<F: NorFlash>(flash: &mut F, start: u32, bytes: &[u8]) -> Result<(), F::Error> {
    let whole = bytes.len() / F::WRITE_SIZE * F::WRITE_SIZE;
    let Some((words, rest)) = bytes.split_at_checked(whole) else {
        return Ok(());
    };
    flash.write(start, words)?;
    let mut last = [0xff; LONGEST];
    for (last, byte) in last.iter_mut().zip(rest) {
        *last = *byte;
    }
    match last.get(..F::WRITE_SIZE) {
        Some(last) if !rest.is_empty() => flash.write(start.wrapping_add(whole as u32), last),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use embedded_storage::nor_flash::{ErrorType, NorFlashErrorKind, ReadNorFlash};
    use std::string::ToString;
    use std::vec::Vec;

    /// A flash of 64 bytes that writes words of `WORD` bytes.
    struct Words<const WORD: usize>([u8; 64]);

    impl<const WORD: usize> ErrorType for Words<WORD> {
        type Error = NorFlashErrorKind;
    }

    impl<const WORD: usize> ReadNorFlash for Words<WORD> {
        const READ_SIZE: usize = 1;

        fn read(&mut self, _: u32, _: &mut [u8]) -> Result<(), NorFlashErrorKind> {
            unreachable!()
        }

        fn capacity(&self) -> usize {
            self.0.len()
        }
    }

    impl<const WORD: usize> NorFlash for Words<WORD> {
        const WRITE_SIZE: usize = WORD;
        const ERASE_SIZE: usize = 64;

        fn erase(&mut self, _: u32, _: u32) -> Result<(), NorFlashErrorKind> {
            unreachable!()
        }

        /// Whole words where a word begins, as a driver of a real flash demands.
        fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
            let offset = offset as usize;
            if !offset.is_multiple_of(WORD) || !bytes.len().is_multiple_of(WORD) {
                return Err(NorFlashErrorKind::NotAligned);
            }
            let place = self.0.get_mut(offset..offset + bytes.len());
            place
                .ok_or(NorFlashErrorKind::OutOfBounds)?
                .copy_from_slice(bytes);
            Ok(())
        }
    }

    /// What `write` leaves of 0, 1, 2, … at the second word, and of the zeros that were around it.
    fn written<const WORD: usize>(length: usize) {
        let bytes: Vec<u8> = (0..length as u8).collect();
        let mut flash = Words::<WORD>([0; 64]);
        write(&mut flash, WORD as u32, &bytes).unwrap();
        let end = WORD + length.next_multiple_of(WORD);
        let (before, rest) = flash.0.split_at(WORD);
        let (words, after) = rest.split_at(end - WORD);
        assert_eq!(words[..length], bytes, "{WORD} {length}");
        let filled = &words[length..];
        assert!(filled.iter().all(|byte| *byte == 0xff), "{WORD} {length}");
        let mut around = before.iter().chain(after);
        assert!(around.all(|byte| *byte == 0), "{WORD} {length}");
    }

    #[test]
    fn every_byte_is_written_in_whole_words_and_the_last_is_filled_as_erased() {
        for length in 0..=32 {
            written::<1>(length);
            written::<4>(length);
            written::<16>(length);
            written::<32>(length);
        }
    }

    #[test]
    fn a_reason_is_that_of_the_package_the_slot_or_the_flash() {
        let text = |reason: NotInstalled<u8>| reason.to_string();
        let refused = Refused::Checksum;
        assert_eq!(text(NotInstalled::Refused(refused)), refused.to_string());
        assert!(text(NotInstalled::Slot).contains("a slot of whole pages"));
        assert_eq!(text(NotInstalled::Flash(7)), "the flash failed: 7");
    }
}
