//! Every call that a product makes of every model: linked for what is in it, run for what comes out and how deep the
//! stack gets.
//!
//! To its standard output go for each call, little-endian, its name and a zero, its address, how many inputs there are,
//! and for each of them what the call gave and its stack in bytes. `codegen/tests/entries.rs` reads them.
#![no_std]
#![no_main]

#[path = "entries/calls.rs"]
mod calls;
#[path = "../../../models/integer_zoo.rs"]
#[allow(dead_code)]
mod integer_zoo;
#[path = "../../../../codegen/lab/src/board/simulate/firmware/meter.rs"]
#[allow(dead_code)]
mod meter;
#[path = "../../../models/rows.rs"]
mod rows;
#[path = "../../../models/small.rs"]
#[allow(dead_code)]
mod small;
#[path = "../../../../codegen/lab/src/board/simulate/firmware/stack.rs"]
mod stack;
#[path = "../../../models/usual.rs"]
mod usual;
#[path = "../../../models/zoo.rs"]
#[allow(dead_code)]
mod zoo;

use calls::Sample;
use cortex_m_semihosting::debug;
use cortex_m_semihosting::hio::{HostStream, hstdout};
use firmware::integer;
use firmware::model as network;
use integer_zoo::{Row, State};
use meter::Meter;
use nice_flow::fixed::Fixed;

#[cortex_m_rt::entry]
fn main() -> ! {
    debug::exit(match run() {
        Some(()) => debug::EXIT_SUCCESS,
        None => debug::EXIT_FAILURE,
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// `None` if the host does not listen.
fn run() -> Option<()> {
    let mut teller = Teller {
        meter: Meter::new(cortex_m::Peripherals::take()?),
        output: hstdout().ok()?,
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
    output: HostStream,
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
            self.output.write_all(part.as_bytes()).ok()?;
        }
        self.output.write_all(&[0]).ok()?;
        self.words(&[call as *const () as u32, count as u32])?;
        for i in 0..count {
            let [bits, _, stack] = self.meter.score(call, &input(i));
            self.words(&[bits, stack])?;
        }
        Some(())
    }

    fn words(&mut self, words: &[u32]) -> Option<()> {
        let mut each = words.iter();
        each.try_for_each(|word| self.output.write_all(&word.to_le_bytes()).ok())
    }
}

#[cortex_m_rt::exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::nop();
    }
}
