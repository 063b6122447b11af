//! The arithmetic of models as functions of slices, whose lengths are known only at run time.
//!
//! For the generator and its host tools, which compute the bits of a board without its types. Not for users: what is here
//! may change in any version. If lengths disagree, part of the work or none is done.

pub use crate::baseline::{more, step};
pub use crate::commission::{Plan, factor, learn};
pub use crate::drift::{bet, limit};
pub use crate::gamma::student_t_at_zero;
pub use crate::p_values::surprise;
pub use crate::repair::search;

/// Of `f32`.
pub mod float {
    pub use crate::float::ensemble::{highest_tail, mean_density, tails};
    pub use crate::float::kernel::{affine, hidden, relu};
    pub use crate::float::prior::{
        diagonal_normal, full_normal, log_sum_exp, logistic, normal, student_t,
    };
    pub use crate::float::triangular::{multiply, solve};
}

/// Of integers.
pub mod fixed {
    pub use crate::fixed::affine::stretch;
    pub use crate::fixed::encode::hard::element;
    pub use crate::fixed::encode::{counts, standardise};
    pub use crate::fixed::ensemble::{highest_tail, mean_density, tails};
    pub use crate::fixed::kernel::{affine8, affine16, first8, first16, hidden8, hidden16};
    pub use crate::fixed::mixture::{coarse, coarsen, log_sum_exp, normal, square, squares};
    pub use crate::fixed::narrowing::{narrow, narrowed};
    pub use crate::fixed::prior::{Parts, deviation, diagonal_normal, logistic, standard_normal};
    pub use crate::fixed::residual::gated;
    pub use crate::fixed::saturation::Saturation;
    pub use crate::fixed::triangular::{multiply, multiply_within, solve};
    pub use crate::fixed::words::{Block8, Block16};
}

/// Of front ends.
pub mod front {
    pub use crate::front::channel::Channel;
    pub use crate::front::half_band::CHUNK;
    pub use crate::front::levels::levels;
}
