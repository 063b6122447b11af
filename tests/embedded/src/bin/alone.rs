//! One integer model by itself, as in a product: the compiler knows its constants, and must not branch on what is compared
//! with them.
#![no_std]
#![no_main]

#[path = "../../../../codegen/lab/src/board/simulate/firmware/meter.rs"]
mod meter;
#[path = "../../../../codegen/lab/src/board/simulate/firmware/stack.rs"]
mod stack;

use cortex_m_semihosting::{debug, hprintln};
use firmware::{instructions, model::D, score_i8_of_counts};
use meter::Meter;
use nalgebra::SVector;

#[cortex_m_rt::entry]
fn main() -> ! {
    let steady = cortex_m::Peripherals::take().is_some_and(|p| is_steady(&mut Meter::new(p)));
    debug::exit(if steady {
        debug::EXIT_SUCCESS
    } else {
        debug::EXIT_FAILURE
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// Whether a score takes the same instructions for every row.
fn is_steady(meter: &mut Meter) -> bool {
    let empty = instructions(meter.nothing());
    let (mut least, mut most) = (u64::MAX, 0);
    for count in [0, 1, -1, 50, -500, 12_800, i16::MIN, i16::MAX] {
        for places in 0..=D {
            let mut x = SVector::<i16, D>::from_fn(|i, _| 40 * i as i16 - 300);
            let stuck = x.as_mut_slice().iter_mut().take(places);
            stuck.for_each(|x| *x = count);
            let [_, ticks, _] = meter.score(score_i8_of_counts, &x);
            let count = instructions(ticks) - empty;
            (least, most) = (least.min(count), most.max(count));
        }
    }
    hprintln!("one model of counts: {} to {} instructions", least, most);
    least == most
}

#[cortex_m_rt::exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::nop();
    }
}
