//! The network of the measurements in integers, and parts for other models of integers, of weights of no meaning.

use super::network::{D, random};
use nice_flow::fixed::*;
use nice_flow::{Coupling, Flow, Half};

/// Four couplings 8→64→64→8 and a normal prior.
pub type Network<B> = Flow<[Coupling<Net<B>>; 4], DiagonalNormal<D>>;
type Net<B> = Narrow<8, 8, Mlp<B, 2, 16, 2, 1>>;

/// Measurements of type `f32`, weights of 8 bits.
pub static I8_OF_REALS: Encoded<Standardise<D>, Network<I8>> = Encoded::new(reals(1), network8());
/// Counts of type `i16`, weights of 8 bits.
pub static I8_OF_COUNTS: Encoded<Counts<D>, Network<I8>> = Encoded::new(counts(1), network8());
/// Measurements of type `f32`, weights of 16 bits.
pub static I16_OF_REALS: Encoded<Standardise<D>, Network<I16>> =
    Encoded::new(reals(1), network16());
/// Counts of type `i16`, weights of 16 bits.
pub static I16_OF_COUNTS: Encoded<Counts<D>, Network<I16>> = Encoded::new(counts(1), network16());

/// See [`I8_OF_REALS`].
pub const fn network8() -> Network<I8> {
    Flow::new(
        [
            coupling8(Half::Tail, 1),
            coupling8(Half::Head, 2),
            coupling8(Half::Tail, 3),
            coupling8(Half::Head, 4),
        ],
        normal(5, -963_000),
    )
}

/// See [`I16_OF_REALS`].
pub const fn network16() -> Network<I16> {
    Flow::new(
        [
            coupling16(Half::Tail, 1),
            coupling16(Half::Head, 2),
            coupling16(Half::Tail, 3),
            coupling16(Half::Head, 4),
        ],
        normal(5, -963_000),
    )
}

const fn coupling8(shifts: Half, seed: u32) -> Coupling<Net<I8>> {
    let net = Mlp::new(
        hidden8(seed, 0),
        [hidden8(seed + 10, 0)],
        output8(seed + 20),
    );
    Coupling::new(shifts, Narrow::new(Narrowing::linear(5, 16_383), net))
}

const fn coupling16(shifts: Half, seed: u32) -> Coupling<Net<I16>> {
    let net = Mlp::new(
        hidden16(seed, 0),
        [hidden16(seed + 10, 0)],
        output16(seed + 20),
    );
    Coupling::new(shifts, Narrow::new(Narrowing::linear(4, 32_767), net))
}

/// A layer whose activations reach their limit; `slope` of its leaky ReLU in Q15.
pub const fn hidden8<const G: usize, const P: usize>(seed: u32, slope: i32) -> Hidden<I8, G, P> {
    Hidden::new(dense8(seed), Rectifier::leaky_relu(14, slope))
}

/// A layer whose activations reach their limit; `slope` of its leaky ReLU in Q15.
pub const fn hidden16<const G: usize, const P: usize>(seed: u32, slope: i32) -> Hidden<I16, G, P> {
    Hidden::new(dense16(seed), Rectifier::leaky_relu(12, slope))
}

/// A layer whose rows are shifted by 9 to 12.
pub const fn output8<const G: usize, const P: usize>(seed: u32) -> Linear<I8, G, P> {
    Linear::new(dense8(seed), [[9, 10, 11, 12]; P])
}

/// A layer whose rows are shifted by 9 to 12.
pub const fn output16<const G: usize, const P: usize>(seed: u32) -> Linear<I16, G, P> {
    Linear::new(dense16(seed), [[9, 10, 11, 12]; P])
}

const fn dense8<const G: usize, const P: usize>(seed: u32) -> Dense<I8, G, P> {
    let mut blocks = [[[0; 4]; G]; P];
    let mut i = 0;
    while i < 4 * G * P {
        let [[b0, b1, b2, b3]] = random(1000 * seed + i as u32, 40.0);
        let bytes = [
            b0 as i8 as u8,
            b1 as i8 as u8,
            b2 as i8 as u8,
            b3 as i8 as u8,
        ];
        blocks[i / (4 * G)][i / 4 % G][i % 4] = u32::from_le_bytes(bytes);
        i += 1;
    }
    Dense::new(blocks, bias(seed))
}

const fn dense16<const G: usize, const P: usize>(seed: u32) -> Dense<I16, G, P> {
    let mut blocks = [[[0; 8]; G]; P];
    let mut i = 0;
    while i < 8 * G * P {
        let [[low, high]] = random(1000 * seed + i as u32, 3000.0);
        let word = low as i16 as u16 as u32 | (high as i16 as u16 as u32) << 16;
        blocks[i / (8 * G)][i / 8 % G][i % 8] = word;
        i += 1;
    }
    Dense::new(blocks, bias(seed))
}

const fn bias<const P: usize>(seed: u32) -> [[i32; 4]; P] {
    let numbers: [[f32; 4]; P] = random(seed + 1000, 1e6);
    let mut bias = [[0; 4]; P];
    let mut i = 0;
    while i < 4 * P {
        bias[i / 4][i % 4] = numbers[i / 4][i % 4] as i32;
        i += 1;
    }
    bias
}

/// Deviations around one.
pub const fn normal<const D: usize>(seed: u32, constant: i32) -> DiagonalNormal<D> {
    let (factor, offset) = standard(seed);
    DiagonalNormal::new(factor, offset, 29, constant)
}

/// The factors, around `2²⁹` and of both signs, and the offsets of a prior.
pub const fn standard<const D: usize>(seed: u32) -> ([i32; D], [i32; D]) {
    let [numbers]: [[f32; D]; 1] = random(seed, 1.0);
    let (mut factor, mut offset) = ([0; D], [0; D]);
    let mut i = 0;
    while i < D {
        let size = (536_870_912.0 * (1.0 + numbers[i] / 2.0)) as i32;
        factor[i] = if i % 3 == 2 { -size } else { size };
        offset[i] = (30_000.0 * numbers[i]) as i32;
        i += 1;
    }
    (factor, offset)
}

/// Of measurements with a deviation around one, 128 of which saturate.
pub const fn reals<const D: usize, const FRAC: u32>(seed: u32) -> Standardise<D, FRAC> {
    let [mean]: [[f32; D]; 1] = random(seed, 1.0);
    let [mut factor]: [[f32; D]; 1] = random(seed + 1, 20_000.0);
    let mut i = 0;
    while i < D {
        factor[i] += 65_536.0;
        i += 1;
    }
    Standardise::new(mean, factor, 1 << 23)
}

/// Of counts with a deviation around 100.
pub const fn counts<const D: usize>(seed: u32) -> Counts<D> {
    let [numbers]: [[f32; D]; 1] = random(seed, 1.0);
    let (mut factor, mut offset) = ([0; D], [0; D]);
    let mut i = 0;
    while i < D {
        factor[i] = (655.36 * 1_048_576.0 * (1.0 + numbers[i] / 4.0)) as i32;
        offset[i] = (numbers[i] * 1e11) as i64;
        i += 1;
    }
    Counts::new(factor, offset, [20; D], 1 << 23)
}
