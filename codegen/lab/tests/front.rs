//! Front ends on every core at every opt-level: the host's bits, and what they cost.
//!
//! The firmware is `tests/embedded/src/bin/front.rs` and `bands.rs`. Skipped with a printed line where a target is missing,
//! unless `CI` is set.

#[path = "../../tests/fixtures/embedded.rs"]
mod embedded;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;

use embedded::{link, run};
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::OptLevel;
use object::{Object, ObjectSymbol};
use ready::is_ready;

/// Instructions of 256 samples of three channels at opt-level 3, their levels included.
const LIMITS: [(Target, u64); 2] = [(Target::CortexM4F, 37_000), (Target::CortexM0Plus, 64_000)];

#[test]
fn every_board_gives_the_bits_of_the_host_at_every_opt_level() {
    for target in Target::ALL
        .into_iter()
        .filter(|target| is_ready(&[*target]))
    {
        for opt_level in OptLevel::ALL {
            // Fails where a hash is not the host's.
            let told = run(target, &link("front", target, opt_level));
            let told = String::from_utf8(told).unwrap();
            println!("{target}, opt-level {opt_level}:\n{told}");
            assert!(told.contains("11 front ends x 100000 samples: 0 wrong"));
            let limit = LIMITS.iter().find(|(core, _)| *core == target);
            if let (Some((_, limit)), OptLevel::Three) = (limit, opt_level) {
                assert!(instructions(&told) <= *limit, "{target}: {told}");
            }
        }
    }
}

/// Of a window of eight bands.
fn instructions(told: &str) -> u64 {
    let line = told.lines().find(|line| line.starts_with("eight bands"));
    let count = line.and_then(|line| line.split(": ").nth(1));
    let count = count.and_then(|count| count.split(' ').next());
    count.unwrap().parse().unwrap()
}

#[test]
fn eight_bands_of_three_channels_fit_1300_bytes_of_flash_and_link_no_panic() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    for opt_level in OptLevel::ALL {
        let bytes = std::fs::read(link("bands", Target::CortexM4F, opt_level)).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        let mut size = TABLE;
        for symbol in elf.symbols() {
            let name = symbol.name().unwrap();
            let panics = ["panicking", "core3fmt", "unwrap_failed"];
            assert!(
                !panics.iter().any(|part| name.contains(part)),
                "{name} is linked"
            );
            if ["front", "4push", "__aeabi_l"]
                .iter()
                .any(|part| name.contains(part))
            {
                size += symbol.size();
            }
        }
        println!("opt-level {opt_level}: {size} bytes of flash");
        assert!(size > 2 * TABLE, "the symbols were stripped");
        assert!(opt_level != OptLevel::S || size <= 1_300, "{size}");
    }
}

/// Bytes of the table of logarithms, whose symbol has no name.
const TABLE: u64 = 33 * 4;
