//! Layers, conditioners, priors and ensembles of `f32`.
//!
//! | layer | forward | log-determinant |
//! |---|---|---|
//! | [`Coupling`](crate::Coupling) | `[a, b + m(a)]` | 0 |
//! | [`AffineCoupling`] | `[a, b · S(r) + t]`, `[t, r] = m(a)` | `Σ ln S(rᵢ)` |
//! | [`Autoregressive`] | `xᵢ · S(rᵢ) + tᵢ`, `[t, r] = m(x)` masked | `Σ ln S(rᵢ)` |
//! | [`Diagonal`] | `(x − center) · factor` | `Σ ln ∣factorᵢ∣` |
//! | [`Triangular`] | `T x` | `Σ ln ∣tᵢᵢ∣` |
//! | [`Permute`](crate::Permute) | `x[order[i]]` | 0 |
//!
//! Conditioners `m`: [`Dense`], [`Mlp`], [`Stack`], [`Residual`], [`Steered`] by a context, two of them as [`Both`]. Priors: [`Normal`],
//! [`DiagonalNormal`], [`FullNormal`], [`Logistic`], [`StudentT`], [`Mixture`], [`FullMixture`]. Ensembles: [`MeanDensity`], [`Tails`].
//!
//! Sizes are in the types, so that the compiler checks them. The arithmetic is in functions of slices that compile once and
//! serve all layers; every sum has a fixed order and nothing is fused, so that host and board give the same bits.

pub mod activation;
mod affine;
mod autoregressive;
mod dense;
mod diagonal;
pub(crate) mod ensemble;
pub(crate) mod kernel;
mod math;
mod mlp;
pub(crate) mod prior;
mod residual;
pub mod scale;
mod steered;
pub(crate) mod triangular;

pub use crate::both::Both;
pub use crate::side::Side;
pub use activation::Activation;
pub use affine::AffineCoupling;
pub use autoregressive::{Autoregressive, Form};
pub use dense::Dense;
pub use diagonal::Diagonal;
pub use ensemble::{HighestTail, KNOTS, MeanDensity, Tail, Tails};
#[cfg(feature = "micromath")]
pub use math::Micromath;
pub use math::{Libm, Math};
pub use mlp::{Mlp, Stack};
pub use prior::{DiagonalNormal, FullMixture, FullNormal, Logistic, Mixture, Normal, StudentT};
pub use residual::{Branch, Residual};
pub use scale::ScaleMap;
pub use steered::{Adds, Gates, Steered, Steering};
pub use triangular::Triangular;
