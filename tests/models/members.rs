//! An ensemble of three flows with weights of 8 bits, 16 inputs of type `f32`, and three usual values of each.

use super::integer::{Network, network8, reals};
use super::network::D;
use nice_flow::Ensemble;
use nice_flow::fixed::{Encoded, Fixed, I8, KNOTS, Standardise, Tail, Tails};

/// The ensemble that `train` makes has such members.
pub type Model = Ensemble<Encoded<Standardise<D>, Network<I8>>, Tails<3>, 3>;

/// Weights of no meaning.
pub static MODEL: Model = Ensemble::new(
    [
        Encoded::new(reals(1), network8()),
        Encoded::new(reals(2), network8()),
        Encoded::new(reals(3), network8()),
    ],
    Tails::new([tail(), tail(), tail()]),
);

/// In tail scores.
pub const THRESHOLD: Fixed = Fixed::from_bits(4 << 16);

/// As `generate --explain 3` writes them.
pub static USUAL: [[f32; 3]; D] = {
    let mut usual = [[-1.0, 0.0, 1.0]; D];
    let mut i = 0;
    while i < D {
        usual[i][1] = i as f32 / 64.0;
        i += 1;
    }
    usual
};

const fn tail() -> Tail {
    let mut knots = [0; KNOTS];
    let mut i = 0;
    while i < KNOTS {
        knots[i] = (i as i32) << 20;
        i += 1;
    }
    Tail::new(knots, [1 << 12; KNOTS], 1 << 14)
}
