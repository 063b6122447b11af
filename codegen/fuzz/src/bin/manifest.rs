//! Manifests over sound checkpoints: as text, and as TOML that parses.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use nice_flow_codegen::Numeric;
use nice_flow_fuzz::bounds::within_bounds;
use nice_flow_fuzz::edits::edit;
use nice_flow_fuzz::layouts::all;
use nice_flow_fuzz::seeds::{noise, plant};
use nice_flow_fuzz::sound;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Manifest, describe};
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

/// Checkpoints and the manifests that their layouts make.
static CASES: LazyLock<Vec<(Checkpoint, String)>> = LazyLock::new(|| {
    let checkpoints = all().into_iter();
    let with_text = checkpoints.map(|(checkpoint, set)| {
        let described = describe(&checkpoint, None, &set).expect("a layout");
        let text = described.manifest.to_toml().expect("a manifest as text");
        (checkpoint, text)
    });
    with_text.collect()
});

/// Which checkpoint, then a manifest.
fn seeds() -> Vec<Vec<u8>> {
    let cases = CASES.iter().enumerate();
    let texts = cases.map(|(index, (_, text))| [&[index as u8], text.as_bytes()].concat());
    let edits = noise(100, 48)
        .into_iter()
        .map(|bytes| [&[0xff], &bytes[..]].concat());
    texts.chain(edits).collect()
}

fn run(checkpoint: &Checkpoint, text: &str) {
    let numbers: usize = checkpoint
        .tensors
        .values()
        .map(|tensor| tensor.data.len())
        .sum();
    within_bounds(8 * numbers + text.len(), || {
        let Ok(manifest) = Manifest::from_toml(text, Path::new("manifest.toml")) else {
            return;
        };
        if let Ok(imported) = manifest.import(checkpoint) {
            sound::model(&imported.model, &[Numeric::F32]);
        }
    });
}

/// A manifest that parses, with up to four changes.
fn run_edits(u: &mut Unstructured) -> Result<()> {
    let (checkpoint, text) = u.choose(&CASES)?;
    let mut tree: Value = toml::from_str(text).expect("TOML");
    edit(&mut tree, u)?;
    if let Ok(text) = toml::to_string(&tree) {
        run(checkpoint, &text);
    }
    Ok(())
}

libfuzzer_sys::fuzz_target!(init: plant("manifest", seeds()), |bytes: &[u8]| {
    match bytes.split_first() {
        None => (),
        Some((0xff, rest)) => drop(run_edits(&mut Unstructured::new(rest))),
        Some((case, text)) => {
            let (checkpoint, _) = &CASES[usize::from(*case) % CASES.len()];
            if let Ok(text) = str::from_utf8(text) {
                run(checkpoint, text);
            }
        }
    }
});
