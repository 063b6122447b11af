//! A model for the smallest boards: counts of two sensors, four samples of each, weights of 8 bits in about 2 KB.

use super::integer::{counts, hidden8, normal, output8};
use nice_flow::fixed::*;
use nice_flow::{Coupling, Flow, Half};

/// Sensors.
pub const CHANNELS: usize = 2;
/// Elements of an input.
pub const D: usize = 4 * CHANNELS;
/// Bytes of the weights alone.
pub const WEIGHTS: usize = 4 * (4 * 20 + 20 * 20 + 20 * 4);
/// Samples of a run.
pub const SAMPLES: usize = 64;

/// Four couplings 4→20→20→4 and a normal prior.
pub type Model = Encoded<Counts<D>, Flow<[Coupling<Net>; 4], DiagonalNormal<D>>>;
type Net = Narrow<4, 4, Mlp<I8, 1, 5, 1, 1>>;

/// Weights of no meaning.
pub static MODEL: Model = Encoded::new(
    counts(1),
    Flow::new(
        [
            coupling(Half::Tail, 1),
            coupling(Half::Head, 2),
            coupling(Half::Tail, 3),
            coupling(Half::Head, 4),
        ],
        normal(5, -963_000),
    ),
);

/// Some of the scores are above it.
pub const THRESHOLD: Fixed = Fixed::from_bits(40 << 16);

const fn coupling(shifts: Half, seed: u32) -> Coupling<Net> {
    let net = Mlp::new(
        hidden8(seed, 0),
        [hidden8(seed + 10, 0)],
        output8(seed + 20),
    );
    Coupling::new(shifts, Narrow::new(Narrowing::linear(5, 16_383), net))
}

/// A sample of a run that begins quiet and swings further and further.
pub fn sample(i: usize) -> [i16; CHANNELS] {
    let turn = |phase: usize| ((7 * i + phase) % 5) as i16 - 2;
    [0, 3].map(|phase| (i * i) as i16 * turn(phase))
}
