//! Calls of generated modules, and of what stands around a model: windows, detectors, debouncing.

use crate::rows::{ROWS, WIDTH};
use crate::usual::{COMMISSIONED, DEVIATION, MEAN, RATE};
use crate::usual::{USUAL, hash, single};
use crate::{network, small};
use nalgebra::SVector;
use nice_flow::fixed::Fixed;
use nice_flow::front::{Bands, Eight, Sixteen, Statistics};
use nice_flow::{
    Collect, Commission, Debounce, Density, Detector, Drift, Hold, Ignore, Number, PValues,
    Reading, Recorder, Repair, Spread, Window,
};

/// Modules that `nice-flow generate` wrote.
macro_rules! modules {
    ($($name:ident = $path:literal;)*) => {
        $(
            #[path = $path]
            #[allow(dead_code)]
            mod $name;
        )*
    };
}

modules! {
    shuttle = "../../../../../examples/shuttle/shuttle.rs";
    shuttle_i16 = "../../../../../codegen/tests/fixtures/shuttle/i16.rs";
    shuttle_i8 = "../../../../../codegen/tests/fixtures/shuttle/i8.rs";
    shuttle_i8_counts = "../../../../../codegen/tests/fixtures/shuttle/i8_counts.rs";
    density_f32 = "../../../../../codegen/tests/fixtures/ensemble/density_f32.rs";
    density_i8 = "../../../../../codegen/tests/fixtures/ensemble/density_i8.rs";
    tail_f32 = "../../../../../codegen/tests/fixtures/ensemble/tail_f32.rs";
    tail_i8 = "../../../../../codegen/tests/fixtures/ensemble/tail_i8.rs";
    max_f32 = "../../../../../codegen/tests/fixtures/ensemble/max_f32.rs";
    max_i8 = "../../../../../codegen/tests/fixtures/ensemble/max_i8.rs";
    daksh_i16 = "../../../../../codegen/tests/fixtures/quantised/daksh_d4_i16.rs";
    nflows_i8 = "../../../../../codegen/tests/fixtures/quantised/nflows_d13_i8.rs";
    zuko_i8_counts = "../../../../../codegen/tests/fixtures/quantised/zuko_d4_i8_counts.rs";
    additive = "../../../../../codegen/tests/fixtures/zoo/additive.rs";
    affine = "../../../../../codegen/tests/fixtures/zoo/affine.rs";
}

/// A row in every type of numbers.
pub struct Sample {
    reals: [f32; WIDTH],
    halfwords: [i16; WIDTH],
    words: [i32; WIDTH],
}

impl Sample {
    /// The row with this number.
    pub fn new(i: usize) -> Self {
        let reals = ROWS.get(i).copied().unwrap_or_default();
        Self {
            reals,
            halfwords: reals.map(|x| x as i16),
            words: reals.map(|x| x as i32),
        }
    }
}

/// Names and calls.
macro_rules! calls {
    ($($name:literal: |$sample:ident| $call:expr;)*) => {
        /// Every call.
        pub const CALLS: &[(&str, extern "C" fn(&Sample) -> u32)] = &[$(
            ($name, {
                extern "C" fn call($sample: &Sample) -> u32 {
                    $call
                }
                call
            }),
        )*];
    };
}

