//! Proof by the probe.

use super::Args;
use crate::sink::{self, Named};
use nice_flow_codegen::text::{agreeing, scientific};
use nice_flow_codegen::{Error, Model, Result};
use nice_flow_import::import::Manifest;
use nice_flow_import::imported::Imported;
use nice_flow_import::probe;
use nice_flow_import::probe::{Agreement, Probe, Suggestion, Units};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

impl Args {
    /// Compares the model with the probe; if they disagree, searches for another reading that agrees.
    pub(super) fn agree(
        &self,
        checkpoint: &Path,
        imported: &Imported,
        probe: &Probe,
        json: bool,
    ) -> Result<Agreement> {
        let model = &imported.model;
        let constant = imported.log_prob_constant;
        let message = match probe::check(model, &probe.clone().without(constant)) {
            Err(Error::Probe(mut disagreement)) => {
                if let Some(why) = self.reading.rounded(checkpoint, &disagreement)? {
                    disagreement.message += &format!(". {why}");
                }
                disagreement.message
            }
            Ok(agreement) => {
                self.note_untested(model, probe);
                return Ok(agreement);
            }
            Err(input) => return Err(input),
        };
        let suggestions = self.reading.suggest(checkpoint, imported, probe)?;
        if let (Some(path), Some(text)) = (&self.write_manifest, suggestions.manifest()) {
            let mut manifest = Manifest::from_toml(text, path)?;
            manifest.place(path, checkpoint, self.probe.as_deref());
            sink::write(path, manifest.to_toml()?.as_bytes())?;
            note!("wrote {}, which reads it as the probe does", Named(path));
        }
        if json {
            let fitting: Vec<_> = suggestions.fitting.iter().map(described).collect();
            let probe = json!({ "disagreement": message, "suggestions": fitting, "tried": suggestions.tried, "partial": suggestions.partial });
            say!(
                "{}",
                json!({ "model": null, "layout": model.origin.layout, "dim": model.dim(), "probe": probe })
            );
        }
        let way_out = match suggestions.fitting.is_empty() && self.reading.manifest()?.is_none() {
            true => WAY_OUT,
            false => "",
        };
        Err(Error::Check(match suggestions.tried {
            0 => message,
            _ => format!("{message}\n{suggestions}{way_out}"),
        }))
    }
}

impl Args {
    /// Notes that a probe of few rows proves little, that one of standardised rows proves the flow alone, or that the raw rows beside them prove nothing.
    fn note_untested(&self, model: &Model, probe: &Probe) {
        let rows = probe.sets.iter().flat_map(|set| &set.rows);
        let bits = rows.map(|row| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
        let count = bits.collect::<BTreeSet<_>>().len();
        if count < FEWEST {
            note!(
                "note: of different rows the probe has {count}: another reading might agree with so few, too; give {FEWEST} or more"
            );
        }
        let has = |units| probe.sets.iter().any(|set| set.units == units);
        if has(Units::Raw) && has(Units::Model) && model.first().preprocessing.is_none() {
            note!(
                "note: the probe's raw rows (x_raw) were not compared, since the model is read without what standardises them: scored as they \
                 are, all may be anomalies; give --standardise"
            );
        }
        let behind = probe.sets.iter().all(|set| set.units == Units::Model);
        if behind && self.standardise.is_some() {
            note!(
                "note: the rows of this probe (x_model) are standardised already, so it proves the flow and does not test --standardise: to \
                 test that too, add raw rows as x_raw and their log-densities as log_prob_raw, those of the standardised rows less the \
                 sum of ln scale"
            );
        }
    }
}

/// Says how well they agree.
pub(super) fn say(agreement: &Agreement) -> Result<()> {
    say!(
        "probe: {} {}, largest difference {} nats, {} of the value ({})",
        agreement.rows,
        agreeing(agreement.rows, "log-density agrees", "log-densities agree"),
        scientific(agreement.largest, 1),
        scientific(agreement.relative, 1),
        agreement.space
    );
    if agreement.rounding > COARSE {
        note!(
            "the probe's densities are printed to within {} nats, and other readings may differ by less: save them as npz",
            scientific(agreement.rounding, 0)
        );
    }
    Ok(())
}

/// What to do where nothing agrees.
const WAY_OUT: &str = "\nif the flow is another, such as one whose activations differ from layer to layer, --write-manifest FILE writes \
     this reading, to be corrected and imported with --manifest FILE";

/// Fewer rows may not reach each unit of a network.
const FEWEST: usize = 16;

/// Densities that are less exact than so many nats prove little: the least visible of wrong readings that were measured changes them by
/// ten times that.
const COARSE: f64 = 1e-3;

/// The same for programs.
pub(super) fn numbers(agreement: &Agreement) -> serde_json::Value {
    let Agreement {
        rows,
        largest,
        relative,
        space,
        ..
    } = agreement;
    json!({ "rows": rows, "largest_difference": largest, "largest_relative_difference": relative, "space": space })
}

fn described(found: &Suggestion) -> serde_json::Value {
    let constant = found.constant.as_ref().map(|(nats, _)| nats);
    json!({ "if": found.what, "ask": found.ask, "largest_difference": found.agreement.largest, "constant": constant, "manifest": found.manifest })
}
