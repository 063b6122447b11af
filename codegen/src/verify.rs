//! What generation cost: the reference against the folded flow and against the generated module.

use crate::metrics::{quantile, spearman};
use crate::score::{Numeric, score};
use crate::{Model, Result, fold};
use rayon::prelude::*;

/// Differences of scores, in nats.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Difference {
    /// The largest; infinite where only one side is finite.
    pub largest: f64,
    /// Exceeded by one row in a hundred.
    pub p99: f64,
    /// Spearman's rank correlation; `None` where scores do not vary.
    pub rank_agreement: Option<f64>,
}

/// Against the reference: the flow as it was imported, in `f64`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Verification {
    /// Rows compared.
    pub rows: usize,
    /// The folded flow, in `f64`.
    pub folded: Difference,
    /// The generated module.
    pub generated: Difference,
}

/// Compares scores of rows in raw units.
pub fn verify(model: &Model, rows: &[f64], numeric: Numeric) -> Result<Verification> {
    let reference = score(model, rows, Numeric::F64, &|_| ())?.to_f64();
    let folded = fold::fold(&model.raw_flow())?;
    let folded: Vec<f64> = rows
        .par_chunks(folded.dim)
        .map(|row| -folded.log_density(row))
        .collect();
    let generated = score(model, rows, numeric, &|_| ())?.to_f64();
    Ok(Verification {
        rows: reference.len(),
        folded: difference(&reference, &folded),
        generated: difference(&reference, &generated),
    })
}

/// Differences of scores from a reference's, in nats.
pub fn difference(reference: &[f64], other: &[f64]) -> Difference {
    let nats: Vec<f64> = reference
        .iter()
        .zip(other)
        .map(|(a, b)| apart(*a, *b))
        .collect();
    Difference {
        largest: quantile(&nats, 1.0).unwrap_or(0.0),
        p99: quantile(&nats, 0.99).unwrap_or(0.0),
        rank_agreement: spearman(reference, other),
    }
}

/// Two scores that are both not finite agree: both are anomalies.
fn apart(a: f64, b: f64) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs(),
        (false, false) => 0.0,
        _ => f64::INFINITY,
    }
}