calls! {
    "shuttle f32": |x| shuttle::MODEL.score(&first::<_, { shuttle::D }>(&x.reals)).to_bits();
    "shuttle i16": |x| bits(shuttle_i16::MODEL.score(&first::<_, { shuttle_i16::D }>(&x.reals)));
    "shuttle i8": |x| bits(shuttle_i8::MODEL.score(&first::<_, { shuttle_i8::D }>(&x.reals)));
    "shuttle i8 of i32 counts": |x| bits(shuttle_i8_counts::MODEL.score(&first::<_, { shuttle_i8_counts::D }>(&x.words)));
    "shuttle i8 of i16 counts": |x| bits(shuttle_i8_counts::MODEL.score(&first::<_, { shuttle_i8_counts::D }>(&x.halfwords)));

    "mean density of f32": |x| density_f32::MODEL.score(&first::<_, { density_f32::D }>(&x.reals)).to_bits();
    "mean density of i8": |x| bits(density_i8::MODEL.score(&first::<_, { density_i8::D }>(&x.reals)));
    "tails of f32": |x| tail_f32::MODEL.score(&first::<_, { tail_f32::D }>(&x.reals)).to_bits();
    "tails of i8": |x| bits(tail_i8::MODEL.score(&first::<_, { tail_i8::D }>(&x.reals)));
    "highest tail of f32": |x| max_f32::MODEL.score(&first::<_, { max_f32::D }>(&x.reals)).to_bits();
    "highest tail of i8": |x| bits(max_i8::MODEL.score(&first::<_, { max_i8::D }>(&x.reals)));
    "daksh i16": |x| bits(daksh_i16::MODEL.score(&first::<_, { daksh_i16::D }>(&x.reals)));
    "nflows i8": |x| bits(nflows_i8::MODEL.score(&first::<_, { nflows_i8::D }>(&x.reals)));
    "zuko i8 of counts": |x| bits(zuko_i8_counts::MODEL.score(&first::<_, { zuko_i8_counts::D }>(&x.words)));
    "additive f32": |x| additive::MODEL.score(&first::<_, { additive::D }>(&x.reals)).to_bits();
    "affine f32": |x| affine::MODEL.score(&first::<_, { affine::D }>(&x.reals)).to_bits();
    "network f32": |x| network::MODEL.score(&first::<_, { network::D }>(&x.reals)).to_bits();

    "detector of f32 samples": |x| watch::<_, _, 9, 9>(Detector::new(&shuttle::MODEL, shuttle::THRESHOLD), &x.reals);
    "detector of f32 windows": |x| watch::<_, _, 3, 9>(Detector::new(&shuttle::MODEL, shuttle::THRESHOLD), &x.reals);
    "detector of i16 windows": |x|
        watch::<_, _, 3, 9>(Detector::new(&shuttle_i16::MODEL, shuttle_i16::THRESHOLD), &x.reals);
    "detector of i8 windows": |x|
        watch::<_, _, 1, 9>(Detector::new(&shuttle_i8::MODEL, shuttle_i8::THRESHOLD), &x.reals);
    "detector of counts": |x|
        watch::<_, _, 9, 9>(Detector::new(&shuttle_i8_counts::MODEL, shuttle_i8_counts::THRESHOLD), &x.words);
    "detector of windows of counts": |x|
        watch::<_, _, 2, { small::D }>(Detector::new(&small::MODEL, small::THRESHOLD), &x.halfwords);
    "detector of an f32 ensemble": |x| watch::<_, _, 3, 3>(Detector::new(&tail_f32::MODEL, tail_f32::THRESHOLD), &x.reals);
    "detector of an i8 ensemble": |x| watch::<_, _, 3, 3>(Detector::new(&tail_i8::MODEL, tail_i8::THRESHOLD), &x.reals);
    "causes of f32": |x| causes::<2, _, _, _>(&shuttle::MODEL, shuttle::THRESHOLD, &USUAL, &x.reals, single);
    "causes of i16": |x| causes::<9, _, _, _>(&shuttle_i16::MODEL, shuttle_i16::THRESHOLD, &USUAL, &x.reals, bits);
    "causes of i8": |x| causes::<9, _, _, _>(&shuttle_i8::MODEL, shuttle_i8::THRESHOLD, &USUAL, &x.reals, bits);
    "causes of counts": |x|
        causes::<9, _, _, _>(&shuttle_i8_counts::MODEL, shuttle_i8_counts::THRESHOLD, &COUNTS, &x.words, bits);
    "causes of an i8 ensemble": |x| causes::<9, _, _, _>(&tail_i8::MODEL, tail_i8::THRESHOLD, &THREE, &x.reals, bits);

    "drift of f32 scores": |x| drift(&PValues::new([-100.0, 0.0, 5.0, 4000.0], 77_777), &x.reals);
    "drift of integer scores": |x|
        drift(&PValues::new([-100, 0, 5, 4000].map(Fixed::<16>::from_bits), 77_777), &x.words.map(Fixed::from_bits));

    "commissioning of f32": |x| commission(&shuttle::MODEL, x, |x| x.reals, f32::to_bits, single);
    "commissioning of i8": |x| commission(&shuttle_i8::MODEL, x, |x| x.reals, f32::to_bits, bits);
    "commissioning of counts": |x| commission(&shuttle_i8_counts::MODEL, x, |x| x.words, i32::cast_unsigned, bits);

    "recorder": |x| record(&x.halfwords);

    "held samples": |x| gaps(Hold::new(Window::<f32, 2, 6>::new(), 2), &x.reals);
    "samples that are not ignored": |x| gaps(Ignore::new(Window::<f32, 2, 6>::new()), &x.reals);
    "window": |x| slide(&x.words);
    "debounce": |x| debounce(&x.halfwords);

    "eight bands": |x| front::<_, 3, 24>(Bands::<3, 0, 24>::new(32), &x.halfwords);
    "sixteen bands and octaves": |x| front::<_, 1, 19>(Bands::<1, 2, 19, Sixteen>::new(64), &x.halfwords);
    "bands of overlapping windows, summed, with means": |x|
        front::<_, 3, 12>(Bands::<3, 1, 12, Eight, 2>::new(32), &x.halfwords);
    "statistics": |x| front::<_, 3, 15>(Statistics::<3, 15>::new(30), &x.halfwords);
}

