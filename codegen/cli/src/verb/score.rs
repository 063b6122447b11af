//! `nice-flow score`.

#[cfg(feature = "parquet")]
mod parts;

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::{Files, is_folder};
use crate::level;
use crate::progress::progress;
use crate::rows::Rows;
use crate::sink::is_standard;
use crate::source::note_scales;
use crate::summary::{Origins, Scored};
use crate::unlike;
use crate::why::Why;
#[cfg(not(feature = "parquet"))]
use nice_flow_codegen::Error;
use nice_flow_codegen::Model;
use nice_flow_codegen::Result;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::{score, score_counts, threshold};
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::judge::drift::{changes, every};
use nice_flow_lab::judge::ranks::{knots, p_values};
use nice_flow_lab::table::Table;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Arithmetic: f64 is the reference; the others give the same bits as the generated module.
    #[arg(long, value_parser = choice::<Arithmetic>(), default_value = "f64")]
    numeric: Arithmetic,

    #[command(flatten)]
    counts: Counts,

    /// Add a column p_value. At most a share p of new normal rows has a p-value of p or less.
    ///
    /// For integer scores, p-values come from the rows that `calibrate` left in the model, at most 2000, so none is
    /// below 1/2001.
    #[arg(long, requires = "output")]
    p_values: bool,

    /// Tell when scores have slowly changed, in a column drift and the summary, as a module of generate --drift does: if normal
    /// rows stay as they were and do not depend on each other, ROWS of them or more lie between false alarms in the mean.
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(2..))]
    drift: Option<u32>,

    #[command(flatten)]
    why: Why,

    /// CSV to write: row, log_density, score, anomalous, score_bits; log_density is empty for an ensemble's tail
    /// scores. `-` is standard output.
    ///
    /// Or, with a slash at its end, a folder: then each file of rows, Parquet or Arrow IPC, gets a Parquet file of scores of its
    /// name there, in memory that does not grow with the files. DATA may be folders of such files. Each appears whole or not
    /// at all, so that a run that was killed is repeated and makes what is missing.
    #[arg(short, long, value_name = "FILE|FOLDER/")]
    output: Option<PathBuf>,
}

impl Args {
    pub fn files(&self) -> Files {
        self.rows.files().writing_text(&self.output)
    }

    pub fn run(&self, json: bool) -> Result<()> {
        match &self.output {
            Some(output) if is_folder(output) => self.write_parts(output, json),
            _ => self.write_rows(json),
        }
    }

    #[cfg(feature = "parquet")]
    fn write_parts(&self, folder: &Path, json: bool) -> Result<()> {
        parts::run(self, folder, json)
    }

    #[cfg(not(feature = "parquet"))]
    fn write_parts(&self, folder: &Path, _: bool) -> Result<()> {
        let message = "expected a CSV to write, found a folder: nice-flow writes parts in Parquet when cargo installs it with --features parquet \
                       (pip's does not: in Python, nice_flow.spark and nice_flow.ray score many files)";
        Err(Error::file(folder, message))
    }

    fn write_rows(&self, json: bool) -> Result<()> {
        let numeric = self.numeric.module();
        self.counts.expect_integers(numeric)?;
        let times = self.output.is_some();
        let (model, mut table) = self.rows.load_keeping(times, &self.counts)?;
        self.counts
            .expect(&model, numeric, &table, self.rows.first())?;
        if let Some(numeric) = self.numeric.module() {
            note_scales(&model, numeric);
        }
        let origins = Origins::of(&table);
        level::take_off_judged(&model, &mut table, self.numeric, &self.counts)?;
        let bar = progress(table.rows as u64, "rows");
        let start = Instant::now();
        let done = |rows| bar.inc(rows as u64);
        let scores = self.scores(&model, &table.values, &done)?;
        let seconds = start.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let threshold = threshold(&model, self.numeric);
        let mut scored = Scored::new(scores, &model, threshold, &table);
        scored.add_origins(origins);
        unlike::note(&model, &self.counts, &table, &scored);
        if self.p_values {
            scored.add_p_values(&self.p_values(&model, "--p-values")?);
        }
        if let Some(rows) = self.drift {
            let changes = self.changes(rows, &model, &scored, &table)?;
            scored.add_drift(&changes, &table);
        }
        let verdicts = (scored.verdicts(), threshold);
        let causes = self
            .why
            .causes(&model, self.numeric, &self.counts, &table, verdicts)?;
        if let Some(causes) = causes {
            scored.add_causes(&causes, &model.features);
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
        if let Some(path) = self.output.as_ref().filter(|path| !is_standard(path)) {
            say!("wrote {}", path.display());
        }
        Ok(())
    }

    fn scores(
        &self,
        model: &Model,
        rows: &[f64],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Scores> {
        let scores = match &self.counts.scale {
            None => score(model, rows, self.numeric, progress),
            Some(scale) => score_counts(model, rows, self.numeric, scale, progress),
        };
        scores.map_err(|error| error.in_file(&self.rows.source.model))
    }

    /// The p-values of a calibrated model, for an option.
    fn p_values(&self, model: &Model, option: &str) -> Result<PValues> {
        let lowered = |numeric| self.counts.lowered(model, numeric);
        let lowered = self.numeric.module().map(lowered).transpose()?;
        let place = (self.rows.source.model.as_path(), option);
        p_values(model, lowered.as_ref(), &self.counts.kept(model), place)
    }

    /// For each row with a score, whether it tells that scores have changed.
    fn changes(
        &self,
        rows: u32,
        model: &Model,
        scored: &Scored,
        table: &Table,
    ) -> Result<Vec<bool>> {
        let knots = knots(&self.p_values(model, "--drift")?, &self.rows.source.model)?;
        let every = every(model, table);
        Ok(changes(
            &scored.scores(),
            &knots,
            rows,
            every,
            &table.recordings,
        ))
    }
}
