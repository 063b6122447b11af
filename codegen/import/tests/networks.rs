//! Flows with networks of no usual kind, against what their libraries say of some rows.

use nice_flow_codegen::flow::ir::Flow;
use nice_flow_import::checkpoint::{Checkpoint, Element, Tensor};
use nice_flow_import::import::{Manifest, describe, import};
use nice_flow_import::probe::{self, Probe};
use nice_flow_import::rereading;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/conditioners");
    folder.join(name)
}

fn checkpoint(name: &str) -> Checkpoint {
    Checkpoint::open(&path(&format!("{name}.safetensors"))).unwrap()
}

fn probe(name: &str) -> Probe {
    Probe::open(&path(&format!("{name}.npz"))).unwrap()
}

fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = pairs
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    owned.collect()
}

fn agrees(name: &str, flow: &Flow) {
    let set = &probe(name).sets[0];
    assert_eq!(set.rows.len(), 12);
    for (row, expected) in set.rows.iter().zip(&set.log_density) {
        let found = flow.log_density(row);
        let off = (found - expected).abs();
        assert!(
            off <= 1e-9 * (1.0 + expected.abs()),
            "{name}: {found}, not {expected}"
        );
    }
}

#[test]
fn networks_of_any_names_and_residual_ones_of_the_libraries_are_read() {
    let names = [
        "masked_named",
        "masked_listed",
        "block_named",
        "block_resnet",
        "zuko_residual",
    ];
    for name in names {
        let checkpoint = checkpoint(name);
        let flow = import(&checkpoint, None, &[])
            .unwrap()
            .model
            .members
            .remove(0)
            .flow;
        assert_eq!(rewritten(&checkpoint, &[]), flow, "{name}");
        agrees(name, &flow);
    }
}

/// Names do not tell a residual network that people write themselves from a plain one; the probe does.
#[test]
fn residual_blocks_are_found_by_the_probe_and_come_as_a_manifest() {
    for (name, what) in [
        (
            "masked_residual_linear",
            "an activation only between the two",
        ),
        ("block_residual_inside", "and the activations behind them"),
        (
            "block_residual_behind",
            "in front of the activation of the second",
        ),
    ] {
        let (checkpoint, probe) = (checkpoint(name), probe(name));
        let described = describe(&checkpoint, None, &[]).unwrap().certain().unwrap();
        let imported = described.manifest.import(&checkpoint).unwrap();
        assert!(probe::check(&imported.model, &probe).is_err(), "{name}");
        let readings = rereading::by_layout(&checkpoint, &described.manifest, None, &[]);
        let found = probe::suggest(&imported, &probe, &readings);
        assert!(found.fitting[0].what.contains(what), "{name}: {found}");
        let manifest = Manifest::from_toml(found.manifest().unwrap(), Path::new("own.toml"));
        let imported = manifest.unwrap().import(&checkpoint).unwrap();
        agrees(name, &imported.model.members[0].flow);
    }
}

#[test]
fn masked_networks_of_normflows_read_a_context_that_changes_or_does_not() {
    let checkpoint = checkpoint("conditional");
    let by = |context: &str| {
        let set = set(&[("context", context)]);
        let flow = import(&checkpoint, None, &set)
            .unwrap()
            .model
            .members
            .remove(0)
            .flow;
        assert_eq!(rewritten(&checkpoint, &set), flow);
        flow
    };
    let changing = by("speed,load");
    agrees("conditional", &changing);
    let constant = by("0.5,-1.25");
    for n in 0..20 {
        let x: Vec<f64> = (0..4)
            .map(|i| (f64::from(n) + 1.3 * f64::from(i)).sin())
            .collect();
        let expected = changing.log_density(&[&x[..], &[0.5, -1.25]].concat());
        let off = (constant.log_density(&x) - expected).abs();
        assert!(off <= 1e-12 * (1.0 + expected.abs()), "{off}");
    }
    let error = import(&checkpoint, None, &[]).unwrap_err().to_string();
    assert!(error.contains("expected --set context=NUMBER,…"), "{error}");

    // A flow that reads none says so.
    let error = import(
        &self::checkpoint("block_named"),
        None,
        &set(&[("context", "a")]),
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("found --set context=a, which does not"),
        "{error}"
    );
}

/// The error of a reading, which holds the manifest that `describe` gives, and the names of all tensors of the file.
fn questions(checkpoint: &Checkpoint, pairs: &[(&str, &str)]) -> String {
    let set = set(pairs);
    let error = import(checkpoint, None, &set).unwrap_err().to_string();
    let described = describe(checkpoint, None, &set).unwrap();
    assert!(described.doubt.is_some());
    let text = described.manifest.to_toml().unwrap();
    assert!(error.ends_with(&text), "{error}");
    assert!(text.contains("\"?\""), "{text}");
    for name in checkpoint.tensors.keys() {
        assert!(text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
    error
}

#[test]
fn what_a_layout_does_not_know_is_a_question_in_its_manifest() {
    let error = questions(&checkpoint("zuko_rotation"), &[]);
    for part in [
        "transform.transforms.1: expected a coupling",
        "scale = { map = \"?\", tensor = \"transform.transforms.1._0\" }",
        "cond = [1, 3]",
        "scale_tensor = \"base._1\"",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error = questions(
        &checkpoint("freia_skip"),
        &[("prior", "normal"), ("activation", "relu")],
    );
    for part in [
        "subnet2.skip.weight: expected shape",
        "cond = [2, 3]",
        "clamp = 2.0",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_tensor_that_no_op_reads_is_a_question_too() {
    let numbers = |shape: &[usize]| Tensor {
        element: Element::F32,
        shape: shape.to_vec(),
        data: (0..shape.iter().product())
            .map(|i: usize| (i as f64).sin())
            .collect(),
    };
    let with = |name: &str, shape: &[usize]| {
        let mut checkpoint = checkpoint("masked_named");
        checkpoint.tensors.insert(name.into(), numbers(shape));
        checkpoint
    };
    for (name, shape, message) in [
        // Beside the flow, inside a network, and a flow of no known kind.
        (
            "extra",
            &[3, 2][..],
            "expected only tensors of normflows; not used: extra [3, 2]",
        ),
        (
            "flows.0.s.fc2.gain",
            &[5],
            "flows.0.s.fc2.gain: expected the weight or bias",
        ),
        (
            "flows.2.alpha",
            &[4],
            "flows.2: expected AffineCouplingBlock",
        ),
    ] {
        let error = questions(&with(name, shape), &[]);
        assert!(error.contains(message), "{error}");
    }
}
