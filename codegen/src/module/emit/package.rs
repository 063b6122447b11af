//! What a module has to read blobs.

use super::Extras;
use crate::module::Lowered;
use crate::module::blob::{layout, parameters, threshold};
use crate::{Model, Result};

/// `Package`, `Contents`, `LAYOUT` and `FACTORY`, if they were asked for; an error if there is no threshold.
pub(super) fn package(model: &Model, lowered: &Lowered, extras: &Extras) -> Result<String> {
    if extras.package.is_none() {
        return Ok(String::new());
    }
    threshold(model, lowered)?;
    let debounce = match model.debounce {
        Some(_) => "DEBOUNCE",
        None => "nice_flow::Debounce::new(1, 1)",
    };
    let [usual, knots, golden, spread] = extras.sizes();
    let usual = if usual > 0 { "&USUAL" } else { "&[[]; D]" };
    let p_values = match knots {
        0 => "&nice_flow::PValues::new([], 0)",
        _ => "&P_VALUES",
    };
    let golden = match golden {
        0 => "&[]",
        _ => "core::array::from_ref(&GOLDEN)",
    };
    let spread = match spread {
        0 => "&[]",
        _ => "core::array::from_ref(&SPREAD)",
    };
    let parameters = parameters(lowered, extras);
    Ok(format!(
        "
/// Fingerprint of the package's type and of what its model takes. Blobs have it too; those with another are refused.
#[allow(dead_code)]
pub const LAYOUT: u64 = {:#018x};

/// A model with all that belongs to it, as a blob has it.
#[allow(dead_code)]
pub type Package = nice_flow::blob::Package<Model, {parameters}>;

/// What a package is made of.
#[allow(dead_code)]
pub type Contents = nice_flow::blob::Contents<Model, {parameters}>;

/// What this module itself has, for a board without a blob.
#[allow(dead_code)]
#[rustfmt::skip]
pub const FACTORY: Contents = nice_flow::blob::Contents {{
    model: &MODEL,
    threshold: THRESHOLD,
    debounce: {debounce},
    usual: {usual},
    p_values: {p_values},
    golden: {golden},
    spread: {spread},
}};
",
        layout(model, lowered, extras),
    ))
}
