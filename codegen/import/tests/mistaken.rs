//! Probes that no reading of their file gives: the message says what they hold.

use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{describe, import};
use nice_flow_import::probe::{Probe, Readings, Suggestions, check, suggest};
use nice_flow_import::rereading;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/mistaken");
    folder.join(name)
}

fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
    pairs.iter().map(owned).collect()
}

/// The error of the file's probe, and what a search for readings with batch normalisation in training mode finds.
fn compared(name: &str, set: &[(&str, &str)]) -> (String, Suggestions) {
    let checkpoint = Checkpoint::open(&path(&format!("{name}.pt"))).unwrap();
    let set = settings(set);
    let manifest = describe(&checkpoint, None, &set).unwrap().manifest;
    let imported = import(&checkpoint, None, &set).unwrap();
    let probe = Probe::open(&path(&format!("{name}.npz"))).unwrap();
    let error = check(&imported.model, &probe).unwrap_err().to_string();
    let trained = rereading::in_training_mode(&checkpoint, &manifest, &imported, &probe);
    let readings = Readings {
        single: trained.into_iter().collect(),
        ..Readings::default()
    };
    (error, suggest(&imported, &probe, &readings))
}

#[test]
fn batch_normalisation_in_training_mode_is_named() {
    let (error, found) = compared("trained", &[]);
    assert!(!error.contains("GIN"), "{error}");
    let [found] = found.fitting.as_slice() else {
        panic!("{found}")
    };
    assert!(
        found
            .what
            .starts_with("batch normalisation is in training mode")
    );
    assert!(found.ask.contains("model.eval()"));
    assert!(found.agreement.relative < 1e-9 && found.constant.is_none());
}

#[test]
fn couplings_of_gin_are_named() {
    let set = [("prior", "normal"), ("activation", "relu"), ("clamp", "2")];
    let (error, found) = compared("gin", &set);
    assert!(error.contains("GINCouplingBlock"), "{error}");
    assert!(found.fitting.is_empty());
}

#[test]
fn couplings_of_gin_are_read_where_they_are_said_to_be() {
    let common = [("prior", "normal"), ("activation", "relu"), ("clamp", "2")];
    for (name, more) in [
        ("gin", ("clamp_activation", "atan")),
        ("gin_tanh", ("clamp_activation", "tanh")),
        ("gin_block", ("variant", "pypi")),
    ] {
        let checkpoint = Checkpoint::open(&path(&format!("{name}.pt"))).unwrap();
        let probe = Probe::open(&path(&format!("{name}.npz"))).unwrap();
        let set = settings(&[&common[..], &[more]].concat());
        let with = [set.clone(), settings(&[("gin", "true")])].concat();
        let imported = import(&checkpoint, None, &with).unwrap();
        let agreement = check(&imported.model, &probe).unwrap();
        assert!(agreement.relative < 1e-9, "{name}: {agreement:?}");
        // Where it was not said, the probe tells.
        let manifest = describe(&checkpoint, None, &set).unwrap().manifest;
        let imported = import(&checkpoint, None, &set).unwrap();
        let readings = rereading::by_layout(&checkpoint, &manifest, None, &set);
        let found = suggest(&imported, &probe, &readings);
        assert_eq!(found.fitting[0].ask, "--set gin=true", "{name}");
    }
}
