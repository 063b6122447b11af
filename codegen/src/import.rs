//! From another library's checkpoint to a [`Model`]. Framework words end here.
//!
//! A layout is one file: how a library names its tensors and what they mean. To add one, write
//! its file with a `pub static LAYOUT` and list it in [`LAYOUTS`].

mod afekst;
mod alternating;
mod conditioner;
mod daksh;
mod fmu2;
mod freia;
mod haimzis;
mod ikostrikov;
mod layout;
mod lazaro;
mod linear;
mod manifest;
mod masked;
mod mordehaym;
mod nflows;
mod normflows;
mod paultsw;
pub mod rereading;
mod senya;
mod sequential;
mod settings;
mod vandegar;
mod weights;
mod xyfjason;
mod zuko;

pub use layout::{Key, Layout};
pub use manifest::{Manifest, Proof};
pub use settings::{Settings, Source};
pub use weights::Weights;

use crate::checkpoint::Checkpoint;
use crate::error::Result;
use crate::model::{Model, Origin};
use std::path::Path;

/// Every layout that is understood.
pub static LAYOUTS: [&Layout; 15] = [
    &afekst::LAYOUT,
    &daksh::LAYOUT,
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

/// A model, and what a reader of the import should know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model, without preprocessing or threshold.
    pub model: Model,
    /// Every default that was used and every value that was read from the file, in words.
    pub notes: Vec<String>,
}

/// Reads a checkpoint as the layout that its tensor names fit, or as the one named.
///
/// `set` are pairs of key and value: what the layout does not store, or what is to be taken
/// instead of what it stores.
pub fn import(
    checkpoint: &Checkpoint,
    layout: Option<&str>,
    set: &[(String, String)],
) -> Result<Imported> {
    let root = set.iter().find(|(key, _)| key == layout::ROOT.name);
    let root = root.map(|(_, root)| root.as_str());
    let (layout, root) = layout::choose(checkpoint, layout, root)?;

    let weights = Weights::new(checkpoint, &root);
    let mut settings = Settings::new(checkpoint, layout, set)?;
    settings.note(format!("layout: {} ({})", layout.name, layout.library));
    let flow = (layout.read)(&weights, &mut settings)?;
    weights.finish(layout.name, &mut settings)?;

    let file = checkpoint.path.file_name().unwrap_or_default();
    let model = Model {
        name: identifier(&checkpoint.path),
        features: (0..flow.dim).map(|i| format!("x{i}")).collect(),
        preprocessing: None,
        flow,
        threshold: None,
        origin: Origin {
            file: file.to_string_lossy().into_owned(),
            sha256: checkpoint.sha256.clone(),
            layout: layout.name.to_owned(),
        },
        training: training(checkpoint),
    };
    let notes = settings.into_notes();
    Ok(Imported { model, notes })
}

/// The file's stem as an identifier.
fn identifier(path: &Path) -> String {
    legal(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// The name with underscores for what an identifier cannot hold.
fn legal(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(legal).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("model_{name}")
    }
}

/// The scalars at the top of the file: batch size, iterations, whatever was saved.
fn training(checkpoint: &Checkpoint) -> std::collections::BTreeMap<String, String> {
    let top = (checkpoint.config.iter()).filter(|(key, _)| !key.contains('.'));
    top.map(|(key, value)| (key.clone(), value.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        assert_eq!(identifier(Path::new("a/pump-2.v1.pt")), "pump_2_v1");
        assert_eq!(identifier(Path::new("70.pt")), "model_70");
        assert_eq!(identifier(Path::new("größe.pt")), "gr__e");
    }
}
