//! Where the model is: in a blob, in a slot of the emulated flash.

use crate::model::{Contents, LAYOUT, Model, Package};
use core::hint::black_box;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The file of the blob.
const BLOB: &[u8; include_bytes!("../blob.bin").len()] = include_bytes!("../blob.bin");

/// At a multiple of eight, as the first page of a slot is.
#[repr(align(8))]
struct Slot<const N: usize>([u8; N]);

static SLOT: Slot<{ BLOB.len() }> = Slot(*BLOB);

/// What was opened.
static PACKAGE: AtomicPtr<Package> = AtomicPtr::new(core::ptr::null_mut());

/// Checks the blob and finds the model in it; `None` if this firmware cannot run it.
pub fn open() -> Option<()> {
    // The compiler must not look into flash.
    let slot: &'static [u8] = black_box(&SLOT.0);
    let package = Package::open(slot, LAYOUT).ok()?;
    PACKAGE.store(core::ptr::from_ref(package).cast_mut(), Relaxed);
    Some(())
}

/// The package.
fn package() -> &'static Package {
    // SAFETY: `main` ends unless `open` has stored a reference to a static. Nothing changes what it points to.
    unsafe { &*PACKAGE.load(Relaxed) }
}

/// The model.
pub fn model() -> &'static Model {
    package().model()
}

/// What is in the blob.
pub fn contents() -> Contents {
    package().contents()
}
