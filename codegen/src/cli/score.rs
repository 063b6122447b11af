//! `nice-flow score`.

use super::counts::Counts;
use super::source::{Rows, note_scales, progress};
use super::summary::Scored;
use crate::ensemble::Stored;
use crate::p_values::PValues;
use crate::score::{Numeric, score_counts, score_stored, threshold};
use crate::{Error, Result};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Arithmetic: f64 is the reference, the others are the generated module's, bit for bit.
    #[arg(long, value_enum, default_value = "f64")]
    numeric: Numeric,

    #[command(flatten)]
    counts: Counts,

    /// Add a column p_value: of normal rows, at most a share p has a p-value up to p.
    #[arg(long, requires = "output")]
    p_values: bool,

    /// CSV to write: row, log_density, score, anomalous, score_bits; an ensemble has no log_density.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let (stored, table) = self.rows.load_stored()?;
        let numeric = self.numeric.module();
        self.counts.expect(numeric, &table, &self.rows.data)?;
        if let Some(numeric) = self.numeric.module() {
            note_scales(stored.threshold(), stored.calibration(), numeric);
        }
        let bar = progress(table.rows as u64, "rows");
        let start = Instant::now();
        let done = |rows| bar.inc(rows as u64);
        let scores = match &self.counts.scale {
            None => score_stored(&stored, &table.values, self.numeric, &done)?,
            Some(scale) => score_counts(&stored, &table.values, self.numeric, scale, &done)?,
        };
        let seconds = start.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let threshold = threshold(&stored, self.numeric);
        let mut scored = Scored::new(scores, &stored, threshold, table.labels);
        if self.p_values {
            scored.add_p_values(self.calibrated(&stored)?);
        }
        if let Some(path) = &self.output {
            scored.write(path)?;
        }
        if json {
            let mut summary = scored.json();
            summary.insert(
                "rows_per_second".into(),
                (table.rows as f64 / seconds).into(),
            );
            say!("{}", serde_json::Value::Object(summary));
            return Ok(());
        }
        scored.print()?;
        if let Some(path) = &self.output {
            say!("wrote {}", path.display());
        }
        Ok(())
    }

    /// The p-values of a model that has them.
    fn calibrated<'a>(&self, stored: &'a Stored) -> Result<&'a PValues> {
        stored.p_values().ok_or_else(|| {
            let message =
                "expected a model that nice-flow calibrate wrote for --p-values, found one without";
            Error::file(&self.rows.source.model, message)
        })
    }
}
