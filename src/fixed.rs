//! Layers, conditioners, priors, ensembles and encoders of integers: flows without floating point.
//!
//! [`Encoded`] puts an encoder before a flow: [`Standardise`] of `f32`, or [`Counts`] of an ADC's integers.
//!
//! | layer | forward | log-determinant |
//! |---|---|---|
//! | [`Coupling`](crate::Coupling) of a [`Narrow`] | `[a, b + m(a)]` | 0 |
//! | [`Triangular`] | `xᵢ += round(Σⱼ tᵢⱼ xⱼ)` | 0 |
//! | [`Permute`](crate::Permute) | `x[order[i]]` | 0 |
//! | [`AffineCoupling`] | `[a, (b + c) · 2^ρ(a) + t(a)]` | `ln 2 · Σ ρ` |
//! | [`Autoregressive`] | `(xᵢ + cᵢ) · 2^ρᵢ + tᵢ` | `ln 2 · Σ ρ` |
//!
//! Constant scales, and with them their log-determinants, are part of the encoder and the prior. A flow with one of the last
//! two is a [`OneWayFlow`] of [`OneWay`] layers, for scores only. Conditioners `m`: [`Linear`], [`Mlp`], [`Residual`],
//! [`Steered`], nested [`First`], [`Hidden`] and [`Smooth`] layers, two of them as [`Both`]. Priors: [`DiagonalNormal`],
//! [`Logistic`], [`Mixture`]. Ensembles: [`MeanDensity`], [`Tails`].
//!
//! The state is a vector of [`Fixed`] whose sums wrap, so that a coupling is undone exactly, bit for bit, whatever its
//! conditioner does. Conditioners work on 16-bit activations, on weights of 8 or 16 bits ([`I8`], [`I16`]) and on 32-bit
//! sums; every rescaling is a shift that rounds, since half of its unit is part of a bias. All results are the same bits on
//! every host and board.
//!
//! These models are generated: `nice-flow generate --numeric i8` chooses the constants, and proves that no sum and no state
//! overflows in `forward`. The types only compute.

pub(crate) mod affine;
mod autoregressive;
mod component;
pub(crate) mod curve;
mod dense;
pub(crate) mod encode;
pub(crate) mod encoded;
pub(crate) mod ensemble;
mod entry;
mod first;
pub(crate) mod kernel;
mod limit;
pub(crate) mod mixture;
mod mlp;
mod narrow;
pub(crate) mod narrowing;
mod number;
pub(crate) mod one_way;
mod opaque;
pub(crate) mod prior;
mod rectifier;
pub(crate) mod residual;
pub(crate) mod saturation;
pub(crate) mod softplus;
mod steered;
mod storage;
mod strict;
pub(crate) mod triangular;
pub(crate) mod words;

pub use crate::both::Both;
pub use crate::side::Side;
pub use affine::{AffineCoupling, Exp, Form, Scale, Table};
pub use autoregressive::Autoregressive;
pub use component::Component;
pub use curve::{
    Curve, Elu, EluAlpha, Function, Gelu, GeluTanh, Hardswish, Hardtanh, Mish, Selu, Silu, Smooth,
    Softplus, Tanh,
};
pub use dense::{Dense, Hidden, Linear};
pub use encode::{Counts, Encode, Standardise};
pub use encoded::Encoded;
pub use ensemble::{HighestTail, KNOTS, MeanDensity, Tail, Tails};
pub use entry::{Bent, Entry};
pub use first::{First, Rest};
pub use mixture::Mixture;
pub use mlp::Mlp;
pub use narrow::{Narrow, Rectified};
pub use narrowing::Narrowing;
pub use number::Fixed;
pub use one_way::{OneWay, OneWayFlow, Tally};
pub use prior::{DiagonalNormal, Logistic};
pub use rectifier::Rectifier;
pub use residual::{Branch, Change, Gated, Joined, Residual, SmoothBranch};
pub use steered::{Offset, Steered};
pub use storage::Storage;
pub use triangular::Triangular;
pub use words::{I8, I16, Quad};
