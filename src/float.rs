//! `f32` leaves: conditioners, triangular and diagonal layers, affine couplings, priors.
//!
//! Every type here is a thin, statically sized view of slice functions that compile once and serve all
//! layers; [`kernel`] and the functions beside each type are public so that a host can run the same
//! arithmetic, in the same order, at sizes known only at run time.

pub mod activation;
mod affine;
mod dense;
mod diagonal;
pub mod ensemble;
pub mod kernel;
mod math;
mod mlp;
pub mod prior;
mod residual;
pub mod scale;
pub mod triangular;

pub use activation::Activation;
pub use affine::{AffineCoupling, Both};
pub use dense::Dense;
pub use diagonal::Diagonal;
pub use ensemble::{KNOTS, MeanDensity, Tail, Tails};
#[cfg(feature = "micromath")]
pub use math::Micromath;
pub use math::{Libm, Math};
pub use mlp::{Hidden, Mlp};
pub use prior::{DiagonalNormal, Logistic, Mixture, Normal};
pub use residual::{Block, Residual};
pub use scale::ScaleMap;
pub use triangular::{Side, Triangular};
