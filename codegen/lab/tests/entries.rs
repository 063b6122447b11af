//! Every call that a product makes, of models with every layer, prior, encoder and ensemble there is, on every core at
//! every opt-level: no panic is linked, the stack has a bound that no run goes beyond, and the bits are those of the host.
//!
//! The firmware is `tests/embedded/src/bin/entries.rs`. Skipped with a printed line where a target is missing, unless `CI`
//! is set. The first run compiles nalgebra for each core, a quarter of a minute each; later ones take two minutes.

#[path = "../../../tests/models/bits.rs"]
mod bits;
#[path = "../../tests/fixtures/entries.rs"]
#[allow(dead_code)]
mod entries;
#[path = "../../../tests/models/integer_bits.rs"]
mod integer_bits;

use entries::builds;
use nice_flow_lab::board::simulate::Code;
use object::{Object, ObjectSymbol};

/// What the name of a function has that panics, or formats why.
const PANICS: [&str; 6] = ["panic", "_fail", "unwrap", "expect", "core3fmt", "unwind"];

#[test]
fn nothing_that_panics_is_linked() {
    for build in builds() {
        let bytes = std::fs::read(&build.elf).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        let names: Vec<_> = elf.symbols().map(|symbol| symbol.name().unwrap()).collect();
        let panics: Vec<_> = names
            .iter()
            .filter(|name| PANICS.iter().any(|part| name.contains(part)))
            .collect();
        assert!(panics.is_empty(), "{build}: {panics:?}");
        // They would be there: the symbols were not stripped.
        assert!(names.iter().any(|name| name.contains("score")), "{build}");
    }
}

#[test]
fn every_stack_has_a_bound_that_no_run_goes_beyond() {
    for build in builds() {
        let mut code = Code::open(&build.elf).unwrap();
        let (mut widest, mut exact) = (0, 0);
        for call in &build.calls {
            let extent = code.extent(call.address);
            let extent = extent.unwrap_or_else(|error| panic!("{build}, {}: {error}", call.name));
            assert!(!extent.can_trap, "{build}, {}: can trap", call.name);
            let (bound, seen) = (extent.stack_bytes, call.deepest());
            assert!(
                seen <= bound,
                "{build}, {}: {seen} bytes, bound {bound}",
                call.name
            );
            widest = widest.max(bound - seen);
            exact += usize::from(bound == seen);
        }
        println!(
            "{build}: {} calls, bound reached by {exact}, missed by at most {widest} bytes",
            build.calls.len()
        );
    }
}

/// The zoos, whose bits the host has in two tables.
#[test]
fn every_board_gives_the_bits_of_the_host_at_every_opt_level() {
    for build in builds() {
        for (kind, table) in [("f32", bits::BITS), ("integer", integer_bits::BITS)] {
            for (name, expected) in table {
                let call = build.call(&format!("{kind} {name} score"));
                assert_eq!(call.bits(), *expected, "{build}, {}", call.name);
            }
        }
        let unlike = build.call("integer there and back").bits();
        assert!(unlike.iter().all(|unlike| *unlike == 0), "{build}");
    }
}

/// Of calls that no table is kept of.
#[test]
fn every_call_gives_the_same_on_every_board_at_every_opt_level() {
    let Some((first, rest)) = builds().split_first() else {
        return;
    };
    for build in rest {
        assert_eq!(build.calls.len(), first.calls.len());
        for (call, expected) in build.calls.iter().zip(&first.calls) {
            assert_eq!(call.name, expected.name);
            assert_eq!(call.bits(), expected.bits(), "{build}, {}", call.name);
        }
    }
}
