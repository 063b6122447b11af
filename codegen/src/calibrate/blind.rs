//! Broken sensors that a threshold would let pass.

use crate::ensemble::Stored;
use crate::score::score_stored;
use crate::{Numeric, Result};

/// Normal rows that are tried.
const ROWS: usize = 16;

/// What broken sensors say.
const BROKEN: [f64; 3] = [f64::NAN, -1e30, 1e30];

/// Inputs of which one alone can be broken, in an otherwise normal row, without being flagged.
///
/// Integers saturate at 128 standard deviations: a threshold that lies among rows as strange as that is blind to a sensor
/// that has died.
pub fn blind_inputs(stored: &Stored, normal: &[f64], numeric: Numeric) -> Result<Vec<usize>> {
    let dim = stored.first().flow.dim;
    let rows = normal.chunks_exact(dim).take(ROWS);
    let rows: Vec<&[f64]> = rows
        .filter(|row| row.iter().all(|x| x.is_finite()))
        .collect();
    let mut broken = vec![];
    for input in 0..dim {
        for (row, value) in rows.iter().flat_map(|row| BROKEN.map(|value| (row, value))) {
            let numbers = row.iter().enumerate();
            broken.extend(numbers.map(|(place, x)| if place == input { value } else { *x }));
        }
    }
    let scores = score_stored(stored, &broken, numeric.into(), &|_| ())?;
    let flagged = scores.verdicts(stored.threshold_of(numeric));
    let of_one = flagged.chunks((BROKEN.len() * rows.len()).max(1));
    let blind = of_one
        .enumerate()
        .filter(|(_, flagged)| flagged.contains(&false));
    Ok(blind.map(|(input, _)| input).collect())
}
