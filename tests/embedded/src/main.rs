//! On a board: the zoo's scores and the kernels' sums, bit for bit, and what one score of the network of the measurements costs.
#![no_std]
#![no_main]

#[path = "../../models/bits.rs"]
mod bits;
#[path = "../../models/integer_bits.rs"]
mod integer_bits;
#[path = "../../models/integer_zoo.rs"]
mod integer_zoo;
mod kernels;
mod measure;
#[path = "../../models/subnormal.rs"]
mod subnormal;
#[path = "../../models/zoo.rs"]
mod zoo;

use firmware::hprintln;
use firmware::instructions;
use firmware::integer::{self, *};
use firmware::machine::{entry, exit};
use firmware::model::{self as network, D, MACS};
use measure::Meter;
use nalgebra::SVector;
use zoo::{CASES, Case, INPUTS};

#[entry]
fn main() -> ! {
    let wrong = CASES.iter().map(wrong).sum::<usize>();
    hprintln!(
        "{} models x {} inputs: {} wrong",
        CASES.len(),
        INPUTS,
        wrong
    );
    let mut wrong = wrong + subnormals() + integers() + kernels();
    if let Some(mut meter) = Meter::new() {
        wrong += unsteady(&mut meter);
        measure(&mut meter);
    }
    exit((wrong == 0).then_some(()))
}

/// Inputs whose score or verdict is not that of the host; prints each.
fn wrong(case: &Case) -> usize {
    let expected = bits::BITS.iter().find(|(name, _)| *name == case.name);
    let expected = expected.map_or(&[][..], |(_, bits)| *bits);
    let is_wrong = |i: &usize| {
        let bits = case.bits(*i);
        let anomalous = !f32::from_bits(bits).is_finite();
        let is_right = expected.get(*i) == Some(&bits) && case.anomalous(*i) == anomalous;
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

/// Layers that take numbers below the least normal one for zeros.
fn subnormals() -> usize {
    let wrong = subnormal::wrong(|name, found, expected| {
        hprintln!("{}: {:#010x}, expected {:#010x}", name, found, expected);
    });
    hprintln!(
        "{} layers of subnormal numbers: {} wrong",
        subnormal::CASES.len(),
        wrong
    );
    wrong
}

/// Scores of integer models that are not those of the host, and states that are not given back.
fn integers() -> usize {
    let wrong = integer_zoo::wrong(integer_bits::BITS, |case, i, found| {
        hprintln!("{}, input {}: {:#010x}", case.name, i, found);
    });
    let models = integer_zoo::CASES.len();
    hprintln!(
        "{} integer models x {} inputs: {} wrong",
        models,
        INPUTS,
        wrong
    );
    let states = 100_000;
    let changed = integer_zoo::not_undone(states);
    hprintln!("{} states there and back: {} wrong", states, changed);
    wrong + changed
}

/// Kernels that give other bits than the portable ones, or write beside the result.
fn kernels() -> usize {
    let (integers, wrong_integers) = kernels::wrong_integers();
    let (floats, wrong_floats) = kernels::wrong_floats();
    hprintln!(
        "kernels of integers, {} runs: {} wrong",
        integers,
        wrong_integers
    );
    hprintln!("kernels of f32, {} runs: {} wrong", floats, wrong_floats);
    let (parts, wrong_parts) = kernels::wrong_parts();
    hprintln!(
        "parts of integer models, {} runs: {} wrong",
        parts,
        wrong_parts
    );
    #[cfg(memory_ends)]
    hprintln!(
        "kernels of {} sizes at the end of memory",
        kernels::run_at_the_end()
    );
    wrong_integers + wrong_floats + wrong_parts
}

/// Integer models that take other instructions for other inputs.
fn unsteady(meter: &mut Meter) -> usize {
    let empty = instructions(meter.nothing());
    let mut unsteady = 0;
    for case in integer_zoo::CASES {
        let (mut least, mut most) = (u64::MAX, 0);
        for i in 0..INPUTS {
            let [_, ticks, _] = meter.score(case.score, &integer_zoo::Row::new(i));
            let count = instructions(ticks) - empty;
            (least, most) = (least.min(count), most.max(count));
        }
        hprintln!("{}: {} to {} instructions", case.name, least, most);
        unsteady += usize::from(least < most);
    }
    hprintln!("{} integer models vary by input", unsteady);
    unsteady
}

/// What one score of the network of the measurements costs, in every type of numbers.
fn measure(meter: &mut Meter) {
    let bytes = size_of::<network::Model>();
    let rows = network::random::<D, 16>(1, 3.0).map(SVector::from);
    cost(meter, "f32", bytes, firmware::score, &rows);
    let rows = reals();
    let bytes = size_of_val(&I8_OF_REALS);
    cost(meter, "i8", bytes, firmware::score_i8, &rows);
    let bytes = size_of_val(&I16_OF_REALS);
    cost(meter, "i16", bytes, firmware::score_i16, &rows);
    let rows = counts();
    let bytes = size_of_val(&I8_OF_COUNTS);
    cost(
        meter,
        "i8 of counts",
        bytes,
        firmware::score_i8_of_counts,
        &rows,
    );
    let bytes = size_of_val(&I16_OF_COUNTS);
    cost(
        meter,
        "i16 of counts",
        bytes,
        firmware::score_i16_of_counts,
        &rows,
    );
}

/// Ordinary rows, and rows that must cost the same.
fn reals() -> [SVector<f32, D>; 16] {
    let mut rows = network::random::<D, 16>(1, 3.0).map(SVector::from);
    let strange = [
        0.0,
        1e-40,
        -1e4,
        3e38,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    for (row, strange) in rows.iter_mut().zip(strange) {
        row.fill(strange);
    }
    rows
}

/// Ordinary rows and rows from end to end of the range.
fn counts() -> [SVector<i16, D>; 16] {
    let mut rows = network::random::<D, 16>(1, 300.0).map(|row| row.map(|x| x as i16).into());
    let strange = [0, 1, -1, i16::MIN, i16::MAX];
    for (row, strange) in rows.iter_mut().zip(strange) {
        SVector::<i16, D>::fill(row, strange);
    }
    rows
}

/// Prints instructions and stack of one score, over rows.
fn cost<X>(
    meter: &mut Meter,
    numbers: &str,
    bytes: usize,
    score: extern "C" fn(&X) -> u32,
    rows: &[X; 16],
) {
    let empty = instructions(meter.nothing());
    let runs = rows.each_ref().map(|x| meter.score(score, x));
    let count = runs.map(|[_, ticks, _]| instructions(ticks) - empty);
    let least = count.iter().min().copied().unwrap_or(0);
    let most = count.iter().max().copied().unwrap_or(0);
    let stack = runs.iter().map(|run| run[2]).max();
    hprintln!(
        "network 16x4x64x2, {}: {} to {} instructions",
        numbers,
        least,
        most
    );
    hprintln!("  {:.3} instructions a MAC", most as f32 / MACS as f32);
    hprintln!("  {} bytes of stack", stack.unwrap_or(0));
    hprintln!("  {} bytes of weights", bytes);
}

firmware::fail_on_fault!();
