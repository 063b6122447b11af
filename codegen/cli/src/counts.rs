//! The option `--counts`.

use nice_flow_codegen::module::fixed::{Scale, no_counts};
use nice_flow_codegen::{Lowered, Model, Numeric, Result, lowered};
use nice_flow_lab::table::Table;
use std::path::Path;

/// What a module takes.
#[derive(Debug, clap::Args)]
pub(super) struct Counts {
    /// Let a module of integers take an ADC's counts, `i16` or `i32`, and link no floating point.
    ///
    /// A count is (count − zero) · unit in the model's raw units: `--counts='unit=0.0122;zero=2048'`, with lists
    /// where channels differ. Without a value raw units are counts, of a model trained on what the ADC gave. Refused
    /// are counts that do not reach the model's normal rows, or do not tell them apart. Rows to score are counts then.
    #[arg(long = "counts", value_name = "SCALE", num_args = 0..=1, require_equals = true, default_missing_value = "unit=1")]
    pub scale: Option<Scale>,
}

impl Counts {
    /// An error if counts were asked for of floats, or if the rows are none.
    pub(super) fn expect(&self, numeric: Option<Numeric>, rows: &Table, path: &Path) -> Result<()> {
        match (&self.scale, numeric) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(no_counts("f64")),
            (Some(_), Some(Numeric::F32)) => Err(no_counts("f32")),
            (Some(_), Some(_)) => rows.expect_counts(path),
        }
    }

    /// The module with the inputs that were asked for.
    pub(super) fn lowered(&self, model: &Model, numeric: Numeric) -> Result<Lowered> {
        self.taken(lowered(model, numeric)?, model)
    }

    /// The same of a module that is there.
    pub(super) fn taken(&self, lowered: Lowered, model: &Model) -> Result<Lowered> {
        match &self.scale {
            Some(scale) => lowered.taking_counts(scale, model),
            None => Ok(lowered),
        }
    }
}
