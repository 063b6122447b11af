//! The option `--counts`.

use nice_flow_codegen::module::fixed::{Scale, no_counts};
use nice_flow_codegen::module::taken;
use nice_flow_codegen::{Error, Lowered, Model, Numeric, Result, lowered};
use nice_flow_lab::table::Table;
use std::path::Path;

/// The kind of inputs that a module takes.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Counts {
    /// Make an integer module take an ADC's counts, `i16` or `i32`, so that the firmware links no floating point.
    ///
    /// The model's raw units are (count − zero) · unit: `--counts='unit=0.0122;zero=2048'`, with lists where channels
    /// differ. Without a value, raw units are counts themselves, for a model that was trained on the ADC's output. Rows
    /// to score must then be counts too. It is an error if counts cannot represent the model's normal rows, or are too
    /// coarse for them.
    #[arg(long = "counts", value_name = "SCALE", num_args = 0..=1, require_equals = true, default_missing_value = "unit=1")]
    pub scale: Option<Scale>,
}

impl Counts {
    /// An error if counts are requested for a floating-point type, or if the rows are not counts.
    pub(super) fn expect(
        &self,
        model: &Model,
        numeric: Option<Numeric>,
        rows: &Table,
        path: &Path,
    ) -> Result<()> {
        self.expect_no_front_end(model)?;
        self.expect_integers(numeric)?;
        match &self.scale {
            None => Ok(()),
            Some(_) => rows.expect_counts(path),
        }
    }

    /// An error if counts are requested for a floating-point type.
    pub(super) fn expect_integers(&self, numeric: Option<Numeric>) -> Result<()> {
        match (&self.scale, numeric) {
            (Some(_), None) => Err(no_counts("f64")),
            (Some(_), Some(Numeric::F32)) => Err(no_counts("f32")),
            _ => Ok(()),
        }
    }

    /// An error if counts are requested of a model with a front end, which gives them already.
    fn expect_no_front_end(&self, model: &Model) -> Result<()> {
        match (&self.scale, &model.front_end) {
            (Some(_), Some(_)) => {
                let message = "expected none for a model with a front end, whose modules take raw counts already";
                Err(Error::input("--counts", message))
            }
            _ => Ok(()),
        }
    }

    /// The normal rows that the model keeps, in the unit of the scored inputs.
    pub(super) fn kept(&self, model: &Model) -> Vec<f64> {
        taken(model, model.kept_rows(), self.scale.as_ref())
    }

    /// The module of the model, with the requested kind of inputs.
    pub(super) fn lowered(&self, model: &Model, numeric: Numeric) -> Result<Lowered> {
        self.taken(lowered(model, numeric)?, model)
    }

    /// A lowered module, changed to the requested kind of inputs.
    pub(super) fn taken(&self, lowered: Lowered, model: &Model) -> Result<Lowered> {
        self.expect_no_front_end(model)?;
        match &self.scale {
            Some(scale) => lowered.taking_counts(scale, model),
            None => Ok(lowered),
        }
    }
}
