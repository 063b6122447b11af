//! Evaluates priors, sixteen rows at a time, with the runtime's functions for one row.

use super::lane::{LANES, Lane};
use nice_flow::float::Libm;
use nice_flow::host::float as prior;
use nice_flow_codegen::module::float::{DiagonalNormal, Prior};

/// The log-density of each row.
pub(super) fn log_density(value: &Prior, z: &[Lane]) -> Lane {
    let mut row = vec![0.0; z.len()];
    std::array::from_fn::<_, LANES, _>(|lane| {
        row.iter_mut().zip(z).for_each(|(row, z)| *row = z[lane]);
        match value {
            Prior::Normal => prior::normal(&row),
            Prior::DiagonalNormal(one) => normal(one, &row),
            Prior::Logistic => prior::logistic::<Libm>(&row),
            Prior::Mixture(components) => {
                let terms: Vec<f32> = components
                    .iter()
                    .map(|component| normal(component, &row))
                    .collect();
                prior::log_sum_exp::<Libm>(&terms)
            }
        }
    })
}

fn normal(value: &DiagonalNormal, z: &[f32]) -> f32 {
    prior::diagonal_normal(&value.mean, &value.precision, value.constant, z)
}
