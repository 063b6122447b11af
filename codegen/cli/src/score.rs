//! `nice-flow score`.

use super::choice::choice;
use super::counts::Counts;
use super::source::{Rows, note_scales, progress};
use super::summary::Scored;
use nice_flow_codegen::model::ensemble::Stored;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::host::score::{Arithmetic, Scores, score_counts, score_stored, threshold};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Arithmetic: f64 is the reference, the others are the generated module's, bit for bit.
    #[arg(long, value_parser = choice::<Arithmetic>(), default_value = "f64")]
    numeric: Arithmetic,

    #[command(flatten)]
    counts: Counts,

    /// Add a column p_value: of normal rows, at most a share p has a p-value up to p.
    ///
    /// Those of integer scores come from the rows that `calibrate` left in the model, 2000 at most: none is below 1/2001.
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
        let scores = self.scores(&stored, &table.values, &done)?;
        let seconds = start.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let threshold = threshold(&stored, self.numeric);
        let mut scored = Scored::new(scores, &stored, threshold, table.labels);
        if self.p_values {
            scored.add_p_values(&self.p_values(&stored)?);
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

    fn scores(
        &self,
        stored: &Stored,
        rows: &[f64],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Scores> {
        match &self.counts.scale {
            None => score_stored(stored, rows, self.numeric, progress),
            Some(scale) => score_counts(stored, rows, self.numeric, scale, progress),
        }
    }

    /// The p-values of a calibrated model: those stored, which are of `f32`, or of integers anew, from the rows stored.
    fn p_values(&self, stored: &Stored) -> Result<PValues> {
        let is_integer = |numeric: nice_flow_codegen::Numeric| numeric.weights().is_some();
        let p_values = match self.numeric.module().is_some_and(is_integer) {
            true => stored
                .calibration()
                .map(|kept| self.of_normal(stored, &kept.rows)),
            false => stored.p_values().cloned().map(Ok),
        };
        p_values.unwrap_or_else(|| {
            let message =
                "expected a model that nice-flow calibrate wrote for --p-values, found one without";
            Err(Error::file(&self.rows.source.model, message))
        })
    }

    fn of_normal(&self, stored: &Stored, rows: &[f64]) -> Result<PValues> {
        let dim = stored.first().flow.dim;
        let scores = match &self.counts.scale {
            None => self.scores(stored, rows, &|_| ()),
            Some(scale) => {
                let counts: Vec<f64> = scale.counts(rows, dim).collect();
                self.scores(stored, &counts, &|_| ())
            }
        };
        Ok(PValues::of_normal(&scores?.to_f64()))
    }
}
