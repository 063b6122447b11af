//! `nice-flow score DATA… -o FOLDER/`: a part of scores for each file, in memory that does not grow with them.

use super::Args;
use crate::progress::progress;
use crate::source::note_scales;
use indicatif::ProgressBar;
use nice_flow_codegen::text::{agreeing, counted, rounded};
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::host::stream::Scorer;
use nice_flow_lab::parts::{self, Done, Made, Plan, Watch, Work};
use nice_flow_lab::table::{Columns, Hours};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// Writes the parts that are missing in a folder, and prints the summary of all.
pub(super) fn run(args: &Args, folder: &Path, json: bool) -> Result<()> {
    let columns = args.rows.roles.columns();
    expect_streamed(args, &columns)?;
    let model = args.rows.source.load()?;
    if model.front_end.is_some() {
        let message = "expected a model without front end for a folder of parts; recordings of raw signals are scored into a CSV, -o scores.csv";
        return Err(Error::file(&args.rows.source.model, message));
    }
    if let Some(Hours { column }) = Hours::among(&model.features) {
        let message = format!(
            "expected a model that takes columns as they are for a folder of parts, found one that is given the hour of {column}; its rows are scored into a CSV, -o scores.csv"
        );
        return Err(Error::file(&args.rows.source.model, message));
    }
    parts::expect_apart(&args.rows.data, folder)?;
    args.counts.expect_integers(args.numeric.module())?;
    if let Some(numeric) = args.numeric.module() {
        note_scales(&model, numeric);
    }
    let asked = args.p_values.then(|| args.p_values(&model, "--p-values"));
    let p_values = asked.transpose()?;
    let made = Made::by(&model, options(args, &columns))?;
    let plan = Plan::of(&parts::inputs(&args.rows.data)?, folder, &made)?;
    let scorer = Scorer::new(model, args.numeric, args.counts.scale.as_ref());
    let scorer = scorer.map_err(|error| error.in_file(&args.rows.source.model))?;
    let work = Work {
        scorer: &scorer,
        columns,
        are_counts: args.counts.scale.is_some(),
        p_values,
    };
    let bytes = plan.jobs.iter().map(parts::Job::bytes).sum();
    let teller = Teller {
        bar: progress(bytes, "bytes"),
        told: Mutex::default(),
    };
    let start = Instant::now();
    let written = parts::write(&work, &plan.jobs, &teller)?;
    let seconds = start.elapsed().as_secs_f64();
    teller.bar.finish_and_clear();
    let new = sum(&written);
    let all = sum(&[new, sum(&plan.found)]);
    let threshold = work.scorer.threshold();
    if json {
        say!(
            "{}",
            json!({
                "parts_written": written.len(),
                "parts_found": plan.found.len(),
                "rows": all.rows - all.ignored,
                "rows_ignored": all.ignored,
                "rows_not_finite": all.not_finite,
                "flagged": all.flagged,
                "threshold": threshold.map(|threshold| threshold.score),
                "rows_per_second": (new.rows > 0).then(|| new.rows as f64 / seconds),
            })
        );
        return Ok(());
    }
    say!(
        "{}, {} without a finite score, {} more ignored",
        counted((all.rows - all.ignored) as usize, "row"),
        all.not_finite,
        all.ignored
    );
    match threshold {
        Some(threshold) => say!(
            "{} above the threshold of {} {}",
            counted(all.flagged as usize, "row"),
            rounded(threshold.score, 4),
            work.scorer.model().unit()
        ),
        None => say!("no threshold (nice-flow calibrate)"),
    }
    say!(
        "wrote {} to {}; {} {} there already",
        counted(written.len(), "part"),
        folder.display(),
        plan.found.len(),
        agreeing(plan.found.len(), "was", "were")
    );
    Ok(())
}

/// An error for options that need all rows of a run at once.
fn expect_streamed(args: &Args, columns: &Columns) -> Result<()> {
    let asked = [
        ("--label", columns.label.is_some()),
        ("--drift", args.drift.is_some()),
        ("--why", args.why.is_asked()),
        ("--anomalies", !args.rows.roles.files().is_empty()),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        None => Ok(()),
        Some((option, _)) => {
            let message = "expected none for a folder of parts; score into a CSV, -o scores.csv";
            Err(Error::input(option, message))
        }
    }
}

/// What changes the scores of a model or which rows they are of.
fn options(args: &Args, columns: &Columns) -> Vec<String> {
    let mut options = vec![format!("--numeric={}", args.numeric.name())];
    if let Some(scale) = &args.counts.scale {
        let list = |numbers: &[f64]| {
            let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
            texts.join(",")
        };
        let (unit, zero) = (list(&scale.unit), list(&scale.zero));
        options.push(format!("--counts=unit={unit};zero={zero}"));
    }
    options.extend(args.p_values.then(|| "--p-values".into()));
    options.extend(columns.skip.iter().map(|column| format!("--skip={column}")));
    options.extend(columns.time.iter().map(|column| format!("--time={column}")));
    options
}

fn sum(parts: &[Done]) -> Done {
    parts.iter().fold(Done::default(), |sum, part| Done {
        rows: sum.rows + part.rows,
        ignored: sum.ignored + part.ignored,
        not_finite: sum.not_finite + part.not_finite,
        flagged: sum.flagged + part.flagged,
    })
}

/// Shows progress, and tells each note once, however many files it is true of.
struct Teller {
    bar: ProgressBar,
    told: Mutex<BTreeSet<String>>,
}

impl Watch for Teller {
    fn bytes(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn note(&self, file: &Path, note: String) {
        if let Ok(mut told) = self.told.lock()
            && told.insert(note.clone())
        {
            note!("note: {}: {note}", file.display());
        }
    }
}