/// Alarms of a stream of scores, and the sum that is left.
fn drift<N: Number, const K: usize>(p_values: &PValues<N, K>, scores: &[N; WIDTH]) -> u32 {
    let mut drift = Drift::<50, 2>::new();
    let mut alarms = 0;
    for score in scores {
        alarms = alarms << 1 | u32::from(drift.push(p_values.surprise(*score)));
    }
    alarms << 16 ^ drift.sum().to_bits() as u32
}

/// A hash of what a commissioning finds, from ordinary rows in front of which there is this one; zero where it finds nothing.
fn commission<M, T>(
    model: &M,
    sample: &Sample,
    row: fn(&Sample) -> [T; WIDTH],
    word: fn(T) -> u32,
    bits: impl Fn(M::Nats) -> u32,
) -> u32
where
    T: Reading,
    M: Density<T, 9>,
{
    static SPREAD: Spread<9> = Spread::new(MEAN, DEVIATION);
    let found = Commission::<_, T, _, 9, 4>::new(model, &SPREAD, COMMISSIONED as u16, RATE, 0);
    let Ok(mut commission) = found else {
        return 0;
    };
    commission.push(&first::<T, 9>(&row(sample)));
    let mut i = 0;
    while !commission.push(&first::<T, 9>(&row(&Sample::new(i)))) {
        i += 1;
    }
    match commission.finish() {
        Ok(site) => {
            let words = site
                .moves()
                .iter()
                .map(|by| (word(by.center) as usize, word(by.factor)));
            hash(words.chain([(0, bits(site.threshold()))]))
        }
        Err(_) => 0,
    }
}

/// What recordings of a stream hold, and how many moments each.
fn record(row: &[i16; WIDTH]) -> u32 {
    let mut recorder = Recorder::<i16, 4>::new(1);
    let mut hash = 0u32;
    for (i, x) in row.iter().enumerate() {
        if recorder.push(*x, *x < 0 || i % 5 == 4) {
            while let Some(x) = recorder.read() {
                hash = (hash ^ x as u32).wrapping_mul(0x0100_0193);
            }
            hash = hash.wrapping_add(0x9e37_79b9);
        }
    }
    recorder.clear();
    hash
}

/// Usual values in counts.
static COUNTS: [[i32; 3]; 9] = {
    let mut counts = [[0; 3]; 9];
    let mut i = 0;
    while i < 27 {
        counts[i / 3][i % 3] = USUAL[i / 3][i % 3] as i32;
        i += 1;
    }
    counts
};

