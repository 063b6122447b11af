//! Flows given a context that changes, against what their libraries say of rows with many contexts.

use nice_flow_codegen::flow::fold;
use nice_flow_codegen::{Numeric, generate};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;
use nice_flow_import::probe::Probe;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const LIBRARIES: [&str; 4] = ["zuko", "maf", "nflows", "freia"];
const CONTEXTS: [usize; 3] = [1, 3, 8];

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/conditional");
    folder.join(name)
}

fn checkpoint(library: &str, context: usize) -> Checkpoint {
    Checkpoint::open(&path(&format!("{library}_c{context}.pt"))).unwrap()
}

/// The settings of the library, with this context.
fn settings(library: &str, context: &str) -> Vec<(String, String)> {
    let freia = [("prior", "normal"), ("activation", "relu"), ("clamp", "2")];
    let own = match library {
        "freia" => &freia[..],
        _ => &[],
    };
    let pairs = own.iter().copied().chain([("context", context)]);
    pairs
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

fn names(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("c{i}")).collect();
    names.join(",")
}

/// Given three numbers.
const MORE: [&str; 7] = [
    "resnet",
    "made",
    "residual_made",
    "sbi_maf",
    "sbi_zuko_nice",
    "sbi_zuko_maf",
    "sbi_linear",
];

/// nflows' residual networks with `use_batch_norm=True`.
#[test]
fn batch_normalisation_in_blocks_is_read_for_a_constant_context_alone() {
    let mut checkpoint = checkpoint("resnet", 3);
    let biases = checkpoint
        .tensors
        .keys()
        .filter(|name| name.contains(".linear_layers.") && name.ends_with(".bias"));
    for bias in Vec::from_iter(biases.cloned()) {
        let like = checkpoint.tensors[&bias].clone();
        let layer = bias.replace("linear_layers", "batch_norm_layers");
        for (part, number) in [
            ("weight", 1.5),
            ("bias", 0.25),
            ("running_mean", 0.5),
            ("running_var", 2.0),
        ] {
            let mut tensor = like.clone();
            tensor.data.fill(number);
            checkpoint
                .tensors
                .insert(layer.replace("bias", part), tensor);
        }
    }
    import(&checkpoint, None, &settings("nflows", "0.3,-0.7,0.1")).unwrap();
    let error = import(&checkpoint, None, &settings("nflows", "a,b,c")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("expected no batch normalisation") && error.contains("--set context=0.3"),
        "{error}"
    );
}

#[test]
fn every_library_agrees_with_its_probe_and_its_manifest() {
    let all = LIBRARIES.iter().flat_map(|l| CONTEXTS.map(|c| (l, c)));
    for (library, context) in all.chain(MORE.iter().map(|name| (name, 3))) {
        let (checkpoint, set) = (
            checkpoint(library, context),
            settings(library, &names(context)),
        );
        let imported = import(&checkpoint, None, &set).unwrap();
        let model = &imported.model;
        assert_eq!(model.features[..4], ["x0", "x1", "x2", "x3"]);
        assert_eq!(model.context(), Vec::from_iter(4..4 + context), "{library}");
        let flow = &model.members[0].flow;
        assert_eq!(&rewritten(&checkpoint, &set), flow);

        let folded = fold::fold(flow).unwrap();
        let probe = Probe::open(&path(&format!("{library}_c{context}.npz"))).unwrap();
        let set = &probe.sets[0];
        assert_eq!(set.rows.len(), 64);
        for (row, expected) in set.rows.iter().zip(&set.log_density) {
            for flow in [flow, &folded] {
                let found = flow.log_density(row);
                let off = (found - expected).abs();
                assert!(
                    off <= 1e-9 * (1.0 + expected.abs()),
                    "{library} {context}: {found}, not {expected}"
                );
            }
        }
        let text = generate(model, Numeric::F32).unwrap();
        assert!(
            text.contains(&format!("pub const CONTEXT: [usize; {context}]")),
            "{text}"
        );
    }
}

/// A context that changes, at one value, is the constant context of that value.
#[test]
fn a_named_context_at_one_value_is_a_constant_one() {
    for library in LIBRARIES.iter().chain(&MORE) {
        let checkpoint = checkpoint(library, 3);
        let by = |context: &str| {
            import(&checkpoint, None, &settings(library, context))
                .unwrap()
                .model
        };
        let (changing, constant) = (by("speed,load,hour"), by("0.5,-1.25,2"));
        assert_eq!(changing.features[4..], ["speed", "load", "hour"]);
        for n in 0..20 {
            let x: Vec<f64> = (0..4)
                .map(|i| (f64::from(n) + 1.3 * f64::from(i)).sin())
                .collect();
            let with = [&x[..], &[0.5, -1.25, 2.0]].concat();
            let found = changing.members[0].flow.log_density(&with);
            let expected = constant.members[0].flow.log_density(&x);
            assert!(
                (found - expected).abs() <= 1e-12 * (1.0 + expected.abs()),
                "{library}"
            );
        }
    }
}

