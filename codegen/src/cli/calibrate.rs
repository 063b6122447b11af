//! `nice-flow calibrate`.

use super::source::{Rows, progress};
use crate::calibrate::calibrate;
use crate::{Model, Numeric, Result, model_file, output};
use serde_json::{Map, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Share of new normal rows that may be flagged.
    #[arg(long, value_name = "RATE")]
    false_alarm_rate: f64,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let (mut model, table) = self.rows.load()?;
        let normal = table.normal_rows();
        let rows = normal.len() / model.flow.dim;
        let bar = progress(3 * rows as u64, "rows");
        let missing = calibrate(&mut model, &normal, self.false_alarm_rate, &|rows| {
            bar.inc(rows as u64)
        })?;
        bar.finish_and_clear();
        for (numeric, error) in missing {
            eprintln!("note: no threshold for {}: {error}", numeric.name());
        }
        output::write(&self.output, &model_file::write(&model)?)?;
        let thresholds =
            Numeric::ALL.map(|numeric| (numeric.name(), own_threshold(&model, numeric)));
        if json {
            let thresholds: Map<_, _> = (thresholds.into_iter())
                .map(|(name, threshold)| (name.to_string(), json!(threshold)))
                .collect();
            say!(
                "{}",
                json!({ "model": self.output, "rows": rows, "threshold": thresholds["f32"], "thresholds": thresholds, "false_alarm_rate": self.false_alarm_rate })
            );
            return Ok(());
        }
        for (name, threshold) in thresholds {
            if let Some(threshold) = threshold {
                say!("threshold {threshold} nats in {name}");
            }
        }
        say!(
            "from {rows} normal rows: a share of at most {} of new normal rows scores above it, if the model was not trained on these",
            self.false_alarm_rate
        );
        say!("wrote {}", self.output.display());
        Ok(())
    }
}

/// The threshold that was computed for a number type.
fn own_threshold(model: &Model, numeric: Numeric) -> Option<f64> {
    match numeric.weights() {
        None => model.threshold.map(|threshold| threshold.score),
        Some(weights) => model.calibration.as_ref()?.threshold(weights),
    }
}
