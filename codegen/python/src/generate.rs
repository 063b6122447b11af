//! The Rust module of a model.

use nice_flow_codegen::module::emit::{self, Extras};
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::module::{spread, usual_values};
use nice_flow_codegen::{Model, Numeric, Result, lowered};

/// The module's text; of counts if there is a scale, with so many usual values of each input, with `SPREAD`.
pub fn text(
    model: &Model,
    numeric: Numeric,
    scale: Option<&Scale>,
    explain: Option<usize>,
    commission: bool,
) -> Result<String> {
    let mut module = lowered(model, numeric)?;
    if let Some(scale) = scale {
        module = module.taking_counts(scale, model)?;
    }
    let scale = module.scale(model, scale);
    let usual = explain.map(|values| usual_values(model, values, scale.as_ref()));
    let spread = commission.then(|| spread(model, scale.as_ref()));
    let extras = Extras {
        usual: usual.transpose()?,
        spread: spread.transpose()?,
        ..Extras::default()
    };
    emit::emit_with(model, &module, &extras)
}
