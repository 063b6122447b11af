//! The scores of the zoo, bit for bit. `tests/embedded` checks boards against the same table.
//!
//! A change of the order of summation changes them: `BLESS=1 cargo test --all-features --test golden`
//! writes them anew, and the difference is reviewed.

#[path = "models/bits.rs"]
mod bits;
#[path = "models/integer.rs"]
#[allow(dead_code)]
mod integer;
#[path = "models/integer_bits.rs"]
mod integer_bits;
#[path = "models/integer_zoo.rs"]
mod integer_zoo;
#[path = "models/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "models/subnormal.rs"]
mod subnormal;
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
            let found = case.bits(i);
            assert_eq!(found, *expected, "{}, input {i}: {found:#010x}", case.name);
        }
    }
}

#[test]
fn scores_that_are_not_finite_are_anomalous() {
    for case in CASES {
        for i in 0..INPUTS {
            let expected = !f32::from_bits(case.bits(i)).is_finite();
            assert_eq!(case.anomalous(i), expected, "{}, input {i}", case.name);
        }
    }
}

/// Boards are compared with the same bits: vectors of Helium would not give them.
#[test]
fn numbers_below_the_least_normal_one_keep_their_bits() {
    let wrong = subnormal::wrong(|name, found, expected| {
        println!("{name}: {found:#010x}, expected {expected:#010x}");
    });
    assert_eq!(wrong, 0);
}

/// A dead sensor must not turn into a plausible number.
#[test]
fn no_input_that_is_not_finite_scores_as_normal() {
    for case in CASES {
        for i in (0..INPUTS).filter(|i| zoo::input(*i).iter().any(|x| !x.is_finite())) {
            assert!(case.anomalous(i), "{}, input {i}", case.name);
        }
    }
}

/// Every model must see inputs that it scores and inputs that it cannot.
#[test]
fn the_zoo_covers_finite_and_other_scores() {
    for case in CASES {
        let finite = (0..INPUTS).filter(|i| f32::from_bits(case.bits(*i)).is_finite());
        let finite = finite.count();
        assert!(
            (10..INPUTS - 4).contains(&finite),
            "{}: {finite}",
            case.name
        );
    }
}

#[test]
fn integer_scores_have_the_committed_bits() {
    if std::env::var_os("BLESS").is_some() {
        return bless_integers();
    }
    let wrong = integer_zoo::wrong(integer_bits::BITS, |case, i, found| {
        println!("{}, input {i}: {found:#010x}", case.name);
    });
    assert_eq!(wrong, 0);
}

/// A dead sensor must not turn into a plausible number.
#[test]
fn integer_scores_of_inputs_that_are_not_finite_are_the_largest() {
    let is_broken = |i: &usize| zoo::input(*i).iter().any(|x| !x.is_finite());
    let broken: Vec<_> = (0..INPUTS).filter(is_broken).collect();
    assert!(broken.len() >= 10);
    // Counts cannot be broken.
    let reals = |case: &&integer_zoo::Case| !case.name.starts_with("COUNTS");
    for case in integer_zoo::CASES.iter().filter(reals) {
        for i in &broken {
            assert_eq!(case.bits(*i), i32::MAX, "{}, input {i}", case.name);
        }
    }
}

/// Models whose scores do not depend on the input would pass everything.
#[test]
fn integer_scores_differ_from_input_to_input() {
    for case in integer_zoo::CASES {
        let scores: std::collections::HashSet<_> =
            (0..zoo::ORDINARY).map(|i| case.bits(i)).collect();
        assert_eq!(scores.len(), zoo::ORDINARY, "{}", case.name);
    }
}

#[test]
fn integer_chains_are_undone_to_the_bit() {
    let states = if cfg!(debug_assertions) {
        5_000
    } else {
        100_000
    };
    assert_eq!(integer_zoo::not_undone(states), 0);
}

fn bless() {
    let cases = CASES.iter().map(|case| (case.name, |i| case.bits(i)));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/bits.rs");
    std::fs::write(path, table("zoo.rs", cases)).unwrap();
}

fn bless_integers() {
    let cases = integer_zoo::CASES.iter();
    let cases = cases.map(|case| (case.name, |i| case.bits(i) as u32));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/integer_bits.rs");
    std::fs::write(path, table("integer_zoo.rs", cases)).unwrap();
}

/// The text of a table of bits.
fn table(zoo: &str, cases: impl Iterator<Item = (&'static str, impl Fn(usize) -> u32)>) -> String {
    let mut text = format!(
        "//! Bits of the scores of `{zoo}`, input after input: `BLESS=1 cargo test --all-features --test golden`.\n\n\
         /// Names and bits.\n#[rustfmt::skip]\npub const BITS: &[(&str, &[u32])] = &[\n",
    );
    for (name, bits) in cases {
        writeln!(text, "    ({name:?}, &[").unwrap();
        let bits: Vec<_> = (0..INPUTS).map(|i| format!("{:#010x}", bits(i))).collect();
        for line in bits.chunks(8) {
            writeln!(text, "        {},", line.join(", ")).unwrap();
        }
        writeln!(text, "    ]),").unwrap();
    }
    text.push_str("];\n");
    text
}
