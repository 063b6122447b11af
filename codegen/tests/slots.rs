//! Two slots of flash that loses power at every step of an update.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use nice_flow::blob::{CHECKED, NotInstalled, Refused, Signed, crc};
use std::ops::Range;

#[allow(dead_code)]
mod pump {
    include!("fixtures/blob/pump_i8.rs");
}
#[allow(dead_code)]
mod ensemble {
    include!("fixtures/blob/ensemble.rs");
}

static PUMP: &[u8] = include_bytes!("fixtures/blob/pump_i8.bin");
static ENSEMBLE: &[u8] = include_bytes!("fixtures/blob/ensemble.bin");

const SLOT: usize = 2048;
const SLOTS: [Range<u32>; 2] = [0..SLOT as u32, SLOT as u32..2 * SLOT as u32];
const PAGE: usize = 512;
const WORD: usize = 8;

/// Flash that has power for so many steps: pages erased, words written. The last one is torn, some bits done and some not.
struct Flash {
    bytes: Vec<u64>,
    steps: usize,
    power: usize,
    random: u64,
}

#[derive(Debug, PartialEq)]
struct Off;

impl NorFlashError for Off {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl ErrorType for Flash {
    type Error = Off;
}

impl Flash {
    /// Both slots hold what was there before.
    fn new(random: u64) -> Self {
        Self {
            bytes: vec![0xa5a5_a5a5_a5a5_a5a5; 2 * SLOT / 8],
            steps: 0,
            power: usize::MAX,
            random,
        }
    }

    fn random(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.random ^ self.random >> 29
    }

    /// One word: set to ones, or bits of it to zeros; torn if this is where power fails.
    fn step(&mut self, word: usize, erased: bool, value: u64, torn: bool) {
        let done = if torn {
            self.random() | self.random()
        } else {
            u64::MAX
        };
        let old = self.bytes[word];
        self.bytes[word] = if erased {
            old | done
        } else {
            old & (value | !done)
        };
    }

    /// Whether power fails now.
    fn fails(&mut self) -> bool {
        self.steps += 1;
        self.steps > self.power
    }

    /// Both slots, as a board reads them after a reset.
    fn slots(&self) -> [&'static [u8]; 2] {
        let bytes = self.bytes.iter().flat_map(|word| word.to_le_bytes());
        let placed = vec![0; 2 * SLOT + 8].leak();
        let start = placed.as_ptr().align_offset(8);
        let placed = &mut placed[start..][..2 * SLOT];
        placed
            .iter_mut()
            .zip(bytes)
            .for_each(|(place, byte)| *place = byte);
        let (a, b) = placed.split_at(SLOT);
        [a, b]
    }
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, _: u32, _: &mut [u8]) -> Result<(), Off> {
        unreachable!("an update reads nothing")
    }

