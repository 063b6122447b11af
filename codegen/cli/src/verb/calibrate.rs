//! `nice-flow calibrate`.

mod incomplete;
mod text;

use crate::choice::choice;
use crate::files::Files;
use crate::level;
use crate::progress::progress;
use crate::rows::Rows;
use nice_flow_codegen::model::debounce::Debounce;
use nice_flow_codegen::model::{Combine, file};
use nice_flow_codegen::{Model, Numeric, Result, output};
use nice_flow_lab::judge::calibrate::{Checks, Guarantee, calibrate, is_blind};
use nice_flow_lab::judge::order::alarm_share;
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

    /// Leave rows with an empty cell out. Without this option they count as the highest scores, as on a board.
    #[arg(long)]
    drop_incomplete: bool,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

/// What was found, for the text and the JSON.
struct Outcome<'a> {
    model: &'a Model,
    guarantee: Guarantee,
    checks: Checks,
    /// The share of the rows in alarm, in their order, if the model has a rule.
    alarms: Option<f64>,
}

impl Args {
    pub fn files(&self) -> Result<Files> {
        let files = self.rows.source.files_beside_model()?;
        Ok(files.reading([&self.rows.data]).writing([&self.output]))
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let (mut model, mut table) = self.rows.load()?;
        level::take_off(&model, &mut table);
        if model.combine.is_none() {
            name_features(&mut model, &table);
        }
        if let Some(combine) = self.combine {
            model.set_combine(combine)?;
        }
        let normal = incomplete::sorted_out(&table, self.drop_incomplete);
        let rows = normal.len() / table.columns.max(1);
        let guarantee = Guarantee::new(rows, self.false_alarm_rate)?;
        let checks = Checks::new(&model, &normal, self.false_alarm_rate)?;
        let bar = progress(3 * rows as u64, "rows");
        let integers = calibrate(&mut model, &normal, self.false_alarm_rate, &|rows| {
            bar.inc(rows as u64)
        })?;
        bar.finish_and_clear();
        for (numeric, outcome) in integers {
            match outcome {
                Ok(0) => {}
                Ok(count) => {
                    note!("note: {count} of {rows} rows have the largest score of {numeric}")
                }
                Err(error) => note!("note: no threshold for {numeric}: {error}"),
            }
        }
        if self.debounce.is_some() {
            model.debounce = self.debounce;
        }
        warn_of_blindness(&model);
        text::note(&checks, &model);
        output::write(&self.output, &file::write(&model)?)?;
        let outcome = Outcome {
            model: &model,
            guarantee,
            alarms: alarms(&model, &checks.scores),
            checks,
        };
        if json {
            say!("{}", self.json(&outcome));
            return Ok(());
        }
        text::print(&outcome, self.false_alarm_rate)?;
        say!("wrote {}", self.output.display());
        Ok(())
    }

    fn json(&self, outcome: &Outcome) -> Value {
        let Outcome {
            model,
            guarantee,
            checks,
            alarms,
        } = outcome;
        let rate = guarantee.expected_rate();
        let debounce = model.debounce.map(|debounce| {
            json!({
                "rule": debounce,
                "seen_rate": alarms,
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
        let effective = checks.dependence.effective;
        json!({
            "model": self.output, "rows": guarantee.rows, "threshold": thresholds["f32"],
            "thresholds": thresholds, "false_alarm_rate": self.false_alarm_rate,
            "expected_rate": rate,
            "neighbour_correlation": checks.dependence.neighbours,
            "effective_rows": effective,
            "realised_rate_p05": guarantee.realised_rate_of(effective, 0.05),
            "realised_rate_p95": guarantee.realised_rate_of(effective, 0.95),
            "debounce": debounce,
            "trial": checks.trial.map(|trial| json!({
                "rows": trial.rows, "rate": trial.share(), "promised": trial.promised, "chance": trial.chance,
            })),
            "above_kept": checks.above_kept,
            "changes": checks.changes,
            "woken": checks.woken,
        })
    }
}

/// The share of the rows in alarm as they come, if the model has a rule for alarms.
fn alarms(model: &Model, scores: &[f64]) -> Option<f64> {
    let (debounce, threshold) = (model.debounce?, model.threshold?.score);
    let is_flagged = |score: &f64| !score.is_finite() || *score > threshold;
    let verdicts: Vec<bool> = scores.iter().map(is_flagged).collect();
    Some(alarm_share(&verdicts, &[0], debounce))
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
