//! Inputs that `f32` cannot resolve.

use super::Model;
use crate::flow::ir::Diagonal;

/// A column that spreads by fewer steps of `f32` is seen coarsely: three related columns that spread by 8 steps had a rank agreement
/// of 0.89 with `f64` on a board, and 0.9985 with 84.
const COARSE: f64 = 64.0;

/// A spread below this share of the mean is what rounding leaves of a constant in `f64`.
const ROUNDING: f64 = 1e-12;

/// A warning if boards, which take inputs in `f32`, cannot see a column's spread around its mean, or see it in few steps.
pub fn unresolved(name: &str, mean: f64, spread: f64) -> Option<String> {
    let step = mean.abs() * f64::from(f32::EPSILON);
    let around = format!("column {name} is around {mean} and spreads by {spread:e}");
    if spread < ROUNDING * mean.abs() {
        Some(format!(
            "{around}, as a constant does that was rounded: boards score it as noise; leave it out or give it a scale of 1, and train anew"
        ))
    } else if spread < step {
        Some(format!(
            "{around}, less than the {step:e} that f32 can tell apart there: boards see nothing of it; take an offset off first"
        ))
    } else if spread < COARSE * step {
        Some(format!(
            "{around}, where f32 has steps of {step:e}: boards see it coarsely, and rank rows otherwise; take an offset off first"
        ))
    } else {
        None
    }
}

impl Model {
    /// The warnings of [`unresolved`] for the standardisation in front of the first flow.
    pub fn unresolved(&self) -> Vec<String> {
        let Some(Diagonal { center, factor }) = &self.first().preprocessing else {
            return vec![];
        };
        let columns = self.features.iter().zip(center).zip(factor);
        let warnings =
            columns.map(|((name, mean), factor)| unresolved(name, *mean, 1.0 / factor.abs()));
        warnings.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_below_the_steps_of_f32_are_named_by_what_comes_of_them() {
        for (mean, spread, expected) in [
            (1e6, 0.02, "boards see nothing of it"),
            (1e6, 2.0, "boards see it coarsely"),
            (0.1, 6.5e-16, "as a constant does"),
        ] {
            let warning = unresolved("x5", mean, spread).unwrap();
            assert!(warning.starts_with("column x5 is around "), "{warning}");
            assert!(warning.contains(expected), "{warning}");
        }
        assert_eq!(unresolved("x", 1e6, 10.0), None);
        assert_eq!(unresolved("x", 0.0, 1e-30), None);
    }
}
