//! Integer leaves: numbers, conditioners, triangles, priors and encoders of a flow without floating point.
//!
//! The state is a vector of [`Fixed`] whose sums wrap, so that a coupling is undone exactly, bit for bit, whatever
//! its conditioner does. Conditioners work on `i16` activations, on weights of 8 or 16 bits and on `i32` sums; every
//! rescaling is a shift, whose rounding is part of a bias. All results are the same bits on every host and board.
//!
//! Who makes the constants proves that no sum and no state overflows in `forward`; the types only compute.

mod activation;
mod block;
mod dense;
pub mod encode;
pub mod ensemble;
pub mod kernel;
mod limit;
mod mlp;
pub mod narrow;
mod number;
pub mod prior;
mod residual;
mod saturation;
mod softplus;
pub mod triangular;
mod words;

pub use activation::Activation;
pub use block::Block;
pub use dense::{Dense, Hidden, Output};
pub use encode::{Counts, Encode, Encoded, Standardise};
pub use ensemble::{KNOTS, MeanDensity, Tail, Tails};
pub use mlp::Mlp;
pub use narrow::{Narrow, Narrowing, Rectified};
pub use number::Fixed;
pub use prior::{DiagonalNormal, Logistic, Mixture};
pub use residual::{Branch, Residual};
pub use saturation::Saturation;
pub use triangular::{Side, Triangular};
pub use words::{I8, I16, Quad};
