//! Numbers within `f32`, which is what a board has.

use crate::text::short;
use crate::{Error, Result};

/// Whether a number is finite when rounded to `f32`.
pub(super) fn is_single(number: f64) -> bool {
    (number as f32).is_finite()
}

/// An error that names the first finite number that is beyond `f32`. Others are left to the checks of what has them.
pub(super) fn expect_single(place: &str, numbers: &[f64]) -> Result<()> {
    let is_beyond = |number: &f64| number.is_finite() && !is_single(*number);
    match numbers.iter().position(is_beyond) {
        None => Ok(()),
        Some(at) => {
            let found = short(numbers[at]);
            let message = format!(
                "element {at}: expected a number within f32, at most 3.4e38, found {found}"
            );
            Err(Error::input(place, message))
        }
    }
}

/// An error that names the first number that is zero, or nearly, in `f32`.
pub(super) fn expect_normal(place: &str, numbers: &[f64]) -> Result<()> {
    match numbers
        .iter()
        .position(|number| !(*number as f32).is_normal())
    {
        None => Ok(()),
        Some(at) => {
            let found = short(numbers[at]);
            let message = format!(
                "element {at}: expected a factor within f32, at least 1.2e-38, found {found}"
            );
            Err(Error::input(place, message))
        }
    }
}
