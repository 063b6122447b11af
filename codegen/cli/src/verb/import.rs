//! `nice-flow import`.

mod agree;
mod look;

use crate::files::Files;
use crate::level::Asked;
use crate::said::{Said, keep};
use crate::source::{Reading, note_statistics};
use nice_flow_codegen::model::{Missing, Step, expect_channels, expect_samples, file};
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Model, Numeric, Result, lowered, output};
use nice_flow_import::import::Proof;
use nice_flow_import::imported::Imported;
use nice_flow_import::probe::Probe;
use nice_flow_import::standardise;
use nice_flow_lab::signal::front_file;
use serde_json::json;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Checkpoint of a known layout; if not given, the file that the manifest names.
    #[arg(required_unless_present = "manifest")]
    checkpoint: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// Statistics that standardise raw inputs: a file with `mean` and `scale` (npz, PyTorch, safetensors, or CSV with
    /// one row per feature), a fitted scaler of scikit-learn (pickle, joblib, or in a PyTorch file), or `mean=…;scale=…`.
    #[arg(long, value_name = "STATS")]
    standardise: Option<String>,

    /// Probe: rows with the log-densities that your own Python computed for them, npz or CSV.
    #[arg(long, value_name = "FILE")]
    probe: Option<PathBuf>,

    /// Import without a probe, and so without proof that the checkpoint is read correctly.
    #[arg(long, conflicts_with = "probe")]
    no_probe: bool,

    /// Manifest to write: the layout's interpretation of the tensors, to be corrected and imported with --manifest.
    #[arg(long, value_name = "TOML", conflicts_with = "manifest")]
    write_manifest: Option<PathBuf>,

    /// Numbers per sample, if a row is a window of several samples, the oldest first; by default a row is one sample.
    #[arg(long, value_name = "N")]
    channels: Option<usize>,

    /// What a missing cell means: `alarm`, an anomaly, the default; `hold`, the column's last value, for at most 10 rows in a row, or N with
    /// `hold:N`; `ignore`, no verdict on its row. Stored in the model; every verb, the module and the board do the same.
    #[arg(long, value_name = "HOW")]
    missing: Option<Missing>,

    /// The flow was trained on columns less a level that follows them with a time constant of N rows: take such a level off
    /// rows before they are scored. N is a power of two, or becomes the nearest one. The probe holds rows without it.
    #[arg(long, value_name = "EWMA:N")]
    baseline: Option<Asked>,

    /// The flow was trained on what this front end made of raw signals: the .front.toml that `features` wrote. The model then takes
    /// recordings of raw signals.
    #[arg(long, value_name = "TOML", conflicts_with_all = ["channels", "missing", "baseline"])]
    front: Option<PathBuf>,

    /// Model file to write. Without it, and without --write-manifest, only what the file is and needs is said, and whether a
    /// probe agrees.
    #[arg(short, long, value_name = "MODEL")]
    output: Option<PathBuf>,
}

impl Args {
    pub fn files(&self) -> Result<Files> {
        let probe = match self.output {
            Some(_) => self.probe()?,
            None => self.probe.clone(),
        };
        let statistics = self.standardise.as_ref().map(PathBuf::from);
        let files = self.reading.files().reading([&self.checkpoint()?]);
        let files = files
            .reading(&probe)
            .reading(&statistics)
            .reading(&self.front);
        Ok(files
            .writing_text(&self.write_manifest)
            .writing(&self.output))
    }

