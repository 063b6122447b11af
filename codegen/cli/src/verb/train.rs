//! `nice-flow train`.

mod given;
mod parse;
mod progress;
mod raw;
mod request;
mod rows;
mod text;

use super::calibrate::promised;
use crate::choice::choice;
use crate::files::Files;
use crate::front::Front;
use crate::level::{self, Asked};
use crate::rows::{Roles, named};
use crate::said::{Said, keep};
use nice_flow_codegen::model::{Combine, Missing, Step};
use nice_flow_codegen::model::{Origin, TRAINED, USUAL_MEMBERS};
use nice_flow_codegen::model::{expect_channels, expect_samples, file};
use nice_flow_codegen::{Error, Result, output};
use nice_flow_import::checkpoint;
use nice_flow_lab::judge::promise::Promise;
use nice_flow_lab::table::{Hours, Zone};
use nice_flow_lab::train::{Budget, Prior, Recipe, Trim, train};
pub(super) use text::facts;

use parse::{rows, share};
use progress::{progress, stop_on_interrupt};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV of numbers, one row per line; a header is detected. No flow is trained on rows labelled as anomalies: they
    /// choose the kind of flow.
    ///
    /// Compressed by gzip or zstd or not, or a numpy array. Each of several files is a recording by itself.
    ///
    /// Or recordings of raw signals: WAV files, little-endian .i16, folders of these, and with --rate tables with a row for each
    /// sample. The model then has a front end, and takes recordings ever after.
    #[arg(required = true)]
    data: Vec<PathBuf>,

    #[command(flatten)]
    roles: Roles,

    #[command(flatten)]
    front: Front,

    /// The only columns that are features, by name or by index, with commas between; may be repeated.
    #[arg(long, value_name = "COLUMNS")]
    only: Vec<String>,

    /// Leave columns out that have one value in all rows.
    #[arg(long)]
    drop_constant: bool,

    /// Keep the last part of each recording out of the training, and calibrate with it at --false-alarm-rate. Of raw signals, whole
    /// recordings, the last ones, are kept out.
    #[arg(long, value_name = "SHARE", requires = "false_alarm_rate", value_parser = share)]
    hold_out: Option<f64>,

    /// Largest share of new normal rows that may be flagged, for --hold-out; as in `calibrate`.
    #[arg(long, value_name = "RATE", requires = "hold_out")]
    false_alarm_rate: Option<f64>,

    /// Kind of flow, in place of the one that the numbers of rows and features, held-out rows or labelled anomalies choose. --prior,
    /// --couplings, --hidden and --depth change single sizes of it, unless its name rules them out.
    #[arg(long, value_parser = choice::<Recipe>(), value_name = "NAME", conflicts_with = "budget")]
    recipe: Option<Recipe>,

    /// Distribution of the latent vector: normal, logistic, or mixture:K for a mixture of K normals.
    #[arg(long)]
    prior: Option<Prior>,

    /// Number of additive couplings; 0 for none.
    #[arg(long, value_name = "K")]
    couplings: Option<usize>,

    /// Width of the hidden layers. By default as wide as the size of the flow allows, and 4 or more. Alone it keeps the kind of flow
    /// that rows and features choose.
    #[arg(long, value_name = "H")]
    hidden: Option<usize>,

    /// Number of hidden layers in each coupling's network.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,

    /// Most bytes for the trained numbers of one flow, in f32 or in another type: 8192, 2048:i8. Chooses the kind of flow and its
    /// sizes, in place of rows and features: logistic below 3072 bytes of f32 (768 of i8), else medium, or large for 30 features and
    /// more with more than 3750 (937).
    ///
    /// A generated module is larger, since it pads weights and keeps some numbers in 32 bits: `inspect` shows its size.
    #[arg(long, value_name = "BYTES[:TYPE]", conflicts_with = "hidden")]
    budget: Option<Budget>,

    /// For training rows that contain anomalies: `auto` leaves out the rows that a first training finds too unlikely, and says
    /// which; a number is the share of the least likely rows of each batch to leave out of the loss.
    ///
    /// Not for normal rows alone: `auto` then leaves out rare states of the machine.
    #[arg(long, value_name = "SHARE|auto", default_value_t)]
    trim: Trim,

    /// What a missing cell means: `alarm`, an anomaly; `hold`, the column's last value, for at most 10 rows in a row, or N with
    /// `hold:N`; `ignore`, no verdict on its row. Stored in the model; every verb, the module and the board do the same.
    #[arg(long, value_name = "HOW", default_value_t)]
    missing: Missing,

    /// Take off each column a level that follows it with a time constant of N rows, and stands still during anomalies: for
    /// columns whose level creeps and means nothing. N is a power of two, or becomes the nearest one. Stored in the model; every
    /// verb, the module and the board do the same.
    #[arg(long, value_name = "EWMA:N")]
    baseline: Option<Asked>,

    /// Columns that are context, by name, with commas between: load, speed. The model is one of the other columns given these: it
    /// conditions on them, and does not score them. With `time:hour`, the sine and cosine of the hour of the column `time`.
    ///
    /// On the board they are channels of the sample like the others.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', value_parser = given::name)]
    given: Vec<String>,

    /// Standardise columns by median and quartiles, which single far values do not move, instead of mean and standard
    /// deviation. Rows with such values, up to 2 % of all, are named and not learnt from.
    #[arg(long)]
    robust_scales: bool,

    /// Seed; the same seed and rows give the same bytes.
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Most steps, of 256 rows each.
    #[arg(long, default_value_t = 2000)]
    steps: usize,

    /// Most normal rows that are kept in memory, and as many anomalies: of more, so many are drawn at random by --seed, each as
    /// likely as any other. Training sees fewer still: --steps times 256. By default 1048576.
    ///
    /// With --baseline or --missing hold, which follow the rows one after another, all rows are kept, and so are all windows of raw
    /// signals.
    #[arg(long, value_name = "N", value_parser = rows)]
    rows: Option<usize>,

    /// Number of flows that score together, of the same sizes and with different seeds.
    #[arg(long, value_name = "M", default_value_t = USUAL_MEMBERS)]
    members: usize,

    /// How the scores of several flows become one; tail by default. `calibrate` can change it.
    #[arg(long, value_parser = choice::<Combine>(), value_name = "HOW")]
    combine: Option<Combine>,

    /// Numbers per sample, if a row is a window of several samples, the oldest first; by default a row is one sample.
    #[arg(long, value_name = "N")]
    channels: Option<usize>,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Files {
        let files = Files::default().reading(&self.data);
        files.reading(self.roles.files()).writing([&self.output])
    }

    pub fn run(&self, json: bool, said: &Said) -> Result<()> {
        let request = self.request();
        request.check()?;
        if self.combine.is_some() && self.members == 1 {
            let message = "expected --members of 2 or more, found 1";
            return Err(Error::input("--combine", message));
        }
        let (table, held_out, front) = match self.front.is_asked(&self.data) {
            true => {
                self.expect_for_raw()?;
                self.note_all_rows("of raw signals all windows are kept");
                let (data, share) = (&self.data, self.hold_out);
                let raw = raw::read(data, &self.roles, &self.only, &self.front, share)?;
                (raw.training, raw.held_out, Some(raw.front))
            }
            false => {
                let (table, held_out) = self.rows()?;
                (table, held_out, None)
            }
        };
        self.baseline.iter().for_each(Asked::note);
        let channels = self.channels.unwrap_or(table.columns);
        expect_channels(table.columns, channels)?;
        expect_samples(request.baseline, self.missing, table.columns, channels)?;
        if let (Some(table), Some(rate)) = (&held_out, self.false_alarm_rate) {
            let enough = Promise::expect_rows(table, self.missing, rate);
            let way_out = match front {
                Some(_) => "record longer, or let windows overlap: --hop",
                None => "hold a larger share out: --hold-out",
            };
            enough.map_err(|error| error.advised(way_out))?;
        }
        let first = self.first();
        let origin = origin(first)?;
        let has_anomalies = table.anomalies() > 0;
        let hours = Hours::among(&table.features).and(table.times.as_deref());
        let zone = hours.and_then(Zone::of);
        let bar = progress(request.total_steps(&table));
        let stopped = stop_on_interrupt()?;
        let trained = train(table, origin, &request, &|check| {
            bar.inc(check.new_steps as u64);
            bar.set_message(format!("NLL {:.3}", check.nll));
            match stopped.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        bar.finish_and_clear();
        let trained = trained.map_err(|error| error.in_file(first))?;
        for note in &trained.notes {
            note!("note: {}: {note}", named(&self.data));
        }
        if stopped.load(Ordering::Relaxed) {
            note!("note: stopped early; the best flows so far are written");
        }
        if has_anomalies && !request.leaves_choice() {
            note!(
                "note: the options choose the flow; the labelled anomalies are scored, and choose nothing"
            );
        }
        let mut model = trained.model.clone();
        model.channels = channels;
        model.front_end = front;
        if let Some(combine) = self.combine {
            model.set_combine(combine)?;
        }
        if let Some(zone) = zone {
            zone.keep(&mut model);
            if let Some(warning) = zone.warning(&model) {
                note!("warning: {}: {warning}", named(&self.data));
            }
        }
        keep(&mut model, Step::Made, "train", said.without(&[]));
        let promise = match (held_out, self.false_alarm_rate) {
            (Some(mut table), Some(rate)) => {
                level::take_off(&model, &mut table)?;
                Some(promised(&mut model, &table, rate, false)?)
            }
            _ => None,
        };
        output::write(&self.output, &file::write(&model)?)?;
        text::report(&trained, &model, promise.as_ref(), &self.output, json)
    }

    /// The first file, for messages about all.
    fn first(&self) -> &Path {
        self.data.first().map_or(Path::new(""), PathBuf::as_path)
    }
}

/// The origin of a model. A pipe has no hash, since its bytes can be read only once.
fn origin(path: &Path) -> Result<Origin> {
    let hash = || checkpoint::hash_and_head(path).map(|(sha256, _, _)| sha256);
    let sha256 = match path.is_file() {
        true => hash().map_err(|error| Error::file(path, format!("cannot read: {error}")))?,
        false => String::new(),
    };
    Ok(Origin::new(path, sha256, TRAINED))
}
