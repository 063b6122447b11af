//! `nice-flow calibrate`.

use crate::choice::choice;
use crate::files::Files;
use crate::progress::progress;
use crate::rows::Rows;
use nice_flow_codegen::model::debounce::Debounce;
use nice_flow_codegen::model::{Combine, file};
use nice_flow_codegen::{Model, Numeric, Result, output};
use nice_flow_lab::judge::calibrate::{Guarantee, calibrate, is_blind};
use nice_flow_lab::table::Table;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Largest share of new normal rows that may be flagged.
    #[arg(long, value_name = "RATE")]
    false_alarm_rate: f64,

    /// Raise an alarm while at least K of the last N rows are flagged; stored in the model. Without this option the
    /// stored rule stays; a new model alarms on every flagged row.
    #[arg(long, value_name = "K/N")]
    debounce: Option<Debounce>,

    /// How the scores of an ensemble's flows become one; stored in the model. Without this option the stored way stays.
    #[arg(long, value_parser = choice::<Combine>(), value_name = "HOW")]
    combine: Option<Combine>,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Result<Files> {
        let files = self.rows.source.files_beside_model()?;
        Ok(files.reading([&self.rows.data]).writing([&self.output]))
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let (mut model, table) = self.rows.load()?;
        if model.combine.is_none() {
            name_features(&mut model, &table);
        }
        if let Some(combine) = self.combine {
            model.set_combine(combine)?;
        }
        let normal = table.normal_rows();
        let rows = normal.len() / table.columns.max(1);
        let guarantee = Guarantee::new(rows, self.false_alarm_rate)?;
        let bar = progress(3 * rows as u64, "rows");
        let missing = calibrate(&mut model, &normal, self.false_alarm_rate, &|rows| {
            bar.inc(rows as u64)
        })?;
        bar.finish_and_clear();
        for (numeric, error) in missing {
            note!("note: no threshold for {numeric}: {error}");
        }
        if self.debounce.is_some() {
            model.debounce = self.debounce;
        }
        warn_of_blindness(&model);
        output::write(&self.output, &file::write(&model)?)?;
        if json {
            say!("{}", self.json(&model, &guarantee));
            return Ok(());
        }
        self.print(&model, &guarantee)?;
        say!("wrote {}", self.output.display());
        Ok(())
    }

    fn json(&self, model: &Model, guarantee: &Guarantee) -> Value {
        let rate = guarantee.expected_rate();
        let debounce = model.debounce.map(|debounce| {
            json!({
                "rule": debounce,
                "independent_rate": guarantee.debounced_rate(debounce),
                "largest_rate": debounce.largest_rate(rate),
            })
        });
        let thresholds: Map<_, _> = Numeric::ALL
            .map(|numeric| {
                (
                    numeric.name().to_string(),
                    json!(own_threshold(model, numeric)),
                )
            })
            .into_iter()
            .collect();
        json!({
            "model": self.output, "rows": guarantee.rows, "threshold": thresholds["f32"],
            "thresholds": thresholds, "false_alarm_rate": self.false_alarm_rate,
            "expected_rate": rate,
            "realised_rate_p05": guarantee.realised_rate(0.05),
            "realised_rate_p95": guarantee.realised_rate(0.95),
            "debounce": debounce,
        })
    }

    fn print(&self, model: &Model, guarantee: &Guarantee) -> Result<()> {
        let (rate, unit) = (guarantee.expected_rate(), model.unit());
        say!("from {} normal rows:", guarantee.rows);
        for numeric in Numeric::ALL {
            if let Some(threshold) = own_threshold(model, numeric) {
                say!("  threshold {threshold} {unit} in {numeric}");
            }
        }
        say!("if new normal rows are like these, and the flow was trained on neither:");
        say!(
            "  a new one scores above it with probability at most {}: {}/{}",
            self.false_alarm_rate,
            guarantee.k,
            guarantee.rows + 1
        );
        say!(
            "  its own rate, over all rows to come, lies between {:.2e} and {:.2e} in 90 of 100 such calibrations",
            guarantee.realised_rate(0.05),
            guarantee.realised_rate(0.95)
        );
        if let Some(debounce) = model.debounce {
            say!(
                "  an alarm at {debounce} flagged: for a share of {:.2e} of normal rows if they are independent, at most {:.2e} if not",
                guarantee.debounced_rate(debounce),
                debounce.largest_rate(rate)
            );
        }
        Ok(())
    }
}

/// Names the inputs of a model without names for them, as most checkpoints are, after the columns of the table.
fn name_features(model: &mut Model, table: &Table) {
    let counted = (0..model.dim()).map(|input| format!("x{input}"));
    let has_none = model.features.iter().cloned().eq(counted);
    if has_none && table.header.is_some() && model.features != table.features {
        model.features = table.features.clone();
        note!(
            "note: the model's inputs are now named {}",
            model.features.join(", ")
        );
    }
}

/// Notes thresholds that flag nothing.
fn warn_of_blindness(model: &Model) {
    for numeric in Numeric::ALL {
        // A number type that cannot run the model has no threshold, as has been noted already.
        if is_blind(model, numeric).unwrap_or(false) {
            note!(
                "warning: in {numeric} the threshold is the largest score there is, which nothing exceeds: \
                 too many of these rows have an input as far out as integers go, 128 standard deviations; \
                 calibrate at a higher rate, or without them"
            );
        }
    }
}

/// The threshold that was computed for a number type itself.
fn own_threshold(model: &Model, numeric: Numeric) -> Option<f64> {
    match numeric.weights() {
        None => model.threshold.map(|threshold| threshold.score),
        Some(weights) => model.calibration.as_ref()?.threshold(weights),
    }
}
