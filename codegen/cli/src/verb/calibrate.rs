//! `nice-flow calibrate`.

mod commission;
mod json;
mod text;

use commission::Commissioning;
pub(super) use json::json;
pub(super) use text::print;

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::Files;
use crate::level;
use crate::progress::progress;
use crate::rows::Roles;
use crate::said::Said;
use crate::source::Source;
use nice_flow_codegen::model::debounce::Debounce;
use nice_flow_codegen::model::{Combine, Step, Way, file};
use nice_flow_codegen::{Error, Model, Result, output};
use nice_flow_import::checkpoint;
use nice_flow_lab::judge::promise::{Promise, standstill};
use nice_flow_lab::table::{Table, is_unnamed};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    /// Normal rows that were not trained on, as in `score`. Without any, the rows that an earlier calibration left in the
    /// model, at most 2000, are used again.
    data: Vec<PathBuf>,

    #[command(flatten)]
    roles: Roles,

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

    #[command(flatten)]
    commissioning: Commissioning,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Result<Files> {
        if self.commissioning.is_asked() {
            let files = self.commissioning.files().reading([&self.source.model]);
            let files = files.reading(self.roles.files());
            return Ok(files.writing_text([&self.output]));
        }
        let files = self.source.files_beside_model()?.reading(&self.data);
        Ok(files.reading(self.roles.files()).writing([&self.output]))
    }

    pub fn run(&self, json: bool, said: &Said) -> Result<()> {
        let mut model = self.source.load()?;
        if self.commissioning.is_asked() {
            let (rate, output) = (self.false_alarm_rate, self.output.as_path());
            let model = (self.source.model.as_path(), &model);
            return self
                .commissioning
                .run(model, &self.roles, rate, output, json);
        }
        let mut in_order = None;
        let table = match self.data.is_empty() {
            true => self.kept(&model)?,
            false => {
                let mut table =
                    self.roles
                        .read_for(&self.data, &model, false, &Counts::default())?;
                in_order = model.baseline.map(|_| table.clone());
                warn_of_training(&model, &self.data);
                level::take_off(&model, &mut table)?;
                table
            }
        };
        let words = self.words(&model, said);
        let earlier = model.way(Step::Calibrated);
        if model.combine.is_none() {
            name_features(&mut model, &table);
        }
        if let Some(combine) = self.combine {
            let set = model.set_combine(combine);
            set.map_err(|error| error.in_file(&self.source.model))?;
        }
        if self.debounce.is_some() {
            model.debounce = self.debounce;
        }
        let promise = promised(
            &mut model,
            &table,
            self.false_alarm_rate,
            self.drop_incomplete,
        )?;
        if let Some(rows) = in_order
            && let Some(warning) = standstill(&model, rows, self.false_alarm_rate, &|_| ())?
        {
            note!("{warning}");
        }
        match self.data.is_empty() {
            true => {
                model.keep_way(Step::Calibrated, earlier.as_ref());
                model.keep_step(Step::Recalibrated, words.as_deref());
            }
            false => model.keep_step(Step::Calibrated, words.as_deref()),
        }
        output::write(&self.output, &file::write(&model)?)?;
        if json {
            say!("{}", json::json(&promise, &model, &self.output));
            return Ok(());
        }
        text::print(&promise, &model)?;
        say!("wrote {}", self.output.display());
        Ok(())
    }

    /// What was said, with what an earlier calibration put into the model and stays there.
    fn words(&self, model: &Model, said: &Said) -> Option<Vec<String>> {
        let mut words = said.without(&["model", "layout", "set", "manifest"])?;
        if let (None, Some(debounce)) = (self.debounce, model.debounce) {
            words.extend(["--debounce".into(), debounce.to_string()]);
        }
        let steps = [Step::Recalibrated, Step::Calibrated];
        let earlier = steps.into_iter().find_map(|step| match model.way(step)? {
            Way::Command(words) => {
                let place = words.iter().position(|word| word == "--combine")?;
                words.get(place + 1).cloned()
            }
            Way::Call(call) => {
                let given = call.argument("combine")?;
                Some(given.trim_matches(['\'', '"']).to_string())
            }
        });
        if let (None, Some(combine)) = (self.combine, earlier) {
            words.extend(["--combine".into(), combine]);
        }
        Some(words)
    }

    /// The rows that an earlier calibration left in the model, above its baseline.
    fn kept(&self, model: &Model) -> Result<Table> {
        let kept = model
            .calibration
            .as_ref()
            .filter(|_| model.threshold.is_some());
        let kept = kept.ok_or_else(|| {
            let message = "expected normal rows, or a model with those of an earlier calibration: \
                           the rows that training keeps were trained on, and promise nothing";
            Error::file(&self.source.model, message)
        })?;
        let rows = kept.rows.len() / model.dim().max(1);
        note!("note: the rows of the earlier calibration, {rows}, are used again");
        Ok(Table::of_rows(kept.rows.clone(), model.features.clone()))
    }
}

/// Gives a model thresholds from the normal rows of a table, with a bar; notes what speaks against them.
pub(super) fn promised(
    model: &mut Model,
    table: &Table,
    false_alarm_rate: f64,
    drop_incomplete: bool,
) -> Result<Promise> {
    let bar = progress(3 * table.rows as u64, "rows");
    let done = |rows| bar.inc(rows as u64);
    let mut notes = vec![];
    let promise = Promise::make(
        model,
        table,
        false_alarm_rate,
        drop_incomplete,
        &done,
        &mut notes,
    );
    bar.finish_and_clear();
    notes.iter().for_each(|note| note!("{note}"));
    promise
}

/// Warns if the model was trained on one of the files: on the first one, if there were several. Pipes have no hash.
fn warn_of_training(model: &Model, files: &[PathBuf]) {
    let hash = |file: &PathBuf| Some(checkpoint::hash_and_head(file).ok()?.0);
    let is_origin = |file: &&PathBuf| {
        file.is_file() && hash(file).is_some_and(|hash| hash == model.origin.sha256)
    };
    if let Some(file) = files.iter().find(is_origin) {
        note!(
            "warning: {}: the model was trained on rows of this file, so that the rate is no promise for others: \
             calibrate with rows of another time, or train with --hold-out",
            file.display()
        );
    }
}

/// Names the inputs of a model without names for them, as most checkpoints are, after the columns of the table.
fn name_features(model: &mut Model, table: &Table) {
    let mut others = model.features.iter().enumerate();
    let are_unnamed = others.all(|(i, name)| is_unnamed(i, name) || table.features.contains(name));
    if are_unnamed && table.header.is_some() && model.features != table.features {
        model.features = table.features.clone();
        note!(
            "note: the model's inputs are now named {}",
            model.features.join(", ")
        );
    }
}
