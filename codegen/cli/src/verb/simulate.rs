//! `nice-flow simulate`.

mod blob;
mod cost;
mod front_end;
mod why;

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::Files;
use crate::level;
use crate::progress::progress;
use crate::rows::Rows;
use crate::sink::is_standard;
use crate::source::note_scales;
use crate::summary::{Origins, Scored};
use crate::unlike;
use crate::why::Why;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::text::{agreeing, counted};
use nice_flow_codegen::{Error, Model, Numeric, Result};
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{Firmware, OptLevel, Run, Runtime, Simulator};
use nice_flow_lab::host::score::{inputs, score_lowered};
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::table::Table;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Board to simulate.
    #[arg(long, value_parser = choice::<Target>())]
    target: Target,

    /// Number type of the module.
    #[arg(long, value_parser = choice::<Numeric>(), default_value = "f32")]
    numeric: Numeric,

    #[command(flatten)]
    counts: Counts,

    #[command(flatten)]
    why: Why,

    /// Optimisation level of the firmware.
    #[arg(long, value_parser = choice::<OptLevel>(), default_value = "3")]
    opt_level: OptLevel,

    /// Run the model of this blob, which generate --blob wrote, from the board's flash: it has the board's threshold and weights,
    /// and its scores must be those that MODEL has on this machine. Without --why.
    #[arg(long, value_name = "BLOB")]
    blob: Option<PathBuf>,

    /// Sources of the runtime crate to use, instead of those that match this command.
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,

    /// Keep the firmware crate in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// CSV to write: row, log_density, score, anomalous, score_bits; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// An error if a moving baseline or a held value would run on from one recording into the next.
fn expect_one_stream(model: &Model, table: &Table) -> Result<()> {
    let has_past = model.baseline.is_some() || matches!(model.missing, Missing::Hold(_));
    if !has_past || table.recordings.len() == 1 {
        return Ok(());
    }
    let what = match model.baseline {
        Some(_) => "a moving baseline",
        None => "held values",
    };
    let message = format!(
        "expected one recording for a model with {what}, found {}: simulate them one by one",
        table.recordings.len()
    );
    Err(Error::input("simulate", message))
}

/// An error unless the board ignored the rows that the host ignores.
fn expect_ignored(run: &Run, table: &Table) -> Result<()> {
    if run.ignored == table.ignored {
        return Ok(());
    }
    Err(Error::Check(format!(
        "the board ignored {}, expected the {} that the host ignores",
        counted(run.ignored.len(), "row"),
        table.ignored.len()
    )))
}

impl Args {
    /// An error for options of which the emulated board can run only one.
    fn expect_one_of_blob_and_why(&self) -> Result<()> {
        match self.blob.is_some() && self.why.is_asked() {
            false => Ok(()),
            true => {
                let message = "expected --blob without --why, found both: a blob is run for its scores; run once more without --blob for \
                               the causes, which are those of the same model";
                Err(Error::input("simulate", message))
            }
        }
    }

    pub fn files(&self) -> Files {
        let files = self.rows.files().reading(&self.runtime);
        let files = files.reading(&self.blob);
        files.writing_text(&self.output).writing(&self.keep)
    }

