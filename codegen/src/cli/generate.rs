//! `nice-flow generate`.

use super::source::{FeatureColumns, Source, note_scales};
use crate::calibrate::set_threshold;
use crate::model::Calibration;
use crate::verify::{Cost, cost};
use crate::{Error, Lowered, Model, Numeric, Result, emit, lowered, output};
use serde_json::json;
use std::path::PathBuf;

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
    columns: FeatureColumns,

    /// Rust file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let model = self.model()?;
        note_scales(&model, self.numeric);
        let in_file = |error: Error| error.in_file(&self.source.model);
        let lowered = lowered(&model, self.numeric).map_err(in_file)?;
        let text = emit::emit(&model, &lowered).map_err(in_file)?;
        output::write(&self.output, text.as_bytes())?;
        let cost = self.cost(&model, &lowered)?;
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
                "integers cost {:.4} nats (median; {:.4} of one score in a hundred) where scores spread by {:.2}; nice-flow verify says more",
                cost.generated.median,
                cost.generated.p99,
                cost.deviation
            );
        }
        Ok(())
    }

    /// What integers cost on the rows that they are scaled by.
    fn cost(&self, model: &Model, lowered: &Lowered) -> Result<Option<Cost>> {
        let of = |_| cost(model, lowered, &model.normal_rows(), None);
        self.numeric.weights().map(of).transpose()
    }

    /// The model, calibrated on the rows at hand.
    fn model(&self) -> Result<Model> {
        let mut model = self.source.load()?;
        if let Some(path) = &self.calibration {
            let rows = self.columns.read(path, &model)?.normal_rows();
            model.calibration = Some(Calibration::new(&rows, model.flow.dim));
            if let Err(error) = set_threshold(&mut model, &rows, self.numeric, &|_| ()) {
                eprintln!("note: no threshold from {}: {error}", path.display());
            }
        }
        Ok(model)
    }
}