/// Usual values of the ensembles' inputs.
static THREE: [[f32; 3]; 3] = [
    [85.0, 100.0, 115.0],
    [-65.0, -50.0, -35.0],
    [-1.0, 0.0, 1.0],
];

/// A hash of the causes of the first elements of a row. Of `f32` only two: where that is in software, the meter's counter
/// would pass zero.
fn causes<const MOST: usize, M, T, const D: usize>(
    model: &M,
    threshold: M::Nats,
    usual: &[[T; 3]; D],
    row: &[T; WIDTH],
    bits: impl Fn(M::Nats) -> u32,
) -> u32
where
    T: Number,
    M: Density<T, D>,
{
    let repair = Repair::new(model, threshold, usual, &first::<T, D>(row));
    hash(
        repair
            .take(MOST)
            .map(|cause| (cause.input, bits(cause.score))),
    )
}

fn bits<const FRAC: u32>(score: Fixed<FRAC>) -> u32 {
    score.to_bits() as u32
}

/// The first elements of a row.
fn first<T: Number, const D: usize>(row: &[T; WIDTH]) -> SVector<T, D> {
    row.first_chunk()
        .map_or(SVector::from([T::ZERO; D]), |row| SVector::from(*row))
}

/// Alarms of a stream, twice, with a gap between: a bit for each.
fn watch<M, T, const CH: usize, const D: usize>(
    mut detector: Detector<M, T, CH, D>,
    row: &[T; WIDTH],
) -> u32
where
    T: Number,
    M: Density<T, D>,
{
    let mut debounce = Debounce::new(2, 3);
    let mut alarms = 0;
    for _ in 0..2 {
        for sample in row.as_chunks::<CH>().0 {
            if let Some(verdict) = detector.push(*sample) {
                alarms = alarms << 1 | u32::from(debounce.push(verdict.anomalous));
            }
        }
        detector.reset();
        debounce.reset();
    }
    alarms
}

/// The words of all vectors of a stream with gaps, twice, with another gap between.
fn gaps<C>(mut collector: C, row: &[f32; WIDTH]) -> u32
where
    C: Collect<2, 6, Raw = f32, Value = f32>,
{
    let mut hash = 0u32;
    for _ in 0..2 {
        for x in row {
            let missing = if hash & 3 == 0 { *x } else { f32::NAN };
            let vector = collector.push([*x, missing]);
            collector.learn(hash & 4 == 0);
            for x in vector.iter().flat_map(|vector| vector.iter()) {
                let word = if x.is_nan() { 0 } else { x.to_bits() };
                hash = (hash ^ word).wrapping_mul(0x0100_0193);
            }
            hash = hash.wrapping_add(0x9e37_79b9);
        }
        collector.clear();
    }
    hash
}

/// The sum of all windows.
fn slide(row: &[i32; WIDTH]) -> u32 {
    let mut window = Window::<f32, 2, 6>::new();
    let mut sum = 0.0;
    for [one, other] in row.as_chunks::<2>().0 {
        window.push([*one as f32, *other as f32]);
        sum += window.get().map_or(0.0, |x| x.sum());
    }
    window.clear();
    sum.to_bits()
}

/// Alarms while two of four are negative.
fn debounce(row: &[i16; WIDTH]) -> u32 {
    let mut debounce = Debounce::new(2, 4);
    let alarms = row.iter().map(|x| u32::from(debounce.push(*x < 0)));
    alarms.fold(0, |all, alarm| all << 1 | alarm)
}

/// The words of all vectors of a stream in which samples come again and again, twice, with a gap between.
fn front<C, const CH: usize, const D: usize>(mut front: C, row: &[i16; WIDTH]) -> u32
where
    C: Collect<CH, D, Raw = i16, Value = i32>,
{
    let mut hash = 0;
    for _ in 0..2 {
        front.clear();
        for x in row.iter().cycle().take(12 * WIDTH) {
            let vector = front.push([*x; CH].map(|x| x.rotate_left(hash & 15)));
            for word in vector.iter().flat_map(|vector| vector.iter()) {
                hash = (hash ^ *word as u32).wrapping_mul(0x0100_0193);
            }
        }
    }
    hash
}
