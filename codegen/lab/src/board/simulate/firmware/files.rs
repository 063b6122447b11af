//! Access to files of the host, by semihosting.

use core::ffi::CStr;
use firmware::machine::{OPEN, READ, WRITE, ask};

/// The modes in which files are opened: the host's `rb`, and its `wb`, which empties them.
const READ_BINARY: usize = 1;
const WRITE_BINARY: usize = 5;

/// An open file.
pub struct File(usize);

impl File {
    /// Opens a file for reading, in the folder in which QEMU runs.
    pub fn open(name: &CStr) -> Option<Self> {
        Self::with(name, READ_BINARY)
    }

    /// Opens a file for writing and empties it.
    pub fn create(name: &CStr) -> Option<Self> {
        Self::with(name, WRITE_BINARY)
    }

    fn with(name: &CStr, mode: usize) -> Option<Self> {
        let address = name.as_ptr() as usize;
        // SAFETY: SYS_OPEN reads the name, the mode and the length of the name; all outlive the call.
        let handle = unsafe { ask(OPEN, [address, mode, name.to_bytes().len()]) };
        (handle != usize::MAX).then_some(Self(handle))
    }

    /// Reads elements from the front and returns how many; an incomplete element at the end of the file does not count.
    pub fn read<T: Plain>(&mut self, elements: &mut [T]) -> Option<usize> {
        let bytes = size_of_val(elements);
        let address = elements.as_mut_ptr() as usize;
        // SAFETY: SYS_READ writes at most `bytes` bytes to the slice, and any bits are valid for `Plain`.
        let left = unsafe { ask(READ, [self.0, address, bytes]) };
        Some(bytes.checked_sub(left)? / size_of::<T>())
    }

    /// Appends the elements to the file; `None` if the host wrote fewer.
    pub fn write<T: Plain>(&mut self, elements: &[T]) -> Option<()> {
        let address = elements.as_ptr() as usize;
        // SAFETY: SYS_WRITE only reads, and only within the slice.
        let left = unsafe { ask(WRITE, [self.0, address, size_of_val(elements)]) };
        (left == 0).then_some(())
    }
}

/// Types without padding for which every bit pattern is valid.
///
/// # Safety
///
/// An implementation promises that.
pub unsafe trait Plain {}
// SAFETY: integers.
unsafe impl Plain for [u32; 3] {}
// SAFETY: an integer.
unsafe impl Plain for u32 {}
// SAFETY: an integer.
unsafe impl Plain for u8 {}
// SAFETY: integers.
unsafe impl<const N: usize> Plain for [i16; N] {}
// SAFETY: an array of numbers.
unsafe impl<const D: usize> Plain for nalgebra::SVector<firmware::Element, D> {}
