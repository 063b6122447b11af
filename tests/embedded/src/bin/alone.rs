//! One integer model by itself, as in a product: the compiler knows its constants, and must not branch on what is compared
//! with them.
#![no_std]
#![no_main]

#[path = "../measure.rs"]
#[allow(dead_code)]
mod measure;

use firmware::hprintln;
use firmware::machine::{entry, exit};
use firmware::{instructions, model::D, score_i8_of_counts};
use measure::Meter;
use nalgebra::SVector;

#[entry]
fn main() -> ! {
    let steady = Meter::new().is_some_and(|mut meter| is_steady(&mut meter));
    exit((steady).then_some(()))
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

firmware::fail_on_fault!();
