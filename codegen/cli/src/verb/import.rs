//! `nice-flow import`.

use crate::files::Files;
use crate::source::Reading;
use nice_flow_codegen::model::{Baseline, Missing, expect_channels, expect_samples, file};
use nice_flow_codegen::{Error, Model, Result, output};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::Proof;
use nice_flow_import::imported::Imported;
use nice_flow_import::probe;
use nice_flow_import::probe::{Agreement, Probe, Suggestion};
use nice_flow_import::standardise;
use nice_flow_lab::signal::front_file;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Checkpoint of a known layout; if not given, the file that the manifest names.
    #[arg(required_unless_present = "manifest")]
    checkpoint: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,

    /// Statistics that standardise raw inputs: a file with `mean` and `scale` (npz, PyTorch, safetensors, or CSV with
    /// one row per feature), or `mean=…;scale=…`.
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
    /// rows before they are scored. The probe holds rows without it.
    #[arg(long, value_name = "EWMA:N")]
    baseline: Option<Baseline>,

    /// The flow was trained on what this front end made of raw signals: the .front.toml that `features` wrote. The model then takes
    /// recordings of raw signals.
    #[arg(long, value_name = "TOML", conflicts_with_all = ["channels", "missing", "baseline"])]
    front: Option<PathBuf>,

    /// Model file to write. Without it, and without --write-manifest, only what the file is and needs is said.
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
        Ok(files.writing(&self.write_manifest).writing(&self.output))
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let checkpoint = self.checkpoint()?;
        let probe = self.output.as_ref().map(|_| self.probe()).transpose()?;
        if let Some(manifest) = &self.write_manifest {
            self.write_manifest(&checkpoint, manifest)?;
        }
        let (Some(output), Some(probe)) = (&self.output, probe) else {
            if self.write_manifest.is_none() {
                return self.look(&checkpoint, json);
            }
            if json {
                say!("{}", json!({ "manifest": self.write_manifest }));
            }
            return Ok(());
        };
        let mut imported = self.reading.import(&checkpoint)?;
        if let Some(statistics) = &self.standardise {
            let dim = imported.model.dim();
            let member = imported.model.only_mut()?;
            if member.preprocessing.is_some() {
                let message = "expected a model without preprocessing with --standardise, found one that has it";
                return Err(Error::file(&checkpoint, message));
            }
            member.preprocessing = Some(standardise::read(statistics, dim)?);
        }
        if let Some(channels) = self.channels {
            expect_channels(imported.model.dim(), channels)?;
            imported.model.channels = channels;
        }
        if let Some(path) = &self.front {
            self.put_behind(path, &mut imported.model)?;
        }
        imported.model.baseline = self.baseline;
        if let Some(missing) = self.missing {
            imported.model.missing = missing;
        }
        expect_samples(
            imported.model.baseline,
            imported.model.missing,
            imported.model.dim(),
            imported.model.channels,
        )?;
        let agreement = match &probe {
            Some(path) => Some(self.agree(&checkpoint, &imported, &Probe::open(path)?, json)?),
            None => None,
        };
        let model = &imported.model;
        output::write(output, &file::write(model)?)?;
        if json {
            let probe = agreement.map(
                |a| json!({ "rows": a.rows, "largest_difference": a.largest, "largest_relative_difference": a.relative, "space": a.space }),
            );
            say!(
                "{}",
                json!({ "model": output, "manifest": self.write_manifest, "layout": model.origin.layout, "dim": model.dim(), "probe": probe })
            );
            return Ok(());
        }
        let layout = &model.origin.layout;
        say!(
            "{}: read as {layout}, {} inputs, {} layers",
            checkpoint.display(),
            model.dim(),
            model.first().flow.layers.len()
        );
        match agreement {
            Some(a) => say!(
                "probe: {} log-densities agree, largest difference {:.1e} nats, {:.1e} of the value ({})",
                a.rows,
                a.largest,
                a.relative,
                a.space
            ),
            None => say!("probe: none; nothing proves that this reading is right"),
        }
        say!("wrote {}", output.display());
        Ok(())
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

    /// Says whether the file is recognised, as what, and what an import needs.
    fn look(&self, checkpoint: &Path, json: bool) -> Result<()> {
        let imported = self.reading.import(checkpoint)?;
        let (model, shown) = (&imported.model, checkpoint.display());
        let layout = &model.origin.layout;
        if json {
            say!(
                "{}",
                json!({ "model": null, "layout": layout, "dim": model.dim() })
            );
            return Ok(());
        }
        say!(
            "{shown}: recognised as {layout}, {} inputs, {} layers",
            model.dim(),
            model.first().flow.layers.len()
        );
        say!(
            "to import it, give --probe FILE with rows and the log-densities that your own Python computed for them \
             (arrays x and log_prob), and -o MODEL"
        );
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

    fn write_manifest(&self, checkpoint: &Path, path: &Path) -> Result<()> {
        let checkpoint = Checkpoint::open(checkpoint)?;
        if let Some(scaffold) = self.reading.scaffold(&checkpoint) {
            output::write(path, scaffold.as_bytes())?;
            note!("note: no known layout: complete what is marked `?`, and import with --manifest");
            note!("wrote {}", path.display());
            return Ok(());
        }
        let mut described = self.reading.describe(&checkpoint)?;
        if let Some(statistics) = &self.standardise {
            described.manifest.standardise(statistics)?;
        }
        described
            .manifest
            .place(path, &checkpoint.path, self.probe.as_deref());
        let text = described.manifest.to_toml()?;
        output::write(path, text.as_bytes())?;
        if self.output.is_none() {
            described
                .notes
                .iter()
                .for_each(|note| note!("note: {note}"));
        }
        if let Some(doubt) = &described.doubt {
            note!(
                "note: not understood: {doubt}; correct what is marked `?`, and import with --manifest"
            );
        }
        note!("wrote {}", path.display());
        Ok(())
    }

    /// Compares the model with the probe; if they disagree, searches for another reading that agrees.
    fn agree(
        &self,
        checkpoint: &Path,
        imported: &Imported,
        probe: &Probe,
        json: bool,
    ) -> Result<Agreement> {
        let model = &imported.model;
        let constant = imported.log_prob_constant;
        let message = match probe::check(model, &probe.clone().without(constant)) {
            Err(Error::Probe(disagreement)) => disagreement.message,
            other => return other,
        };
        let suggestions = self.reading.suggest(checkpoint, imported, probe)?;
        if json {
            let fitting: Vec<_> = suggestions.fitting.iter().map(described).collect();
            let probe = json!({ "disagreement": message, "suggestions": fitting, "tried": suggestions.tried, "partial": suggestions.partial });
            say!(
                "{}",
                json!({ "model": null, "layout": model.origin.layout, "dim": model.dim(), "probe": probe })
            );
        }
        Err(Error::Check(match suggestions.tried {
            0 => message,
            _ => format!("{message}\n{suggestions}"),
        }))
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

fn described(found: &Suggestion) -> serde_json::Value {
    let constant = found.constant.as_ref().map(|(nats, _)| nats);
    json!({ "if": found.what, "ask": found.ask, "largest_difference": found.agreement.largest, "constant": constant })
}
