//! On a board: the zoo's scores, bit for bit, and what one score of the network of the measurements costs.
#![no_std]
#![no_main]

#[path = "../../models/bits.rs"]
mod bits;
#[path = "../../../codegen/src/simulate/firmware/meter.rs"]
mod meter;
#[path = "../../../codegen/src/simulate/firmware/stack.rs"]
mod stack;
#[path = "../../models/zoo.rs"]
mod zoo;

use cortex_m_semihosting::{debug, hprintln};
use firmware::model::{self as network, D, MACS};
use meter::Meter;
use nalgebra::SVector;
use zoo::{CASES, Case, INPUTS};

#[cortex_m_rt::entry]
fn main() -> ! {
    let wrong = CASES.iter().map(wrong).sum::<usize>();
    hprintln!(
        "{} models x {} inputs: {} wrong",
        CASES.len(),
        INPUTS,
        wrong
    );
    if let Some(peripherals) = cortex_m::Peripherals::take() {
        measure(&mut Meter::new(peripherals));
    }
    debug::exit(if wrong == 0 {
        debug::EXIT_SUCCESS
    } else {
        debug::EXIT_FAILURE
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// Inputs whose score or verdict is not that of the host; prints each.
fn wrong(case: &Case) -> usize {
    let expected = bits::BITS.iter().find(|(name, _)| *name == case.name);
    let expected = expected.map_or(&[][..], |(_, bits)| *bits);
    let is_wrong = |i: &usize| {
        let bits = (case.bits)(*i);
        let anomalous = !f32::from_bits(bits).is_finite();
        let is_right = expected.get(*i) == Some(&bits) && (case.anomalous)(*i) == anomalous;
        if !is_right {
            hprintln!(
                "{}, input {}: {:#010x}, expected {:x?}",
                case.name,
                i,
                bits,
                expected.get(*i)
            );
        }
        !is_right
    };
    (0..INPUTS).filter(is_wrong).count()
}

fn measure(meter: &mut Meter) {
    let empty = instructions(meter.nothing());
    let rows = network::random::<D, 16>(1, 3.0).map(SVector::from);
    let runs = rows.map(|x| meter.score(&x));
    let count = runs.map(|[_, ticks, _]| instructions(ticks) - empty);
    let least = count.iter().min().copied().unwrap_or(0);
    let most = count.iter().max().copied().unwrap_or(0);
    let stack = runs.iter().map(|run| run[2]).max();
    hprintln!("network 16x4x64x2: {} to {} instructions", least, most);
    hprintln!("  {:.3} instructions a MAC", most as f32 / MACS as f32);
    hprintln!("  {} bytes of stack", stack.unwrap_or(0));
    hprintln!("  {} bytes of weights", size_of::<network::Model>());
}

/// Nanoseconds from one SysTick to the next, from `build.rs`.
const TICK: u64 = match u64::from_str_radix(env!("TICK"), 10) {
    Ok(tick) => tick,
    Err(_) => panic!("expected a number"),
};

/// From ticks since SysTick was set to zero; `codegen/src/simulate/record.rs` says how.
fn instructions(ticks: u32) -> u64 {
    (u64::from(ticks) + 2) * TICK / 64 - u64::from(ticks >> 24) * 5
}

#[cortex_m_rt::exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::nop();
    }
}
