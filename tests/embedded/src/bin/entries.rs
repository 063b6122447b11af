//! Every call that a product makes of every model: linked for what is in it, run for what comes out and how deep the
//! stack gets.
//!
//! To its standard output go for each call, little-endian, its name and a zero, its address, how many inputs there are,
//! and for each of them what the call gave and its stack in bytes. `codegen/tests/entries.rs` reads them.
#![no_std]
#![no_main]

#[path = "entries/calls.rs"]
mod calls;
#[path = "../../../../codegen/lab/src/board/simulate/firmware/files.rs"]
#[allow(dead_code)]
mod files;
#[path = "../../../models/integer_zoo.rs"]
#[allow(dead_code)]
mod integer_zoo;
#[path = "../measure.rs"]
#[allow(dead_code)]
mod measure;
#[path = "../../../models/rows.rs"]
mod rows;
#[path = "../../../models/small.rs"]
#[allow(dead_code)]
mod small;
#[path = "../../../models/usual.rs"]
mod usual;
#[path = "../../../models/zoo.rs"]
#[allow(dead_code)]
mod zoo;

use calls::Sample;
use files::File;
use firmware::integer;
use firmware::machine::{entry, exit};
use firmware::model as network;
use integer_zoo::{Row, State};
use measure::Meter;
use nice_flow::fixed::Fixed;

#[entry]
fn main() -> ! {
    exit(run())
}

/// `None` if the host does not listen.
fn run() -> Option<()> {
    let mut teller = Teller {
        meter: Meter::new()?,
        output: File::create(c":tt")?,
    };
    for case in zoo::CASES {
        let calls = [
            ("score", case.score),
            ("judge", case.judge),
            ("undo", case.undo),
        ];
        for (what, call) in calls {
            teller.tell(
                &["f32 ", case.name, " ", what],
                call,
                zoo::INPUTS,
                zoo::input,
            )?;
        }
    }
    for case in integer_zoo::CASES {
        teller.tell(
            &["integer ", case.name, " score"],
            case.score,
            zoo::INPUTS,
            Row::new,
        )?;
    }
    let there_and_back = integer_zoo::there_and_back;
    teller.tell(
        &["integer there and back"],
        there_and_back,
        zoo::INPUTS,
        state,
    )?;
    for (name, call) in calls::CALLS {
        teller.tell(&[name], *call, rows::COUNT, Sample::new)?;
    }
    Some(())
}

/// Any state.
fn state(i: usize) -> State {
    zoo::input(i).map(|x| Fixed::from_bits(x.to_bits() as i32))
}

/// Calls, and tells the host.
struct Teller {
    meter: Meter,
    output: File,
}

impl Teller {
    /// Makes a call with every input.
    fn tell<X>(
        &mut self,
        name: &[&str],
        call: extern "C" fn(&X) -> u32,
        count: usize,
        input: impl Fn(usize) -> X,
    ) -> Option<()> {
        for part in name {
            self.output.write(part.as_bytes())?;
        }
        self.output.write(&[0u8])?;
        self.words(&[call as *const () as u32, count as u32])?;
        for i in 0..count {
            let [bits, _, stack] = self.meter.score(call, &input(i));
            self.words(&[bits, stack])?;
        }
        Some(())
    }

    fn words(&mut self, words: &[u32]) -> Option<()> {
        self.output.write(words)
    }
}

firmware::fail_on_fault!();
