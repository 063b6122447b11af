//! The options of a front end, and the recordings that it is for.

use crate::progress::progress;
use nice_flow_codegen::Result;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::text::counted;
use nice_flow_lab::signal::{self, Length, Recording, Request, Windows, Wish};
use nice_flow_lab::table::Table;
use std::path::{Path, PathBuf};

/// The front end of a new model.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Front {
    /// Take samples for a raw signal of so many a second, in Hz: a front end makes the inputs of each window of them, the same
    /// bits here and on a board. WAV files say their rate.
    #[arg(long, value_name = "HZ", value_parser = positive)]
    rate: Option<f64>,

    /// Window of the front end: a time such as 1s or 250ms, or a number of samples. By default a second or 1024 samples, whichever
    /// is longer. It costs no memory on a board.
    #[arg(long, value_name = "LENGTH")]
    window: Option<Length>,

    /// From the start of a window to that of the next, as --window: a half, a quarter or an eighth of it. By default a window
    /// begins where the one before ends.
    #[arg(long, value_name = "LENGTH")]
    hop: Option<Length>,

    /// How often the spectrum is halved: 3 makes eight bands of one width, 4 sixteen, for sound.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=4))]
    levels: Option<u32>,

    /// Octaves below the lowest band, for what turns slowly.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=8))]
    octaves: Option<u32>,

    /// Sum the energies of bands over the channels, for a sensor that may be mounted any way round.
    #[arg(long)]
    sum: bool,

    /// The mean of each channel is an input too. A sensor that was tilted is then an anomaly.
    #[arg(long)]
    mean: bool,

    /// Mean, deviation, peak to peak, crossings and slope of each channel instead of bands: for slow sensors.
    #[arg(long, conflicts_with_all = ["levels", "octaves", "sum", "mean", "hop"])]
    statistics: bool,

    /// What a count of the sensor is in the unit of a table's numbers, one for all channels or one for each, with commas between.
    /// By default it is found: the largest step of which all numbers are multiples. WAV and .i16 files hold counts.
    #[arg(long, value_name = "UNIT", value_delimiter = ',', value_parser = positive)]
    unit: Vec<f64>,

    /// Names of the channels, with commas between, for WAV and .i16 files, which have none.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    names: Vec<String>,
}

fn positive(text: &str) -> std::result::Result<f64, String> {
    let number = text.trim().parse().ok();
    let number = number.filter(|x: &f64| *x > 0.0 && x.is_finite());
    number.ok_or_else(|| "expected a number above 0".into())
}

impl Front {
    /// Whether files are taken for raw signals: an option of a front end is given, or one of them can be nothing else.
    pub(super) fn is_asked(&self, paths: &[PathBuf]) -> bool {
        let Wish {
            rate,
            window,
            hop,
            levels,
            unit,
            statistics,
            sum,
            mean,
            ..
        } = self.wish();
        let lengths = [window, hop].iter().any(Option::is_some);
        let shape = levels.is_some() || self.octaves.is_some() || statistics || sum || mean;
        let counts = rate.is_some() || !unit.is_empty() || !self.names.is_empty();
        lengths || shape || counts || paths.iter().any(|path| is_raw(path))
    }

    pub(super) fn wish(&self) -> Wish {
        Wish {
            statistics: self.statistics,
            rate: self.rate,
            window: self.window,
            hop: self.hop,
            levels: self.levels,
            octaves: self.octaves.unwrap_or(0),
            sum: self.sum,
            mean: self.mean,
            unit: self.unit.clone(),
        }
    }

    /// The names that channels without any get.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.iter().map(|name| name.trim().into()).collect()
    }
}

/// Whether a file is a recording by its name, or a folder of them.
fn is_raw(path: &Path) -> bool {
    let is_named = |name: &str| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(name))
    };
    path.is_dir() || is_named("wav") || is_named("i16")
}

/// Reads recordings.
pub(super) fn recordings(paths: &[PathBuf], request: &Request) -> Result<Vec<Recording>> {
    let sizes = paths.iter().filter_map(|path| std::fs::metadata(path).ok());
    let bar = progress(sizes.map(|file| file.len()).max().unwrap_or(0), "bytes");
    let recordings = signal::read(paths, request, &|byte| bar.set_position(byte));
    bar.finish_and_clear();
    recordings
}

/// The most notes on recordings that are told one by one.
const NOTES: usize = 8;

/// Tells what is odd of recordings; of many, the rest is counted.
pub(super) fn tell(windows: &Windows) {
    for note in windows.notes.iter().take(NOTES) {
        note!("note: {note}");
    }
    match windows.notes.len().saturating_sub(NOTES) {
        0 => (),
        more => note!("note: {} of this kind", counted(more, "more note")),
    }
}

/// Notes channels for which a new front end is too coarse.
pub(super) fn note_lowest(front: &FrontEnd, windows: &Table) {
    for note in signal::lowest(front, windows) {
        note!("note: {note}");
    }
}
