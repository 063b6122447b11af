//! What a file is, in words or as a manifest, without an import.

use super::{Args, agree};
use crate::sink::{self, Named};
use nice_flow_codegen::Result;
use nice_flow_codegen::text::counted;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::probe::Probe;
use serde_json::json;
use std::path::Path;

impl Args {
    /// Says whether the file is recognised, as what, what an import needs, and whether a probe agrees if there is one.
    pub(super) fn look(&self, checkpoint: &Path, json: bool) -> Result<()> {
        let imported = self.imported(checkpoint)?;
        let (model, shown) = (&imported.model, checkpoint.display());
        let layout = &model.origin.layout;
        let probe = self.probe.as_deref().map(Probe::open).transpose()?;
        let agree = |probe: Probe| self.agree(checkpoint, &imported, &probe, json);
        if json {
            let probe = probe.map(agree).transpose()?;
            let probe = probe.as_ref().map(agree::numbers);
            say!(
                "{}",
                json!({
                    "model": null, "manifest": self.written_manifest(), "layout": layout, "dim": model.dim(), "probe": probe
                })
            );
            return Ok(());
        }
        say!(
            "{shown}: recognised as {layout}, {}, {}",
            counted(model.dim(), "input"),
            counted(model.first().flow.layers.len(), "layer")
        );
        if let Some(probe) = probe {
            agree::say(&agree(probe)?)?;
            say!("to import it, give -o MODEL");
            return Ok(());
        }
        say!(
            "to import it, give --probe FILE with rows and the log-densities that your own Python computed for them \
             (arrays x and log_prob), and -o MODEL"
        );
        Ok(())
    }

    /// Writes what is understood of a checkpoint as a manifest, with `?` where something is not; whether all is understood.
    pub(super) fn write_manifest(&self, checkpoint: &Path, path: &Path) -> Result<bool> {
        let checkpoint = Checkpoint::open(checkpoint)?;
        if let Some(scaffold) = self.reading.scaffold(&checkpoint, self.probe.as_deref()) {
            sink::write(path, scaffold.as_bytes())?;
            for note in &checkpoint.notes {
                note!("note: {note}");
            }
            note!("note: no known layout: complete what is marked `?`, and import with --manifest");
            note!("wrote {}", Named(path));
            return Ok(false);
        }
        let mut described = self.reading.describe(&checkpoint)?;
        if let Some(statistics) = &self.standardise {
            described.manifest.standardise(statistics)?;
        }
        described
            .manifest
            .place(path, &checkpoint.path, self.probe.as_deref());
        let text = described.manifest.to_toml()?;
        sink::write(path, text.as_bytes())?;
        if self.output.is_none() && self.probe.is_none() {
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
        note!("wrote {}", Named(path));
        Ok(described.doubt.is_none())
    }
}
