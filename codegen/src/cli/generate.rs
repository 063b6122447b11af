//! `nice-flow generate`.

use super::source::{Roles, Source, note_scales};
use crate::calibrate::set_threshold;
use crate::ensemble::Stored;
use crate::model::Calibration;
use crate::module::fixed::Scale;
use crate::verify::{Cost, cost};
use crate::{Error, Lowered, Numeric, Result, emit, lowered_stored, output};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Number type of the module.
    #[arg(long, value_enum, default_value_t)]
    numeric: Numeric,

    /// Normal rows to scale integers by, instead of those that `calibrate` left in the model.
    #[arg(long, value_name = "DATA.csv")]
    calibration: Option<PathBuf>,

    #[command(flatten)]
    roles: Roles,

    /// Let a module of integers take an ADC's counts, `i16` or `i32`, and link no floating point.
    ///
    /// A count is (count − zero) · unit in the model's raw units: `--counts='unit=0.0122;zero=2048'`, with lists
    /// where channels differ. Without a value raw units are counts, of a model trained on what the ADC gave.
    #[arg(long, value_name = "SCALE", num_args = 0..=1, require_equals = true, default_missing_value = "unit=1")]
    counts: Option<Scale>,

    /// Rust file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        self.expect_new_output()?;
        let stored = self.stored()?;
        note_scales(stored.threshold(), stored.calibration(), self.numeric);
        let in_file = |error: Error| error.in_file(&self.source.model);
        let lowered = lowered_stored(&stored, self.numeric).map_err(in_file)?;
        let cost = self.cost(&stored, &lowered)?;
        let lowered = self.encoded(lowered)?;
        let text = emit::emit_stored(&stored, &lowered).map_err(in_file)?;
        output::write(&self.output, text.as_bytes())?;
        if json {
            say!(
                "{}",
                json!({ "module": self.output, "numeric": self.numeric.name(), "type": lowered.type_name(), "weight_bytes": lowered.bytes(), "cost": cost })
            );
            return Ok(());
        }
        say!(
            "wrote {}: {} bytes of weights",
            self.output.display(),
            lowered.bytes()
        );
        if let Some(cost) = cost {
            say!(
                "integers change the scores of normal rows, which have a standard deviation of {:.2}, by {:.4} {} in the median; \
                 one in a hundred changes by more than {:.4} (nice-flow verify says more)",
                cost.deviation,
                cost.generated.median,
                stored.unit().plural(),
                cost.generated.p99
            );
        }
        Ok(())
    }

    /// An error if the module would replace the model.
    fn expect_new_output(&self) -> Result<()> {
        let same = |path: &Path| path.canonicalize().ok();
        match (same(&self.output), same(&self.source.model)) {
            (Some(output), Some(model)) if output == model => {
                let message = "expected another file for the module than the model's";
                Err(Error::file(&self.output, message))
            }
            _ => Ok(()),
        }
    }

    /// The module with the inputs that were asked for.
    fn encoded(&self, lowered: Lowered) -> Result<Lowered> {
        match &self.counts {
            Some(scale) => lowered.taking_counts(scale),
            None => Ok(lowered),
        }
    }

    /// What integers cost on the rows that they are scaled by.
    fn cost(&self, stored: &Stored, lowered: &Lowered) -> Result<Option<Cost>> {
        let of = |_| cost(stored, lowered, &stored.first().normal_rows(), None);
        self.numeric.weights().map(of).transpose()
    }

    /// Whether rows scale the numbers of the module.
    fn scales(&self) -> bool {
        self.numeric.weights().is_some()
    }

    /// Says which options change nothing.
    fn note_unused(&self) {
        if self.calibration.is_some() && !self.scales() {
            eprintln!("note: --calibration is not used: f32 needs no rows to scale by");
        }
        if self.calibration.is_none() && !self.roles.is_empty() {
            eprintln!(
                "note: --label and --skip are not used: they say what the columns of --calibration are"
            );
        }
    }

    /// The model or ensemble, calibrated on the rows at hand.
    fn stored(&self) -> Result<Stored> {
        let mut stored = self.source.load_stored()?;
        self.note_unused();
        if let Some(path) = self.calibration.as_ref().filter(|_| self.scales()) {
            let rows = self.roles.read_for(path, stored.first())?.normal_rows();
            stored.set_calibration(Calibration::new(&rows, stored.first().flow.dim));
            if let Err(error) = set_threshold(&mut stored, &rows, self.numeric, &|_| ()) {
                eprintln!("note: no threshold from {}: {error}", path.display());
            }
        }
        Ok(stored)
    }
}
