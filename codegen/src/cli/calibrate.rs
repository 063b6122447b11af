//! `nice-flow calibrate`.

use super::source::{Rows, progress};
use super::summary::unit;
use crate::calibrate::{Guarantee, conformal};
use crate::debounce::Debounce;
use crate::ensemble::Stored;
use crate::model::Threshold;
use crate::p_values::PValues;
use crate::score::{Numeric, score_stored};
use crate::table::Table;
use crate::{Model, Result, model_file, output};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Share of new normal rows that may be flagged.
    #[arg(long, value_name = "RATE")]
    false_alarm_rate: f64,

    /// Raise an alarm while K of the last N rows are flagged; one odd row raises none.
    #[arg(long, value_name = "K/N")]
    debounce: Option<Debounce>,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let (mut stored, table) = self.rows.load_stored()?;
        if let Stored::One(model) = &mut stored {
            name_features(model, &table);
        }
        let normal = normal_scores(&stored, &table)?;
        let threshold = conformal(&normal, self.false_alarm_rate)?;
        let guarantee = Guarantee::new(normal.len(), self.false_alarm_rate)?;
        let stored = stored.calibrated(threshold, PValues::of_normal(&normal), self.debounce);
        output::write(&self.output, &model_file::write_stored(&stored)?)?;
        if json {
            say!("{}", self.json(&threshold, &guarantee));
            return Ok(());
        }
        self.print(&threshold, unit(&stored), &guarantee)?;
        say!("wrote {}", self.output.display());
        Ok(())
    }

    fn json(&self, threshold: &Threshold, guarantee: &Guarantee) -> Value {
        let rate = guarantee.expected_rate();
        let debounce = self.debounce.map(|debounce| {
            json!({
                "rule": debounce,
                "independent_rate": debounce.independent_rate(rate),
                "largest_rate": debounce.largest_rate(rate),
            })
        });
        json!({
            "model": self.output, "rows": guarantee.rows,
            "threshold": threshold.score, "false_alarm_rate": threshold.false_alarm_rate,
            "expected_rate": rate,
            "realised_rate_p05": guarantee.realised_rate(0.05),
            "realised_rate_p95": guarantee.realised_rate(0.95),
            "debounce": debounce,
        })
    }

    fn print(&self, threshold: &Threshold, unit: &str, guarantee: &Guarantee) -> Result<()> {
        let rate = guarantee.expected_rate();
        say!(
            "threshold {} {unit} from {} normal rows",
            threshold.score,
            guarantee.rows
        );
        say!("if new normal rows are like these, and the flow was trained on neither:");
        say!(
            "  a new one scores above it with probability at most {}: {}/{}",
            threshold.false_alarm_rate,
            guarantee.k,
            guarantee.rows + 1
        );
        say!(
            "  its own rate, over all rows to come, lies between {:.2e} and {:.2e} in 90 of 100 such calibrations",
            guarantee.realised_rate(0.05),
            guarantee.realised_rate(0.95)
        );
        if let Some(debounce) = self.debounce {
            say!(
                "  an alarm at {debounce} flagged: for a share of {:.2e} of normal rows if they are independent, at most {:.2e} if not",
                debounce.independent_rate(rate),
                debounce.largest_rate(rate)
            );
        }
        Ok(())
    }
}

/// Names the inputs of a model that only counts them, as most checkpoints do, after the columns.
fn name_features(model: &mut Model, table: &Table) {
    let counted = (0..model.flow.dim).map(|input| format!("x{input}"));
    let has_none = model.features.iter().cloned().eq(counted);
    if has_none && table.header.is_some() && model.features != table.features {
        model.features = table.features.clone();
        eprintln!(
            "note: the model's inputs are now named {}",
            model.features.join(", ")
        );
    }
}

/// The scores of the rows that are not labelled as anomalies.
fn normal_scores(stored: &Stored, table: &Table) -> Result<Vec<f64>> {
    let bar = progress(table.rows as u64, "rows");
    let scores = score_stored(stored, &table.values, Numeric::F32, &|rows| {
        bar.inc(rows as u64)
    })?;
    bar.finish_and_clear();
    let mut scores = scores.to_f64();
    if let Some(anomalous) = &table.labels {
        let mut anomalous = anomalous.iter();
        scores.retain(|_| anomalous.next() == Some(&false));
    }
    Ok(scores)
}
