//! A file of the fuzzer's bytes, and the memory that may be taken for it.

use peak_alloc::PeakAlloc;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What any file may take beyond sixteen times its size: 128 MiB.
const SPARE: usize = 128 << 20;

/// What `work` makes of an input of so many bytes; a finding if it takes more memory than sixteen times that and 128 MiB.
///
/// # Panics
/// If it takes more.
pub fn within_bounds<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    within(16 * bytes + SPARE, work)
}

fn within<T>(most: usize, work: impl FnOnce() -> T) -> T {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = work();
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used <= most, "{used} bytes of memory, not {most}");
    result
}

/// The same of a file of these bytes.
///
/// # Panics
/// If there is no file to write, or `work` takes more memory.
pub fn with_file<T>(bytes: &[u8], work: impl FnOnce(&Path) -> T) -> T {
    within_bounds(bytes.len(), || work(&file_of(bytes)))
}

/// The same of a file in columns: 512 times its size and 256 MiB for its pages, and three times that for its table, which
/// grows by doubling.
///
/// # Panics
/// As above.
pub fn with_columnar_file<T>(bytes: &[u8], work: impl FnOnce(&Path) -> T) -> T {
    within(4 * ((bytes.len() << 9) + (256 << 20)), || {
        work(&file_of(bytes))
    })
}

fn file_of(bytes: &[u8]) -> PathBuf {
    thread_local! {
        // Without a name: nothing is left behind however the process ends.
        static VICTIM: RefCell<File> = RefCell::new(tempfile::tempfile_in("/dev/shm").expect("a file in memory"));
    }
    VICTIM.with_borrow_mut(|file| write(file, bytes))
}

fn write(file: &mut File, bytes: &[u8]) -> PathBuf {
    let written = (file.set_len(0))
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(bytes));
    written.expect("room in memory");
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}
