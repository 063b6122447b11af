//! A blob on a board: every flipped bit refused, the bits and the instructions of a score as from the `static`, and what
//! opening takes.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_semihosting::debug;
use cortex_m_semihosting::hio::{HostStream, hstdout};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use firmware::instructions;
use nice_flow::blob::{CHECKED, Header, Refused, crc};
use nice_flow::{Commission, Density, Spread};

#[allow(dead_code)]
#[path = "../../../../codegen/tests/fixtures/blob/pump_i8.rs"]
mod pump;

static BLOB: &[u8] = include_bytes!("../../../../codegen/tests/fixtures/blob/pump_i8.bin");

/// RAM in place of flash, at an address that a blob may have.
#[repr(align(8))]
struct Slot([u8; 1024]);

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut SLOT: Slot = Slot([0xff; 1024]);
    let done = cortex_m::Peripherals::take().is_some_and(|mut core| run(&mut core.SYST, SLOT));
    debug::exit(if done {
        debug::EXIT_SUCCESS
    } else {
        debug::EXIT_FAILURE
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// Whether a slot has a sound model.
#[inline(never)]
fn open(slot: &[u8]) -> Result<&pump::Package, Refused> {
    pump::Package::open(slot, pump::LAYOUT)
}

/// The bits of a score.
#[inline(never)]
fn score(model: &pump::Model) -> i32 {
    model.score(black_box(&[0.5, -1.0, 2.0])).to_bits()
}

/// What `f` gives, and its instructions.
fn counted<T>(clock: &mut SYST, f: impl FnOnce() -> T) -> (T, u64) {
    clock.set_clock_source(SystClkSource::Core);
    clock.set_reload(0x00ff_ffff);
    clock.clear_current();
    clock.enable_counter();
    let given = f();
    // It counts down from zero by way of the largest number.
    let ticks = 0u32.wrapping_sub(SYST::get_current()) & 0x00ff_ffff;
    clock.disable_counter();
    (given, instructions(ticks))
}

/// Tells, little-endian: bytes of the blob, instructions to open it, flips refused, lengths refused, forged models scored,
/// bits and instructions of a score from the static and from the blob, and whether both pass their self-test.
fn run(clock: &mut SYST, slot: &'static mut Slot) -> bool {
    for (place, byte) in slot.0.iter_mut().zip(BLOB) {
        *place = *byte;
    }
    let ((), nothing) = counted(clock, || ());
    let (is_open, opening) = counted(clock, || open(&slot.0).is_ok());
    let bits = 8 * BLOB.len();
    let flipped = (0..bits).filter(|bit| refuses(&mut slot.0, *bit)).count();
    let short = |length: &usize| {
        slot.0
            .get(..*length)
            .is_some_and(|slot| open(slot).is_err())
    };
    let cut = (0..BLOB.len()).filter(short).count();
    let forged = (8 * size_of::<Header>()..bits)
        .filter(|bit| scores(&mut slot.0, *bit))
        .count();

    let Ok(package) = open(&slot.0) else {
        return false;
    };
    let contents = package.contents();
    let (own, own_took) = counted(clock, || score(&pump::MODEL));
    let (blob, blob_took) = counted(clock, || score(contents.model));
    let updated = pump::Package::install(&mut Ram, 0..1024, &BLOB[..], pump::LAYOUT).is_ok();
    let refused = pump::Package::newest([&EMPTY.0; 2], pump::LAYOUT).is_err();
    let sound = contents.self_test() && pump::self_test() && updated && refused && goes_on();
    let told = [
        BLOB.len() as u32,
        (opening - nothing) as u32,
        flipped as u32,
        cut as u32,
        forged as u32,
        own as u32,
        (own_took - nothing) as u32,
        blob as u32,
        (blob_took - nothing) as u32,
        sound.into(),
    ];
    let tell = |mut output: HostStream| {
        told.iter()
            .try_for_each(|word| output.write_all(&word.to_le_bytes()))
    };
    is_open && hstdout().is_ok_and(|output| tell(output).is_ok())
}

/// A slot that was never written.
static EMPTY: Slot = Slot([0xff; 1024]);

/// Flash that forgets: what counts is what an update links.
struct Ram;

impl ErrorType for Ram {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Ram {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _: u32, _: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        Ok(())
    }

    fn capacity(&self) -> usize {
        1024
    }
}

impl NorFlash for Ram {
    const WRITE_SIZE: usize = 16;
    const ERASE_SIZE: usize = 1024;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        black_box((from, to));
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        black_box((offset, bytes));
        Ok(())
    }
}

/// Whether a commissioning goes on after a reset.
fn goes_on() -> bool {
    static SPREAD: Spread<3> = Spread::new([0.0; 3], [1.0; 3]);
    let new = || Commission::<_, f32, _, 3, 4>::new(&pump::MODEL, &SPREAD, 100, 0.05, 0);
    let (Ok(mut before), Ok(mut after)) = (new(), new()) else {
        return false;
    };
    before.push(black_box(&[0.5, -1.0, 2.0]));
    let mut words = [0; 14];
    for (place, word) in words.iter_mut().zip(before.words()) {
        *place = word;
    }
    after.restore(black_box(&words)).is_ok() && after.left() == before.left()
}

fn flip(slot: &mut [u8], bit: usize) {
    if let Some(byte) = slot.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

/// Whether the blob with this bit flipped is refused.
fn refuses(slot: &mut [u8], bit: usize) -> bool {
    flip(slot, bit);
    let refused = open(black_box(slot)).is_err();
    flip(slot, bit);
    refused
}

/// Scores the blob with this bit flipped and the checksum of that, if it is one.
fn scores(slot: &mut [u8], bit: usize) -> bool {
    flip(slot, bit);
    seal(slot);
    let scored = open(black_box(slot)).map(|package| black_box(score(package.model())));
    flip(slot, bit);
    seal(slot);
    scored.is_ok()
}

/// Makes the checksum right.
fn seal(slot: &mut [u8]) {
    let sum = slot.get(CHECKED..BLOB.len()).map_or(0, crc);
    if let Some(place) = slot.get_mut(4..8) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}