/// The context is in no layer's way: it is the same behind the flow, bit for bit, in `f32` too.
#[test]
fn no_layer_changes_the_context_by_a_bit() {
    for library in LIBRARIES.iter().chain(&MORE) {
        let set = settings(library, &names(3));
        let model = import(&checkpoint(library, 3), None, &set).unwrap().model;
        let flow = fold::fold(&model.members[0].flow).unwrap();
        flow.check_context().unwrap();
        let mut x: Vec<f64> = (0..7).map(|i| (1.7 * f64::from(i)).sin()).collect();
        let before: Vec<f64> = flow.context().iter().map(|&i| x[i]).collect();
        flow.forward(&mut x);
        let behind: Vec<f64> = flow.prior.context().iter().map(|&i| x[i]).collect();
        assert_eq!(before, behind, "{library}");
    }
}

/// An embedding net with activations is worked into a constant context, and refused by name before one that changes.
#[test]
fn an_embedding_net_is_folded_in_for_a_constant_context() {
    let checkpoint = checkpoint("sbi_perceptron", 3);
    let set = settings("sbi", "0.5,-1.25,2");
    let imported = import(&checkpoint, None, &set).unwrap();
    let flow = &imported.model.members[0].flow;
    assert_eq!(&rewritten(&checkpoint, &set), flow);
    let probe = Probe::open(&path("sbi_perceptron_c3.npz")).unwrap();
    let set = &probe.sets[0];
    for (row, expected) in set.rows.iter().zip(&set.log_density) {
        let off = (flow.log_density(row) - expected).abs();
        assert!(off <= 1e-9 * (1.0 + expected.abs()), "{off}");
    }
    let error = import(&checkpoint, None, &settings("sbi", "a,b,c")).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("_embedding_net.1: expected --set context=NUMBER"),
        "{error}"
    );
    assert!(error.contains("embedding net with activations"), "{error}");
}

/// What an embedding net ends in is stored nowhere: a linear layer, unless its name is that of sbi's own or the user says otherwise.
#[test]
fn an_embedding_net_may_end_in_its_activation() {
    let checkpoint = checkpoint("sbi_perceptron", 3);
    let by = |end: Option<&str>| {
        let mut set = settings("sbi", "0.5,-1.25,2");
        // A tanh, since a ReLU changes no number that is above 0 already.
        let own = [("embedding", Some("tanh")), ("embedding_end", end)];
        let own = own
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        set.extend(own.map(|(key, value)| (key.to_string(), value.to_string())));
        import(&checkpoint, None, &set)
    };
    let density = |end| {
        let flow = by(end).unwrap().model.members.remove(0).flow;
        flow.log_density(&vec![0.25; flow.dim])
    };
    assert_eq!(density(None), density(Some("linear")));
    assert_ne!(density(None), density(Some("activation")));
    let error = by(Some("round")).unwrap_err().to_string();
    let expected = "expected embedding_end=linear|activation, found round";
    assert!(error.contains(expected), "{error}");
    let imported = import(&checkpoint, None, &settings("sbi", "0.5,-1.25,2")).unwrap();
    let notes: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    let note = "embedding: relu (sbi's default; --set embedding=… if yours differs)";
    assert!(notes.iter().any(|it| it == note), "{notes:?}");
}

#[test]
fn integers_take_every_way_in_which_a_context_steers() {
    for (name, part) in [
        ("resnet", "Gated<I16, "),
        ("made", "Steered<I16, "),
        ("residual_made", "Joined<I16, "),
        ("sbi_maf", "Bent<Tanh>"),
        ("maf", "Autoregressive<"),
    ] {
        let set = settings(name, "a,b,c");
        let mut model = import(&checkpoint(name, 3), None, &set).unwrap().model;
        model.members[0].flow.check().unwrap();
        let rows: Vec<f64> = (0..700).map(|i| (0.37 * f64::from(i)).sin()).collect();
        model.calibration = Some(nice_flow_codegen::model::Calibration::new(&rows, 7));
        let text = generate(&model, Numeric::I16).unwrap();
        assert!(text.contains(part), "{name}: {text}");
    }
}

#[test]
fn integers_ask_for_rows_and_a_wrong_number_of_names_is_told() {
    let checkpoint = checkpoint("zuko", 3);
    let model = import(&checkpoint, None, &settings("zuko", "a,b,c"))
        .unwrap()
        .model;
    let error = generate(&model, Numeric::I8).unwrap_err().to_string();
    assert!(
        error.contains("expected normal rows in the model"),
        "{error}"
    );
    let error = import(&checkpoint, None, &settings("zuko", "a,b"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("and a context of 2"), "{error}");
}

#[test]
fn a_context_that_is_not_given_is_asked_for() {
    for library in LIBRARIES.iter().chain(&MORE) {
        let mut set = settings(library, "");
        set.retain(|(key, _)| key != "context");
        let error = import(&checkpoint(library, 3), None, &set).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("context=NAME,…"), "{library}: {error}");
    }
}