    pub fn run(&self, json: bool) -> Result<()> {
        self.expect_one_of_blob_and_why()?;
        self.counts.expect_integers(Some(self.numeric))?;
        let times = self.output.is_some();
        let (model, mut table, pieces) = self.rows.load_raw(times, &self.counts)?;
        expect_one_stream(&model, &table)?;
        self.counts
            .expect(&model, Some(self.numeric), &table, self.rows.first())?;
        note_scales(&model, self.numeric);
        let simulator = Simulator {
            target: self.target,
            opt_level: self.opt_level,
            runtime: self
                .runtime
                .clone()
                .map_or(Runtime::Matching, Runtime::Path),
            keep: self.keep.clone(),
        };
        note!(
            "building for {} at opt-level {}",
            self.target,
            self.opt_level
        );
        let in_file = |error: Error| error.in_file(&self.rows.source.model);
        let lowered = self.counts.lowered(&model, self.numeric);
        let lowered = lowered.map_err(in_file)?;
        let lowered = match self.blob {
            Some(_) => lowered.in_order(),
            None => lowered,
        };
        let firmware: Firmware = match &self.blob {
            Some(path) => self.with_blob(&simulator, (&model, &lowered), path)?,
            None => simulator.build(&emit::emit(&model, &lowered).map_err(in_file)?)?,
        };
        let sizes = firmware.sizes()?;
        let bound = firmware.extent().map(|extent| extent.stack_bytes);

        let bar = progress(table.rows as u64, "rows");
        let progress = |done| bar.set_position(done as u64);
        let (run, pushes) = match &model.front_end {
            None => (firmware.run(&table.values, table.columns, &progress)?, None),
            Some(front) => {
                let channels = front.channels.len();
                let (run, pushes) =
                    firmware.run_raw(&pieces, channels, table.columns, &progress)?;
                (run, Some(pushes))
            }
        };
        bar.finish_and_clear();
        let board = Scores::from_bits(&run.score_bits, &lowered);
        let origins = Origins::of(&table);
        level::take_off_judged(&model, &mut table, self.numeric.into(), &self.counts)?;
        expect_ignored(&run, &table)?;
        let host = score_lowered(&lowered, &inputs(&model, &lowered, &table.values), &|_| ());
        let unequal = host
            .bits()
            .iter()
            .zip(board.bits())
            .filter(|(host, board)| *host != board)
            .count();

        let threshold = model.threshold_of(self.numeric);
        let mut scored = Scored::new(board, &model, threshold, &table);
        scored.add_origins(origins);
        unlike::note(&model, &self.counts, &table, &scored);
        let verdicts = (scored.verdicts(), threshold);
        let arithmetic = self.numeric.into();
        let causes = self
            .why
            .causes(&model, arithmetic, &self.counts, &table, verdicts)?;
        let explained = causes.as_ref().map(|causes| {
            let unlike = self.unlike_board(&simulator, (&model, &lowered), &table, causes)?;
            scored.add_causes(causes, &model.features);
            let rows = causes.rows.iter().filter(|causes| !causes.is_empty());
            Ok::<_, Error>((unlike, rows.count()))
        });
        let explained = explained.transpose()?;
        if let Some(path) = &self.output {
            scored.write(path)?;
        }
        if json {
            let mut summary = scored.json();
            summary.insert("rows_unequal_to_host".into(), unequal.into());
            summary.insert(
                "causes_unequal_to_host".into(),
                explained.map(|(unlike, _)| unlike).into(),
            );
            let mut cost = self.cost(&sizes, &run, bound.ok());
            if let Some(pushes) = &pushes {
                cost["front_end"] = front_end::json(pushes);
            }
            summary.insert("cost".into(), cost);
            say!("{}", serde_json::Value::Object(summary));
        } else {
            scored.print()?;
            self.print(&sizes, &run, bound)?;
            if let Some(pushes) = &pushes {
                front_end::print(pushes)?;
            }
            say!(
                "{} of {} scores equal the host's in every bit",
                run.score_bits.len() - unequal,
                run.score_bits.len()
            );
            if let Some((unlike, rows)) = explained {
                say!(
                    "{} of {} {} the causes that the host names, in the same order",
                    rows - unlike,
                    counted(rows, "row"),
                    agreeing(rows - unlike, "has", "have")
                );
            }
            if let Some(path) = self.output.as_ref().filter(|path| !is_standard(path)) {
                say!("wrote {}", path.display());
            }
        }
        if let Some((unlike, rows)) = explained.filter(|(unlike, _)| *unlike > 0) {
            return Err(Error::Check(format!(
                "the board blames other inputs than the host in {unlike} of {}",
                counted(rows, "row")
            )));
        }
        if unequal > 0 {
            return Err(Error::Check(format!(
                "{unequal} of {} board scores differ from the host's",
                run.score_bits.len()
            )));
        }
        Ok(())
    }
}
