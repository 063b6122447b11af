//! The network of the measurements: D = 16, four additive couplings 8→64→64→8 with ReLU, 20,480 MACs.

use nice_flow::float::{Dense, Mlp, Normal, activation::Relu};
use nice_flow::{Coupling, Flow, Half};

/// Elements of an input.
pub const D: usize = 16;
/// Multiplications with a weight in one score.
pub const MACS: usize = 4 * (8 * 64 + 64 * 64 + 64 * 8);

/// NICE with a standard normal prior.
pub type Model = Flow<[Coupling<Mlp<8, 64, 8, 1>>; 4], Normal>;

/// Weights of no meaning, in a trained network's range.
pub static MODEL: Model = Flow::new(
    [
        coupling(Half::Tail, 1),
        coupling(Half::Head, 2),
        coupling(Half::Tail, 3),
        coupling(Half::Head, 4),
    ],
    Normal,
);

const fn coupling(shifts: Half, seed: u32) -> Coupling<Mlp<8, 64, 8, 1>> {
    Coupling::new(
        shifts,
        Mlp::new(
            dense(3 * seed),
            [dense(3 * seed + 1)],
            dense(3 * seed + 2),
            Relu,
        ),
    )
}

const fn dense<const IN: usize, const OUT: usize>(seed: u32) -> Dense<IN, OUT> {
    let [bias] = random::<OUT, 1>(seed + 1000, 0.1);
    Dense::new(random(seed, 2.0 / IN as f32), bias)
}

/// Numbers in `[-limit, limit)`, by Marsaglia's xorshift.
pub const fn random<const R: usize, const C: usize>(seed: u32, limit: f32) -> [[f32; R]; C] {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut numbers = [[0.0; R]; C];
    let mut i = 0;
    while i < R * C {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        numbers[i / R][i % R] = limit * (state as i32 as f32 / 2_147_483_648.0);
        i += 1;
    }
    numbers
}
