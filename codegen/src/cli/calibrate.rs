//! `nice-flow calibrate`.

use super::source::{Rows, progress};
use super::summary::unit;
use crate::score::{Numeric, score_stored};
use crate::{Result, calibrate, model_file, output};
use serde_json::json;
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
        let (stored, table) = self.rows.load_stored()?;
        let bar = progress(table.rows as u64, "rows");
        let scores = score_stored(&stored, &table.values, Numeric::F32, &|rows| {
            bar.inc(rows as u64)
        })?;
        bar.finish_and_clear();
        let anomalous = table.labels.unwrap_or_else(|| vec![false; table.rows]);
        let normal = scores
            .to_f64()
            .into_iter()
            .zip(anomalous)
            .filter(|(_, anomalous)| !anomalous);
        let normal: Vec<f64> = normal.map(|(score, _)| score).collect();
        let threshold = calibrate::conformal(&normal, self.false_alarm_rate)?;
        let unit = unit(&stored);
        let stored = stored.with_threshold(threshold);
        output::write(&self.output, &model_file::write_stored(&stored)?)?;
        if json {
            say!(
                "{}",
                json!({ "model": self.output, "rows": normal.len(), "threshold": threshold.score, "false_alarm_rate": threshold.false_alarm_rate })
            );
        } else {
            say!(
                "threshold {} {unit} from {} normal rows: a share of at most {} of new normal rows scores above it, if the model was not trained on these",
                threshold.score,
                normal.len(),
                threshold.false_alarm_rate
            );
            say!("wrote {}", self.output.display());
        }
        Ok(())
    }
}
