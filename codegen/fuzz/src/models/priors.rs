//! Priors with numbers.

use super::DIM;
use nalgebra::DMatrix;
use nice_flow_codegen::flow::ir::{DiagonalNormal, FullNormal, Prior, StudentT};

pub(super) fn mixture() -> Prior {
    let normal = |mean: f64| DiagonalNormal {
        mean: vec![mean; DIM],
        precision: vec![0.5; DIM],
    };
    Prior::Mixture {
        log_weights: vec![0.25_f64.ln(), 0.75_f64.ln()],
        components: vec![normal(-1.0), normal(1.0)],
    }
}

pub(super) fn student_t() -> Prior {
    Prior::StudentT(StudentT {
        location: vec![0.25; DIM],
        precision: vec![2.0; DIM],
        degrees: vec![0.5, 1.0, 4.0, 30.0],
    })
}

pub(super) fn full_mixture() -> Prior {
    let normal = |mean: f64| FullNormal {
        mean: vec![mean; DIM],
        factor: DMatrix::from_element(DIM, DIM, 0.5).lower_triangle(),
    };
    Prior::FullMixture {
        log_weights: vec![0.25_f64.ln(), 0.75_f64.ln()],
        components: vec![normal(-1.0), normal(1.0)],
    }
}
