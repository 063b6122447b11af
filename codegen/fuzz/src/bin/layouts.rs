//! Import end to end: tensors named, shaped and filled as no library does; every layout and its manifest.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use nice_flow_codegen::Numeric;
use nice_flow_fuzz::bounds::within_bounds;
use nice_flow_fuzz::layouts::{Entry, all, edit, settings};
use nice_flow_fuzz::seeds::{noise, plant};
use nice_flow_fuzz::sound;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Manifest, describe};
use std::sync::LazyLock;

static LAYOUTS: LazyLock<Vec<Entry>> = LazyLock::new(all);

fn run(u: &mut Unstructured) -> Result<()> {
    let (mut checkpoint, mut set) = u.choose(&LAYOUTS)?.clone();
    if u.arbitrary()? {
        set = settings(u)?;
    }
    edit(&mut checkpoint, u)?;
    let numbers: usize = checkpoint
        .tensors
        .values()
        .map(|tensor| tensor.data.len())
        .sum();
    within_bounds(8 * numbers, || import(&checkpoint, &set));
    Ok(())
}

/// The manifest that a layout makes, written and read, gives the same flow.
fn import(checkpoint: &Checkpoint, set: &[(String, String)]) {
    let Ok(described) = describe(checkpoint, None, set) else {
        return;
    };
    let Ok(imported) = described.manifest.import(checkpoint) else {
        return;
    };
    let text = described.manifest.to_toml().expect("a manifest as text");
    let again = Manifest::from_toml(&text, &checkpoint.path).expect("a manifest that reads");
    let again = again
        .import(checkpoint)
        .expect("a manifest that means a flow");
    assert_eq!(again.model.members, imported.model.members);
    sound::model(&imported.model, &[Numeric::F32]);
}

libfuzzer_sys::fuzz_target!(init: plant("layouts", noise(200, 48)), |bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});
