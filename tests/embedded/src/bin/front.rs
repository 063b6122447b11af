//! Front ends on a board: the bits of the host, and what a window of 256 samples of three channels costs.
#![no_std]
#![no_main]

#[path = "../../../models/front_bits.rs"]
#[allow(dead_code)]
mod bits;
#[path = "../../../models/front.rs"]
mod front;
#[path = "../measure.rs"]
#[allow(dead_code)]
mod measure;

use core::cell::RefCell;
use firmware::hprintln;
use firmware::instructions;
use firmware::machine::{entry, exit};
use front::{CASES, SAMPLES};
use measure::Meter;
use nice_flow::Collect;
use nice_flow::front::{Bands, Statistics};

/// Samples of a measured window.
const WINDOW: u32 = 256;

#[entry]
fn main() -> ! {
    let wrong = wrong();
    if let Some(mut meter) = Meter::new() {
        let bands = Bands::<3, 0, 24>::new(WINDOW);
        cost(&mut meter, "eight bands", bands, push_bands);
        let statistics = Statistics::<3, 15>::new(WINDOW);
        cost(&mut meter, "statistics", statistics, push_statistics);
    }
    exit((wrong == 0).then_some(()))
}

/// Front ends that give other bits than on the host.
fn wrong() -> usize {
    let mut wrong = 0;
    for ((name, hash), (expected_name, expected)) in CASES.iter().zip(bits::HASHES) {
        let found = hash();
        if (*name, found) != (*expected_name, *expected) {
            hprintln!("{}: {:#010x}, expected {:#010x}", name, found, expected);
            wrong += 1;
        }
    }
    wrong += CASES.len().abs_diff(bits::HASHES.len());
    hprintln!(
        "{} front ends x {} samples: {} wrong",
        CASES.len(),
        SAMPLES,
        wrong
    );
    wrong
}

/// A front end, the number of the next sample, and how many it takes at once.
struct Stream<C>(RefCell<(C, u32)>, u32);

impl<C> Stream<C> {
    /// Takes samples; some bits of what comes out.
    fn push<const D: usize>(&self) -> u32
    where
        C: Collect<3, D, Raw = i16, Value = i32>,
    {
        let mut bits = 0;
        if let Ok(mut stream) = self.0.try_borrow_mut() {
            let (front, number) = &mut *stream;
            let first = *number;
            *number += self.1;
            for i in first..*number {
                let x = front.push([i as i16, (i * 40) as i16, (i * 9_001) as i16]);
                bits ^= x.map_or(0, |x| x[0] as u32);
            }
        }
        bits
    }
}

#[inline(never)]
extern "C" fn push_bands(stream: &Stream<Bands<3, 0, 24>>) -> u32 {
    stream.push::<24>()
}

#[inline(never)]
extern "C" fn push_statistics(stream: &Stream<Statistics<3, 15>>) -> u32 {
    stream.push::<15>()
}

/// Prints what the samples of a window cost: all in one loop, the most that one in its midst does, and the last.
fn cost<C: Clone>(meter: &mut Meter, name: &str, front: C, push: extern "C" fn(&Stream<C>) -> u32) {
    let empty = instructions(meter.nothing());
    let mut measure = |stream: &Stream<C>| {
        let [_, ticks, stack] = meter.score(push, stream);
        (instructions(ticks) - empty, stack)
    };
    let windows = Stream(RefCell::new((front.clone(), 0)), WINDOW);
    measure(&windows);
    let (all, stack) = measure(&windows);
    let samples = Stream(RefCell::new((front, 0)), 1);
    let (mut most, mut last) = (0, 0);
    for _ in 0..WINDOW {
        most = most.max(last);
        last = measure(&samples).0;
    }
    hprintln!(
        "{}, {} samples of 3 channels: {} instructions, at most {} a sample, {} at the end",
        name,
        WINDOW,
        all,
        most,
        last
    );
    hprintln!("  {} bytes of RAM, {} of stack", size_of::<C>(), stack);
}

firmware::fail_on_fault!();
