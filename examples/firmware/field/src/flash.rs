//! Two slots of flash, which QEMU's board has in RAM, and a power supply that can fail.

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use memory::{byte, put};

/// Bytes of a slot.
pub const SLOT: u32 = 4096;

/// The board's flash.
pub struct Flash {
    /// Words that can still be written before power fails.
    pub power: u32,
}

impl Flash {
    /// The slots, as they are after a reset. Of those that were given out before a write, none is read after it.
    pub fn slots() -> [&'static [u8]; 2] {
        memory::slots()
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        for (place, at) in bytes.iter_mut().zip(offset..2 * SLOT) {
            *place = byte(at);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        2 * SLOT as usize
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 8;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        (from..to.min(2 * SLOT)).for_each(|at| put(at, 0xff));
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        for (word, at) in bytes.chunks(8).zip((offset..2 * SLOT).step_by(8)) {
            self.power = self.power.checked_sub(1).ok_or(NorFlashErrorKind::Other)?;
            for (bits, at) in word.iter().zip(at..) {
                put(at, byte(at) & bits);
            }
        }
        Ok(())
    }
}

/// The one part that touches memory by its address.
#[allow(unsafe_code)]
mod memory {
    use super::SLOT;

    /// Where the slots begin: in QEMU's RAM beyond the program's, at a multiple of eight.
    const START: usize = 0x2030_0000;

    pub fn slots() -> [&'static [u8]; 2] {
        let slot = |index: usize| {
            let start = (START + index * SLOT as usize) as *const u8;
            // SAFETY: RAM that exists, holds bytes, and belongs to nothing else.
            unsafe { core::slice::from_raw_parts(start, SLOT as usize) }
        };
        [slot(0), slot(1)]
    }

    pub fn byte(at: u32) -> u8 {
        // SAFETY: within the slots, which the callers see to.
        unsafe { ((START + at as usize) as *const u8).read_volatile() }
    }

    pub fn put(at: u32, value: u8) {
        // SAFETY: as above.
        unsafe { ((START + at as usize) as *mut u8).write_volatile(value) }
    }
}
