//! Sums and products of numbers below the least normal `f32`, 1.2e-38, by every layer that has a loop which a compiler could turn
//! into vectors: those of Helium would take such numbers for zeros.
//!
//! Compiled for the host (`tests/golden.rs`) and for boards (`tests/embedded`).

use core::hint::black_box;
use nalgebra::SVector;
use nice_flow::float::activation::{LeakyRelu, Relu};
use nice_flow::float::{Activation, Dense, Diagonal, Mlp, Side, Triangular};
use nice_flow::{Bijection, Conditioner, Coupling, Half};

/// A name, what is computed, and the bits that IEEE 754 says.
type Case = (&'static str, fn() -> f32, u32);

/// Every case.
pub const CASES: [Case; 9] = [
    ("16 x 1e-30 x 1e-9 in 16 rows", sums::<16>, 0x00ae_3980),
    ("16 x 1e-30 x 1e-9 in 5 rows", sums::<5>, 0x00ae_3980),
    ("8 x 1e30 x relu(-1e-39)", relu, 0),
    ("8 x 1e30 x leaky_relu(-1e-39)", leaky_relu, 0xb189_7061),
    ("1e-39 + 1e-39", coupled, 0x0015_c730),
    ("1e-39 - 5e-40", uncoupled, 0x0005_71cc),
    ("1e-30 x 1e-9", scaled, 0x000a_e398),
    ("(2e-39 - 1e-39) x 1e30", centred, 0x3089_7061),
    ("8 x 1e-30 x 1e-9 under a diagonal", triangular, 0x0057_1cc0),
];

/// What is wrong, told one by one.
pub fn wrong(mut tell: impl FnMut(&str, u32, u32)) -> usize {
    let mut wrong = 0;
    for (name, compute, expected) in CASES {
        let found = compute().to_bits();
        if found != expected {
            tell(name, found, expected);
            wrong += 1;
        }
    }
    wrong
}

fn sums<const ROWS: usize>() -> f32 {
    let layer = Dense::<16, ROWS>::new(black_box([[1e-30; ROWS]; 16]), black_box([0.0; ROWS]));
    let y = layer.eval(&SVector::from(black_box([1e-9; 16])));
    y.max()
}

/// Of a first layer that gives -1e-39, through an activation, times 1e30.
fn activated<A: Activation>(activation: A) -> f32 {
    let first = Dense::new(black_box([[0.0; 8]; 4]), black_box([-1e-39; 8]));
    let last = Dense::new(black_box([[1e30; 4]; 8]), black_box([0.0; 4]));
    let network: Mlp<4, 8, 4, 0, A> = Mlp::new(first, [], last, activation);
    network.eval(&SVector::from(black_box([0.0; 4]))).max()
}

fn relu() -> f32 {
    activated(Relu)
}

fn leaky_relu() -> f32 {
    activated(LeakyRelu { slope: 0.5 })
}

/// A coupling that shifts by the bias.
fn coupling(bias: f32) -> Coupling<Dense<4, 4>> {
    let shift = Dense::new(black_box([[0.0; 4]; 4]), black_box([bias; 4]));
    Coupling::new(Half::Tail, shift)
}

fn coupled() -> f32 {
    let mut x = SVector::<f32, 8>::from(black_box([1e-39; 8]));
    coupling(1e-39).forward(&mut x);
    x.max()
}

fn uncoupled() -> f32 {
    let mut z = SVector::<f32, 8>::from(black_box([1e-39; 8]));
    coupling(5e-40).inverse(&mut z);
    z.min()
}

fn scaled() -> f32 {
    let layer = Diagonal::with_log_det(black_box([0.0; 8]), black_box([1e-9; 8]), 0.0);
    let mut x = SVector::from(black_box([1e-30; 8]));
    layer.forward(&mut x);
    x.max()
}

fn centred() -> f32 {
    let layer = Diagonal::with_log_det(black_box([1e-39; 8]), black_box([1e30; 8]), 0.0);
    let mut x = SVector::from(black_box([2e-39; 8]));
    layer.forward(&mut x);
    x.max()
}

fn triangular() -> f32 {
    let layer = Triangular::with_log_det(Side::Lower, black_box([[1e-9; 8]; 8]), 0.0);
    let mut x = SVector::from(black_box([1e-30; 8]));
    layer.forward(&mut x);
    x.max()
}