    fn capacity(&self) -> usize {
        8 * self.bytes.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Off> {
        assert!(from.is_multiple_of(PAGE as u32) && to.is_multiple_of(PAGE as u32) && from < to);
        for page in (from as usize..to as usize).step_by(PAGE) {
            let torn = self.fails();
            (page / 8..(page + PAGE) / 8).for_each(|word| self.step(word, true, 0, torn));
            if torn {
                return Err(Off);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Off> {
        assert!((offset as usize).is_multiple_of(WORD) && bytes.len().is_multiple_of(WORD));
        for (i, word) in bytes.chunks_exact(WORD).enumerate() {
            let torn = self.fails();
            let value = u64::from_le_bytes(word.try_into().unwrap());
            self.step(offset as usize / 8 + i, false, value, torn);
            if torn {
                return Err(Off);
            }
        }
        Ok(())
    }
}

/// The blob with another version.
fn versioned(blob: &[u8], version: u32) -> Vec<u8> {
    let mut blob = blob.to_vec();
    blob[76..80].copy_from_slice(&version.to_le_bytes());
    let sum = crc(&blob[CHECKED..]);
    blob[4..CHECKED].copy_from_slice(&sum.to_le_bytes());
    blob
}

/// Cuts the power at each step of an update from version 1, 20 times each; how often there was then the old model and the
/// new one.
macro_rules! cut {
    ($module:ident, $blob:expr) => {{
        use $module::{LAYOUT, Package};
        let [old, new] = [1, 2].map(|version| versioned($blob, version));
        let (mut kept, mut changed, mut steps) = (0, 0, 0);
        for random in 0..20 {
            for power in 0.. {
                let mut flash = Flash::new(random * 1_000_003 + power as u64);
                // Before the first update there is only the firmware's own model.
                let refused = Package::newest(flash.slots(), LAYOUT).unwrap_err();
                assert_eq!(refused, [Refused::Blank; 2]);
                Package::install(&mut flash, SLOTS[0].clone(), &old, LAYOUT).unwrap();
                (flash.steps, flash.power) = (0, power);
                let done = Package::install(&mut flash, SLOTS[1].clone(), &new, LAYOUT);
                let (slot, package) = Package::newest(flash.slots(), LAYOUT).expect("a model");
                let is_new = package.version() == 2;
                assert_eq!(slot, usize::from(is_new));
                (kept, changed) = (kept + usize::from(!is_new), changed + usize::from(is_new));
                if done.is_ok() {
                    assert!(is_new);
                    steps = power;
                    break;
                }
                assert_eq!(done, Err(NotInstalled::Flash(Off)));
                // A word whose every bit was done before power failed is no less written.
                assert!(!is_new || power + 1 == flash.steps);
                // With power again, the same update takes.
                flash.power = usize::MAX;
                Package::install(&mut flash, SLOTS[1].clone(), &new, LAYOUT).unwrap();
                assert_eq!(Package::newest(flash.slots(), LAYOUT).unwrap().0, 1);
            }
        }
        println!("{steps} steps x 20 torn patterns: the old model {kept} times, the new {changed}");
        (steps, kept, changed)
    }};
}

#[test]
fn power_may_fail_at_any_step_of_an_update() {
    for (steps, kept, changed) in [cut!(pump, PUMP), cut!(ensemble, ENSEMBLE)] {
        assert_eq!(kept + changed, 20 * (steps + 1));
        // The last step may have been done, or nearly nothing of it was left to do.
        assert!((20..=40).contains(&changed), "{changed}");
    }
}

#[test]
fn what_no_board_would_run_leaves_the_slot_as_it_was() {
    use pump::{LAYOUT, Package};
    let mut flash = Flash::new(1);
    let before = flash.bytes.clone();
    let install =
        |flash: &mut Flash, slot, blob: &[u8]| Package::install(flash, slot, blob, LAYOUT);
    let mut flipped = PUMP.to_vec();
    flipped[300] ^= 4;
    for (blob, reason) in [
        (&flipped[..], Refused::Checksum),
        (&PUMP[..400], Refused::Length),
        (ENSEMBLE, Refused::Layout),
        (&[], Refused::Blank),
    ] {
        let refused = install(&mut flash, SLOTS[0].clone(), blob);
        assert_eq!(refused, Err(NotInstalled::Refused(reason)));
    }
    for slot in [0..512, 8..2048, u32::MAX - 511..u32::MAX] {
        assert_eq!(install(&mut flash, slot, PUMP), Err(NotInstalled::Slot));
    }
    assert_eq!(flash.bytes, before);
}

#[test]
fn of_equal_versions_the_first_counts_and_only_what_is_genuine() {
    use pump::{LAYOUT, Package};
    let mut flash = Flash::new(2);
    for slot in SLOTS {
        Package::install(&mut flash, slot, PUMP, LAYOUT).unwrap();
    }
    assert_eq!(Package::newest(flash.slots(), LAYOUT).unwrap().0, 0);
    let newer = versioned(PUMP, 9);
    Package::install(&mut flash, SLOTS[1].clone(), &newer, LAYOUT).unwrap();
    assert_eq!(Package::newest(flash.slots(), LAYOUT).unwrap().0, 1);
    // Only what has the bytes of the old one.
    let genuine = |signed: Signed| signed.bytes == &PUMP[72..] && *signed.signature == [0; 64];
    let (slot, package) = Package::newest_signed(flash.slots(), LAYOUT, genuine).unwrap();
    assert_eq!((slot, package.version()), (0, 7));
    let refused = Package::newest_signed(flash.slots(), LAYOUT, |_| false).unwrap_err();
    assert_eq!(refused, [Refused::Signature; 2]);
}
