//! The models that verbs read.

mod reading;

pub(super) use reading::Reading;

use super::files::Files;
use nice_flow_codegen::model::file;
use nice_flow_codegen::text::as_word;
use nice_flow_codegen::{Error, Model, Numeric, Result};
use nice_flow_import::imported::Imported;
use nice_flow_import::standardise::{Beside, Offer};
use nice_flow_lab::judge::advice::scales;
use reading::MODEL_FILE;
use std::path::{Path, PathBuf};

/// A model file, or a checkpoint that is imported.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Model file, or a checkpoint of a known layout.
    pub model: PathBuf,

    #[command(flatten)]
    contents: Contents,
}

impl Source {
    /// The files that are read.
    pub(super) fn files(&self) -> Files {
        self.contents.files().reading([&self.model])
    }

    /// The files that are read, except the model file if all of it is kept: then the output may replace it.
    pub(super) fn files_beside_model(&self) -> Result<Files> {
        let is_kept = self.contents.member.is_none()
            && self.model.is_file()
            && file::is_model_file(&self.model)?;
        match is_kept {
            true => Ok(self.contents.files()),
            false => Ok(self.files()),
        }
    }

    /// Reads the model, or the requested member of an ensemble.
    pub(super) fn load(&self) -> Result<Model> {
        self.contents.load(&self.model)
    }

    /// The same; `others` are the files, beside checkpoints, that the verb takes too, for the error.
    pub(super) fn load_beside(&self, others: &str) -> Result<Model> {
        self.contents.load_beside(&self.model, others)
    }

    /// An error if options say which part of a file to read, or how, and the file is something that they do not fit.
    pub(super) fn expect_plain(&self, found: &str) -> Result<()> {
        if self.contents.member.is_some() {
            let message = format!("expected a model file with --member, found {found}");
            return Err(Error::file(&self.model, message));
        }
        self.contents.reading.expect_none(&self.model, found)
    }
}

/// The part of a file to read, and how to read it.
#[derive(Debug, clap::Args)]
pub(super) struct Contents {
    /// Use a single flow of an ensemble, counted from 0.
    #[arg(long, value_name = "N")]
    member: Option<usize>,

    #[command(flatten)]
    reading: Reading,
}

impl Contents {
    /// The files that are read in addition to the model.
    pub(super) fn files(&self) -> Files {
        self.reading.files()
    }

    /// Reads the model, or the requested member of an ensemble. Settings that a checkpoint does not store are noted on
    /// standard error.
    pub(super) fn load(&self, path: &Path) -> Result<Model> {
        self.load_beside(path, MODEL_FILE)
    }

    fn load_beside(&self, path: &Path, others: &str) -> Result<Model> {
        let model = self.reading.read(path, others)?;
        match self.member {
            None => Ok(model),
            Some(member) => model.member(member).map_err(|error| error.in_file(path)),
        }
    }
}

/// Warns of statistics that lie beside a flow: rows in raw units, scored as standardised ones, are all anomalies or none.
pub(super) fn note_statistics(imported: &Imported, path: &Path) {
    let Some(Beside { what, offer, .. }) = &imported.statistics else {
        return;
    };
    let (path, word) = (path.display(), as_word(&path.to_string_lossy()));
    match offer {
        Offer::Taken => note!(
            "warning: {path} also holds {what}, not used, so the model takes standardised rows: if rows are standardised by that before \
             they reach the flow, `nice-flow import {word} --standardise {word} …` makes a model of raw rows"
        ),
        Offer::Refused(why) => note!(
            "warning: {path} also holds {what}, not used, so the model takes rows as the flow had them in training, not raw ones; \
             --standardise does not take it: {why}"
        ),
        Offer::Unread => note!(
            "warning: {path} also holds {what}, which look like statistics of rows and are not used, so the model takes standardised rows: \
             if rows are standardised by them before they reach the flow, import with --standardise stats.npz, made with \
             np.savez(\"stats.npz\", mean=…, scale=…), a number for each input, for a model of raw rows"
        ),
    }
}

/// Notes the origin of an integer module's scales, unless it is the model's calibration.
pub(super) fn note_scales(model: &Model, numeric: Numeric) {
    for note in scales(model, numeric) {
        note!("note: {note}");
    }
}
