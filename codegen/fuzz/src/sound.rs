//! What must hold of whatever could be read.

use crate::bounds::with_file;
use nice_flow_codegen::model::{Member, file};
use nice_flow_codegen::{Model, Numeric, Result, generate};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;
use std::path::Path;
use syn::{Block, Item, ItemFn, UseTree};

/// All that the command would do with a checkpoint.
///
/// # Panics
/// If its tensors, or the model that it gives, contradict themselves.
pub fn checkpoint(path: &Path) -> Result<()> {
    let checkpoint = Checkpoint::open(path)?;
    for tensor in checkpoint.tensors.values() {
        assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>());
    }
    let set = [("prior", "normal"), ("first", "odd")];
    let set = set.map(|(key, value)| (key.to_owned(), value.to_owned()));
    for set in [&set[..], &[]] {
        if let Ok(imported) = import(&checkpoint, None, set) {
            model(&imported.model, &[Numeric::F32]);
        }
    }
    Ok(())
}

/// The same of a model file; what it holds is written and read as the same bytes.
///
/// # Panics
/// If it contradicts itself.
pub fn model_file(path: &Path, numerics: &[Numeric]) -> Result<()> {
    let read = file::read(path)?;
    model(&read, numerics);
    let bytes = file::write(&read).expect("a model that was read can be written");
    let again = with_file(&bytes, file::read).expect("what was written can be read");
    assert!(file::write(&again).expect("bytes") == bytes);
    Ok(())
}

/// A model has densities, and modules of nothing but data or errors that say why not.
///
/// # Panics
/// If not.
pub fn model(model: &Model, numerics: &[Numeric]) {
    model.members.iter().for_each(densities);
    for numeric in numerics {
        if let Ok(text) = generate(model, *numeric) {
            data_only(&text);
        }
    }
}

fn densities(member: &Member) {
    member.flow.check().expect("a flow that was checked");
    let (flow, mut row) = (member.raw_flow(), vec![0.5; member.flow.dim]);
    let _ = flow.log_density(&row);
    flow.forward(&mut row);
    flow.inverse(&mut row);
}

/// A module brings types into scope and holds numbers, and makes a detector of them: no other function, no macro, module
/// or attribute that does anything.
fn data_only(text: &str) {
    let file = syn::parse_file(text).expect("a module that parses");
    assert!(
        file.attrs
            .iter()
            .all(|attribute| attribute.path().is_ident("doc")),
        "{text}"
    );
    for item in &file.items {
        let harmless = match item {
            Item::Use(item) => {
                matches!(&item.tree, UseTree::Path(path) if path.ident == "nice_flow")
            }
            Item::Const(_) | Item::Static(_) | Item::Type(_) => true,
            Item::Fn(item) => is_detector(item),
            _ => false,
        };
        assert!(harmless, "{text}");
    }
}

/// `const fn detector(…)`, which does nothing but call a constructor of `Detector` with the model and the threshold.
fn is_detector(item: &ItemFn) -> bool {
    let calls = |start: &str, threshold: &str| {
        let body = format!("{{ Detector::{start}&MODEL, {threshold}) }}");
        syn::parse_str::<Block>(&body).is_ok_and(|body| body == *item.block)
    };
    let starts = ["new(", "with(nice_flow::Baseline::new(BASELINE), "];
    item.sig.ident == "detector"
        && item.sig.constness.is_some()
        && (starts.iter()).any(|start| calls(start, "THRESHOLD") || calls(start, "threshold"))
}
