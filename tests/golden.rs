//! The scores of the zoo, bit for bit. `tests/embedded` checks boards against the same table.
//!
//! A change of the order of summation changes them: `BLESS=1 cargo test --all-features --test golden`
//! writes them anew, and the difference is reviewed.

#[path = "models/bits.rs"]
mod bits;
#[path = "models/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "models/zoo.rs"]
mod zoo;

use std::fmt::Write;
use zoo::{CASES, INPUTS};

#[test]
fn scores_have_the_committed_bits() {
    if std::env::var_os("BLESS").is_some() {
        return bless();
    }
    for case in CASES {
        let found = bits::BITS.iter().find(|(name, _)| *name == case.name);
        let (_, expected) = found.unwrap_or_else(|| panic!("no bits of {}", case.name));
        assert_eq!(expected.len(), INPUTS);
        for (i, expected) in expected.iter().enumerate() {
            let found = (case.bits)(i);
            assert_eq!(found, *expected, "{}, input {i}: {found:#010x}", case.name);
        }
    }
}

#[test]
fn scores_that_are_not_finite_are_anomalous() {
    for case in CASES {
        for i in 0..INPUTS {
            let expected = !f32::from_bits((case.bits)(i)).is_finite();
            assert_eq!((case.anomalous)(i), expected, "{}, input {i}", case.name);
        }
    }
}

/// A dead sensor must not turn into a plausible number.
#[test]
fn no_input_that_is_not_finite_scores_as_normal() {
    for case in CASES {
        for i in (0..INPUTS).filter(|i| zoo::input(*i).iter().any(|x| !x.is_finite())) {
            assert!((case.anomalous)(i), "{}, input {i}", case.name);
        }
    }
}

/// Every model must see inputs that it scores and inputs that it cannot.
#[test]
fn the_zoo_covers_finite_and_other_scores() {
    for case in CASES {
        let finite = (0..INPUTS).filter(|i| f32::from_bits((case.bits)(*i)).is_finite());
        let finite = finite.count();
        assert!(
            (10..INPUTS - 4).contains(&finite),
            "{}: {finite}",
            case.name
        );
    }
}

fn bless() {
    let mut text = String::from(
        "//! Bits of the scores of `zoo.rs`, input after input: `BLESS=1 cargo test --all-features --test golden`.\n\n\
         /// Names and bits.\n#[rustfmt::skip]\npub const BITS: &[(&str, &[u32])] = &[\n",
    );
    for case in CASES {
        writeln!(text, "    ({:?}, &[", case.name).unwrap();
        let bits: Vec<_> = (0..INPUTS)
            .map(|i| format!("{:#010x}", (case.bits)(i)))
            .collect();
        for line in bits.chunks(8) {
            writeln!(text, "        {},", line.join(", ")).unwrap();
        }
        writeln!(text, "    ]),").unwrap();
    }
    text.push_str("];\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/bits.rs");
    std::fs::write(path, text).unwrap();
}
