//! A row by which a board tests itself.

use crate::host::score::module_scores;
use nice_flow_codegen::module::emit::Golden;
use nice_flow_codegen::module::scored;
use nice_flow_codegen::{Lowered, Model, Result};

/// One of the normal rows, which are in what the module takes, with its score here.
pub fn golden(model: &Model, lowered: &Lowered, rows: &[f64]) -> Result<Golden> {
    scored::golden(model, lowered, rows, &module_scores(lowered, rows))
}