    pub fn run(&self, json: bool, said: &Said) -> Result<()> {
        let checkpoint = self.checkpoint()?;
        let probe = self.output.as_ref().map(|_| self.probe()).transpose()?;
        let is_understood = match &self.write_manifest {
            Some(manifest) => self.write_manifest(&checkpoint, manifest)?,
            None => true,
        };
        let (Some(output), Some(probe)) = (&self.output, probe) else {
            if self.write_manifest.is_none() || is_understood && self.probe.is_some() {
                return self.look(&checkpoint, json);
            }
            if json {
                say!("{}", json!({ "manifest": self.written_manifest() }));
            }
            return Ok(());
        };
        let mut imported = self.imported(&checkpoint)?;
        for warning in imported.model.unresolved() {
            note!("warning: {warning}");
        }
        if let Some(channels) = self.channels {
            expect_channels(imported.model.dim(), channels)?;
            imported.model.channels = channels;
        }
        if let Some(path) = &self.front {
            self.put_behind(path, &mut imported.model)?;
        }
        self.baseline.iter().for_each(Asked::note);
        imported.model.baseline = self.baseline.as_ref().map(Asked::baseline);
        if let Some(missing) = self.missing {
            imported.model.missing = missing;
        }
        expect_samples(
            imported.model.baseline,
            imported.model.missing,
            imported.model.dim(),
            imported.model.channels,
        )?;
        if let Err(error) = lowered(&imported.model, Numeric::F32) {
            note!("note: this flow is scored on a PC alone, no module can be made of it: {error}");
        }
        let words = said.without(&["write_manifest"]);
        keep(&mut imported.model, Step::Made, "import", words);
        let agreement = match &probe {
            Some(path) => Some(self.agree(&checkpoint, &imported, &Probe::open(path)?, json)?),
            None => None,
        };
        let model = &imported.model;
        output::write(output, &file::write(model)?)?;
        if json {
            let probe = agreement.as_ref().map(agree::numbers);
            say!(
                "{}",
                json!({ "model": output.to_string_lossy(), "manifest": self.written_manifest(), "layout": model.origin.layout, "dim": model.dim(), "probe": probe })
            );
            return Ok(());
        }
        let layout = &model.origin.layout;
        say!(
            "{}: read as {layout}, {}, {}",
            checkpoint.display(),
            counted(model.dim(), "input"),
            counted(model.first().flow.layers.len(), "layer")
        );
        match agreement {
            Some(agreement) => agree::say(&agreement)?,
            None => say!("probe: none; nothing proves that this reading is right"),
        }
        say!("wrote {}", output.display());
        Ok(())
    }

    /// The name of the manifest that is written, for `--json`.
    fn written_manifest(&self) -> Option<Cow<'_, str>> {
        let manifest = self.write_manifest.as_ref();
        manifest.map(|path| path.to_string_lossy())
    }

    /// The flow as it is read, behind the standardisation if one is given.
    fn imported(&self, checkpoint: &Path) -> Result<Imported> {
        let mut imported = self.reading.import(checkpoint, self.probe.as_deref())?;
        let Some(statistics) = &self.standardise else {
            note_statistics(&imported, checkpoint);
            return Ok(imported);
        };
        let context = imported.model.context().len();
        let dim = imported.model.dim() - context;
        let standard = standardise::read(statistics, dim);
        let standard = standard.map_err(|error| match context {
            0 => error,
            _ => error.advised("it standardises x alone, without the context"),
        })?;
        let taken = standardise::taken(statistics, dim)?;
        taken
            .iter()
            .for_each(|taken| note!("note: standardise: {taken}"));
        let put = standardise::put(&mut imported.model, standard);
        put.map_err(|error| error.in_file(checkpoint))?;
        Ok(imported)
    }

    /// Gives the model a front end, and its inputs the names of the front end's outputs.
    fn put_behind(&self, path: &Path, model: &mut Model) -> Result<()> {
        let front = front_file::open(path)?;
        let names = front.features();
        if names.len() != model.dim() {
            let message = format!(
                "expected a front end of {} outputs, as many as the flow has inputs, found {}",
                model.dim(),
                names.len()
            );
            return Err(Error::file(path, message));
        }
        (model.features, model.front_end) = (names, Some(front));
        Ok(())
    }

    /// The checkpoint on the command line, else the manifest's.
    fn checkpoint(&self) -> Result<PathBuf> {
        match (&self.checkpoint, self.reading.manifest()?) {
            (Some(path), _) => Ok(path.clone()),
            (None, Some(manifest)) => manifest.source(),
            (None, None) => Err(Error::input("import", "expected a checkpoint, found none")),
        }
    }

    /// The probe on the command line, else the manifest's.
    fn probe(&self) -> Result<Option<PathBuf>> {
        if self.probe.is_some() || self.no_probe {
            return Ok(self.probe.clone());
        }
        match self.reading.manifest()? {
            Some(manifest) => match manifest.proof()? {
                Proof::File(path) => Ok(Some(path)),
                Proof::Waived => Ok(None),
                Proof::Unsaid => Err(Error::input(
                    "--manifest",
                    "expected --probe, --no-probe, or a [probe] in the manifest, found none",
                )),
            },
            None => Err(Error::input(
                "import",
                "expected --probe FILE with log-densities that your own Python printed, or --no-probe; found neither",
            )),
        }
    }
}
