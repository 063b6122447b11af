//! From another library's checkpoint to a [`Model`](nice_flow_codegen::Model). Only this module knows the terms of the
//! training frameworks.
//!
//! A layout describes how a library names its tensors and what they mean. Each is one file with a `pub static LAYOUT`,
//! listed in [`LAYOUTS`]. A layout makes a [`Manifest`] for the checkpoint, and every model is read by a manifest.

mod afekst;
mod bojone;
mod bytes;
mod conditioner;
mod context;
mod daksh;
mod distrax;
mod doubt;
mod embedding;
mod flowjax;
mod fmu2;
mod freia;
mod haimzis;
mod ikostrikov;
mod key;
mod latent;
mod layout;
mod lazaro;
mod manifest;
mod mordehaym;
mod nflows;
mod normflows;
mod ops;
mod paultsw;
mod senya;
mod sequential;
mod settings;
mod unknown;
mod vandegar;
mod weights;
mod xyfjason;
mod zuko;

pub(crate) use key::DIRECTION;
pub use layout::{Key, Layout};
pub use manifest::{Manifest, Proof};
pub use settings::{Settings, Source};
pub use weights::Weights;

use unknown::natural;

use crate::checkpoint::Checkpoint;
use crate::imported::{Imported, Note};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::text;

/// Every supported layout.
pub static LAYOUTS: [&Layout; 18] = [
    &afekst::LAYOUT,
    &bojone::LAYOUT,
    &daksh::LAYOUT,
    &distrax::LAYOUT,
    &flowjax::LAYOUT,
    &fmu2::LAYOUT,
    &freia::LAYOUT,
    &haimzis::LAYOUT,
    &ikostrikov::LAYOUT,
    &lazaro::LAYOUT,
    &mordehaym::LAYOUT,
    &nflows::LAYOUT,
    &normflows::LAYOUT,
    &paultsw::LAYOUT,
    &senya::LAYOUT,
    &vandegar::LAYOUT,
    &xyfjason::LAYOUT,
    &zuko::LAYOUT,
];

/// Reads a checkpoint with the layout that fits its tensor names, or with the one that is named.
///
/// `set` holds pairs of key and value: settings that the file does not store, or that replace those that it stores. One that
/// chooses nothing in this flow is an error.
pub fn import(
    checkpoint: &Checkpoint,
    layout: Option<&str>,
    set: &[(String, String)],
) -> Result<Imported> {
    let described = describe(checkpoint, layout, set)?.certain()?;
    let mut imported = described.manifest.import(checkpoint)?;
    imported.notes.splice(0..0, described.notes);
    Ok(imported)
}

/// The meaning of a checkpoint's tensors, with notes for the user.
#[derive(Debug)]
pub struct Described {
    /// The checkpoint's manifest.
    pub manifest: Manifest,
    /// Every default that was used and every setting that was read from the file, and tensors that were not used.
    pub notes: Vec<Note>,
    /// What was not understood; the manifest has question marks there.
    pub doubt: Option<Error>,
}

impl Described {
    /// An error that shows the manifest as far as it is understood, if a part is not.
    pub fn certain(self) -> Result<Self> {
        let Some(doubt) = self.doubt else {
            return Ok(self);
        };
        let manifest = self.manifest.to_toml()?;
        Err(Error::Check(format!(
            "{doubt}\n\nThis manifest holds what was understood. Correct what the error names and what is marked `?`, and import with \
             --manifest (--write-manifest FILE writes it):\n\n{manifest}"
        )))
    }
}

/// The manifest that the layout makes for a checkpoint; the first half of [`import`].
pub fn describe(
    checkpoint: &Checkpoint,
    layout: Option<&str>,
    set: &[(String, String)],
) -> Result<Described> {
    let root = set.iter().find(|(key, _)| key == key::ROOT.name);
    let root = root.map(|(_, root)| root.as_str());
    let (layout, root) = layout::choose(checkpoint, layout, root)?;

    let weights = Weights::new(checkpoint, &root);
    let mut settings = Settings::new(checkpoint, layout.name, layout.keys, set)?;
    settings.note(format!("layout: {} ({})", layout.name, layout.library));
    let direction = settings.direction()?;
    let reading = (layout.read)(&weights, &mut settings)?;
    weights.elsewhere().for_each(|note| settings.note(note));
    checkpoint
        .notes
        .iter()
        .for_each(|note| settings.note(note.as_str()));
    let doubt = weights.first_doubt();
    if doubt.is_none() {
        // What was not understood may ask for more.
        settings.expect_used()?;
    }
    let mut manifest = Manifest::of(layout, &root, direction, reading, checkpoint)?;
    let unread = manifest.mark_unread(checkpoint)?;
    Ok(Described {
        manifest,
        notes: settings.into_notes(),
        doubt: doubt.or(unread),
    })
}

/// Whether the tensors are named as in a known layout.
pub fn is_known(checkpoint: &Checkpoint) -> bool {
    layout::fits_any(checkpoint)
}

/// A manifest to complete, for a checkpoint of no known layout. `columns` is the length of the rows of a probe, which is that of the vector
/// if the file does not tell it.
pub fn scaffold(checkpoint: &Checkpoint, columns: Option<usize>) -> String {
    unknown::scaffold(checkpoint, columns)
}

/// The error for a checkpoint of no known layout: its tensors, and the manifest to complete.
pub fn unrecognised(checkpoint: &Checkpoint, columns: Option<usize>) -> Error {
    let known = LAYOUTS.map(|layout| layout.name).join(", ");
    let found = unknown::describe(checkpoint, columns);
    let left_out = left_out(checkpoint);
    let message =
        format!("expected tensors named as in a known layout ({known}), found{found}{left_out}");
    Error::file(&checkpoint.path, message)
}

/// What was left out of a file, behind an error for which that may be the reason.
fn left_out(checkpoint: &Checkpoint) -> String {
    let lines: String = checkpoint
        .notes
        .iter()
        .map(|note| format!("\n{note}"))
        .collect();
    match checkpoint
        .notes
        .iter()
        .any(|note| note.to_lowercase().contains("float8"))
    {
        true => format!(
            "{lines}\nweights of float8 are not read: save them as float32, with torch.save({{k: v.float() for k, v in torch.load(FILE).items()}}, \"model.pt\")"
        ),
        false => lines,
    }
}

/// The scalars at the top level of the file, such as batch size or iterations, as a record of the training.
fn training(checkpoint: &Checkpoint) -> std::collections::BTreeMap<String, String> {
    let top = (checkpoint.config.iter()).filter(|(key, _)| !key.contains('.'));
    let escaped = |text: &str| text::escaped(text).into_owned();
    top.map(|(key, value)| (escaped(key), escaped(&value.to_string())))
        .collect()
}
