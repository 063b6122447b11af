//! A blob on a small and a middle board: nothing else is let in, scores have the bits and the instructions of the `static`,
//! and opening it is small and links no panic.
//!
//! The firmware is `tests/embedded/src/bin/blob.rs`. Skipped with a printed line where a target is missing, unless `CI` is
//! set.

#[path = "../../tests/fixtures/embedded.rs"]
mod embedded;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;

use embedded::{link, run};
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::OptLevel;
use object::{Object, ObjectSymbol};
use ready::is_ready;
use std::path::Path;

/// Of a Cortex-M4F at opt-level s: bytes of flash of what opens a blob, and tenths of an instruction a byte.
const LIMITS: (u64, u32) = (320, 150);

#[test]
fn a_board_refuses_what_the_host_does_and_scores_alike() {
    for (target, opt_level) in builds() {
        let elf = link("blob", target, opt_level);
        let told = run(target, &elf);
        let words: Vec<u32> = told
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
            .collect();
        let [
            bytes,
            opening,
            flipped,
            cut,
            forged,
            own,
            own_took,
            blob,
            blob_took,
            sound,
        ] = words[..].try_into().unwrap();
        let (flash, each) = (flash(&elf), 10 * opening / bytes);
        println!(
            "{target}, opt-level {opt_level}: open takes {flash} bytes of flash and {}.{} instructions a byte; \
             {flipped} of {} flips and {cut} of {bytes} lengths refused, {forged} forged models scored; a score takes {own_took} \
             instructions from the static, {blob_took} from the blob",
            each / 10,
            each % 10,
            8 * bytes
        );
        assert_eq!((flipped, cut, own, sound), (8 * bytes, bytes, blob, 1));
        assert!(forged > 4000);
        assert!(100 * own_took.abs_diff(blob_took) <= own_took);
        if (target, opt_level) == (Target::CortexM4F, OptLevel::S) {
            assert!(
                (flash, each) <= LIMITS && each <= LIMITS.1,
                "{flash} {each}"
            );
        }
    }
}

/// The cores and opt-levels for which the tools are there.
fn builds() -> impl Iterator<Item = (Target, OptLevel)> {
    let targets = [Target::CortexM4F, Target::CortexM0Plus].into_iter();
    let ready = targets.filter(|target| is_ready(&[*target]));
    ready.flat_map(|target| OptLevel::ALL.map(|opt_level| (target, opt_level)))
}

/// Bytes of the code that opens a blob, and of its table; an error if anything panics.
fn flash(elf: &Path) -> u64 {
    let bytes = std::fs::read(elf).unwrap();
    let elf = object::File::parse(&*bytes).unwrap();
    let (mut size, mut open) = (0, 0);
    for symbol in elf.symbols() {
        let name = symbol.name().unwrap();
        let panics = ["panicking", "core3fmt", "unwrap_failed"];
        assert!(
            !panics.iter().any(|part| name.contains(part)),
            "{name} is linked"
        );
        // `open` itself, or where it is in line.
        if name.contains("4open") {
            open = open.max(symbol.size());
        }
        if ["6Header5check", "3crc", "four_bits"]
            .iter()
            .any(|part| name.contains(part))
        {
            size += symbol.size();
        }
    }
    assert!(size > 100 && open > 0, "the symbols were stripped");
    size + open
}
