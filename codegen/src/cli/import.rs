//! `nice-flow import`.

use super::source::Source;
use crate::import::Proof;
use crate::probe::{self, Probe};
use crate::{Error, Result, model_file, output, standardise};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Statistics that standardise raw inputs: a file of `mean` and `scale` (npz, PyTorch, safetensors, or CSV with
    /// a row a feature), or `mean=…;scale=…`.
    #[arg(long, value_name = "STATS")]
    standardise: Option<String>,

    /// Rows with the log-density that your own Python printed for them, npz or CSV.
    #[arg(long, value_name = "FILE")]
    probe: Option<PathBuf>,

    /// Import without proof that the reading is right.
    #[arg(long, conflicts_with = "probe")]
    no_probe: bool,

    /// Model file to write.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let probe = self.probe()?;
        let mut model = self.source.load()?;
        if let Some(statistics) = &self.standardise {
            if model.preprocessing.is_some() {
                let message = "expected a model without preprocessing with --standardise, found one that has it";
                return Err(Error::file(&self.source.model, message));
            }
            model.preprocessing = Some(standardise::read(statistics, model.flow.dim)?);
        }
        let agreement = match &probe {
            Some(path) => Some(probe::check(&model, &Probe::open(path)?)?),
            None => None,
        };
        output::write(&self.output, &model_file::write(&model)?)?;
        if json {
            let probe = agreement.map(
                |a| json!({ "rows": a.rows, "largest_difference": a.largest, "largest_relative_difference": a.relative, "space": a.space }),
            );
            say!(
                "{}",
                json!({ "model": self.output, "layout": model.origin.layout, "dim": model.flow.dim, "probe": probe })
            );
            return Ok(());
        }
        let layout = &model.origin.layout;
        say!(
            "{}: read as {layout}, {} inputs, {} layers",
            self.source.model.display(),
            model.flow.dim,
            model.flow.layers.len()
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
        say!("wrote {}", self.output.display());
        Ok(())
    }

    /// The probe of the command line, else the manifest's.
    fn probe(&self) -> Result<Option<PathBuf>> {
        if self.probe.is_some() || self.no_probe {
            return Ok(self.probe.clone());
        }
        match self.source.manifest()? {
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
