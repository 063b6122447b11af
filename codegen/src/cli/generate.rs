//! `nice-flow generate`.

use super::counts::Counts;
use super::source::{Roles, Source, note_scales};
use crate::calibrate::recalibrate;
use crate::verify::{Cost, cost};
use crate::{Error, Lowered, Model, Numeric, Result, emit, lowered, output};
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

    #[command(flatten)]
    counts: Counts,

    /// Rust file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Rows that a cost is told of.
const MOST_COMPARED: usize = 1000;

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        self.expect_new_output()?;
        let mut model = self.model()?;
        note_scales(model.threshold, model.calibration.as_ref(), self.numeric);
        if self.numeric.weights().is_some() {
            model.keep_normal_rows();
        }
        let in_file = |error: Error| error.in_file(&self.source.model);
        let lowered = lowered(&model, self.numeric).map_err(in_file)?;
        let cost = self.cost(&model, &lowered)?;
        let lowered = self.counts.taken(lowered, &model)?;
        let rows = &model.normal_rows();
        let text = emit::emit(&model, &lowered).map_err(in_file)?;
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
        if let Some(scale) = &self.counts.scale {
            let counts = || scale.counts(rows, model.flow.dim).filter(|x| x.is_finite());
            say!(
                "counts of normal rows go from {} to {}: samples are i16 or i32, as you declare them",
                counts().fold(f64::INFINITY, f64::min),
                counts().fold(f64::NEG_INFINITY, f64::max)
            );
        }
        if let Some(cost) = cost {
            say!(
                "integers cost {:.4} nats (median; {:.4} of one score in a hundred) where scores spread by {:.2}; nice-flow verify says more",
                cost.generated.median,
                cost.generated.p99,
                cost.deviation
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

    /// What integers cost on the rows that they are scaled by.
    fn cost(&self, model: &Model, lowered: &Lowered) -> Result<Option<Cost>> {
        let of = |_| {
            let (rows, dim) = (model.normal_rows(), model.flow.dim);
            let apart = (rows.len() / dim).div_ceil(MOST_COMPARED);
            let rows: Vec<&[f64]> = rows.chunks_exact(dim).step_by(apart.max(1)).collect();
            cost(model, lowered, &rows.concat(), None)
        };
        self.numeric.weights().map(of).transpose()
    }

    /// The model, calibrated on the rows at hand.
    fn model(&self) -> Result<Model> {
        let mut model = self.source.load()?;
        if let Some(path) = &self.calibration {
            let rows = self.roles.read_for(path, &model)?.normal_rows();
            if let Err(error) = recalibrate(&mut model, &rows, self.numeric) {
                eprintln!("note: no threshold from {}: {error}", path.display());
            }
        }
        Ok(model)
    }
}
