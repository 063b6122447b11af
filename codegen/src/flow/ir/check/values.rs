//! Checks of lists of numbers; each error names the place, what was expected and what was found.

use crate::text::short;
use crate::{Error, Result};

/// An error unless there are as many values as expected.
pub fn length(place: &str, expected: usize, found: usize) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let message = format!("expected {expected} elements, found {found}");
    Err(Error::input(place, message))
}

/// An error unless a matrix has the expected rows and columns.
pub(super) fn shape(place: &str, expected: (usize, usize), found: (usize, usize)) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let ((rows, columns), (found_rows, found_columns)) = (expected, found);
    let message =
        format!("expected shape [{rows}, {columns}], found [{found_rows}, {found_columns}]");
    Err(Error::input(place, message))
}

/// An error unless every value is a finite number.
pub(super) fn finite(place: &str, values: &[f64]) -> Result<()> {
    each(place, values, "a finite number", f64::is_finite)
}

/// An error unless every value is finite and not zero.
pub(super) fn non_zero(place: &str, values: &[f64]) -> Result<()> {
    finite(place, values)?;
    each(place, values, "a number other than zero", |v| v != 0.0)
}

/// An error that names the first value for which the test fails.
pub(super) fn each(
    place: &str,
    values: &[f64],
    what: &str,
    good: impl Fn(f64) -> bool,
) -> Result<()> {
    match values.iter().position(|&value| !good(value)) {
        None => Ok(()),
        Some(at) => {
            let found = short(values[at]);
            let message = format!("element {at}: expected {what}, found {found}");
            Err(Error::input(place, message))
        }
    }
}

/// An error unless the indices are a permutation of `0..dim`.
pub(in crate::flow::ir) fn each_once(place: &str, indices: &[usize], dim: usize) -> Result<()> {
    // Checked first, so that a huge dimension is refused before memory is allocated for it.
    length(place, dim, indices.len())?;
    let mut seen = vec![false; dim];
    for &index in indices {
        let problem = match seen.get_mut(index) {
            None => "is out of range",
            Some(true) => "appears twice",
            Some(seen) => {
                *seen = true;
                continue;
            }
        };
        let message = format!(
            "expected each of 0 to {} once, but {index} {problem}",
            dim - 1
        );
        return Err(Error::input(place, message));
    }
    Ok(())
}
