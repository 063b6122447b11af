//! `nice-flow import`.

use super::source::Source;
use crate::import::Proof;
use crate::probe::{self, Agreement, Probe, Suggestion};
use crate::{Error, Model, Result, model_file, output, standardise};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Statistics that standardise raw inputs: an npz with `mean` and `scale`, or `mean=…;scale=…`.
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
            Some(path) => Some(self.agree(&model, &Probe::open(path)?, json)?),
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

    /// Checks the reading; where it is wrong, says which other would be right.
    fn agree(&self, model: &Model, probe: &Probe, json: bool) -> Result<Agreement> {
        let message = match probe::check(model, probe) {
            Err(Error::Check(message)) => message,
            other => return other,
        };
        let suggestions = self.source.suggest(model, probe)?;
        if json {
            let fitting: Vec<_> = suggestions.fitting.iter().map(described).collect();
            let probe = json!({ "disagreement": message, "suggestions": fitting, "tried": suggestions.tried, "partial": suggestions.partial });
            say!(
                "{}",
                json!({ "model": null, "layout": model.origin.layout, "dim": model.flow.dim, "probe": probe })
            );
        }
        Err(Error::Check(match suggestions.tried {
            0 => message,
            _ => format!("{message}\n{suggestions}"),
        }))
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

fn described(found: &Suggestion) -> serde_json::Value {
    let constant = found.constant.as_ref().map(|(nats, _)| nats);
    json!({ "if": found.what, "ask": found.ask, "largest_difference": found.agreement.largest, "constant": constant })
}
