//! Checkpoints that were made elsewhere, of every kind, each with a probe of its own library.
//!
//! `cases.toml` lists them with what is expected. They are not in the repository, so the test is ignored unless it is
//! asked for.

use nice_flow_codegen::Model;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Manifest, import};
use nice_flow_import::imported::Imported;
use nice_flow_import::probe::{Probe, check};
use nice_flow_import::{rereading, standardise};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/cases/checkpoints"
);

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    file: String,
    probe: Option<String>,
    args: String,
}

/// Cases that are refused, or that disagree, with a word of the message.
const REFUSED: [(&str, &str); 13] = [
    ("fr_resnet", "This manifest reads it so"),
    ("fj_studentt", "--set prior=student_t, as the file has it"),
    ("fork_reversed", "--set direction=z_to_x"),
    ("bn_train", "batch normalisation is in training mode"),
    ("script", "torch.jit.load"),
    ("onnx", "ONNX"),
    ("trace", "TorchScript"),
    ("zuko_nsf_coupl", "spline"),
    (
        "width_one",
        "net_scale = [\n  { op = \"linear\", w = \"layers.0.s_net.0.weight\"",
    ),
    ("fr_gin", "GINCouplingBlock"),
    ("neg", "The probe holds −ln p"),
    ("inf", "row 4 is infinite"),
    ("std_missing", "give --standardise"),
];

/// `--set KEY=VALUE` and `--standardise FILE`.
fn arguments(args: &str) -> (Vec<(String, String)>, Option<PathBuf>) {
    let words: Vec<&str> = args.split_whitespace().collect();
    let of = |option: &str| {
        let pairs = words.windows(2).filter(move |pair| pair[0] == option);
        pairs.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
    };
    let set = of("--set").into_iter().map(|text| {
        let (key, value) = text.split_once('=').unwrap();
        (key.to_owned(), value.to_owned())
    });
    let statistics = of("--standardise").pop();
    (
        set.collect(),
        statistics.map(|file| Path::new(FOLDER).join(file)),
    )
}

/// The steps of the net of one layer: of the shifts, of the raw scales.
type Nets = fn(layer: usize) -> [String; 2];

/// Cases of nobody's library, which a manifest reads: three couplings of four elements, in turn the last two and the
/// first two change.
const MANIFESTS: [(&str, Nets); 2] = [("gen_heads", heads), ("gen_factor", factor)];

fn linear(at: &str) -> String {
    format!("{{ op = \"linear\", w = \"{at}.weight\", b = \"{at}.bias\" }}, ")
}

fn act(function: &str) -> String {
    format!("{{ op = \"act\", fn = \"{function}\" }}, ")
}

/// `s = tanh(scale(trunk(a)))`, `t = shift(trunk(a))`.
fn heads(layer: usize) -> [String; 2] {
    let at = |part: &str| linear(&format!("layers.{layer}.{part}"));
    let trunk = [at("trunk.0"), act("relu"), at("trunk.2"), act("relu")].concat();
    [
        trunk.clone() + &at("shift"),
        trunk + &at("scale") + &act("tanh"),
    ]
}

/// `s, t = net(a)`; `s` becomes `exp(f) tanh(s / exp(f))`.
fn factor(layer: usize) -> [String; 2] {
    let at = |part: &str| linear(&format!("layers.{layer}.{part}"));
    let net = [at("net.0"), act("relu"), at("net.2")].concat();
    let f = format!("scale = {{ map = \"exp\", tensor = \"layers.{layer}.scaling_factor\" }}");
    let tanh = act("tanh");
    let squash =
        format!("{{ op = \"scale\", {f}, divide = true }}, {tanh} {{ op = \"scale\", {f} }}");
    let rows = |from, to| format!("{{ op = \"rows\", from = {from}, to = {to} }}, ");
    [net.clone() + &rows(2, 4), net + &rows(0, 2) + &squash]
}

fn manifest(nets: Nets) -> String {
    let couplings = (0..3).map(|layer| {
        let [shift, scale] = nets(layer);
        let (cond, trans) = match layer {
            1 => ("[2, 3]", "[0, 1]"),
            _ => ("[0, 1]", "[2, 3]"),
        };
        format!(
            "[[ops]]\nop = \"coupling\"\nlaw = \"affine\"\nform = \"mul_add\"\nparams = \"separate\"\n\
             scale = {{ map = \"exp\" }}\ncond = {cond}\ntrans = {trans}\nio = \"gathered\"\n\
             net = [{shift}]\nnet_scale = [{scale}]\n"
        )
    });
    "schema = \"nice-manifest/1\"\nname = \"own\"\ndim = 4\ndirection = \"x_to_z\"\n[source]\n\
     container = \"torch\"\n[prior]\nkind = \"normal\"\n"
        .to_owned()
        + &couplings.collect::<String>()
}

/// Reads a case by its manifest if it has one, else by its layout.
fn read(
    case: &Case,
    checkpoint: &Checkpoint,
    set: &[(String, String)],
) -> nice_flow_codegen::Result<Imported> {
    let Some((_, nets)) = MANIFESTS.iter().find(|(name, _)| *name == case.name) else {
        return import(checkpoint, None, set);
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, manifest(*nets)).unwrap();
    Manifest::open(&path)?.import(checkpoint)
}

/// The largest difference from the probe, by `1 + |ln p|`; or the message.
fn agreement(case: &Case) -> Result<f64, String> {
    let says = |error: nice_flow_codegen::Error| error.to_string();
    let (set, statistics) = arguments(&case.args);
    let checkpoint = Checkpoint::open(&Path::new(FOLDER).join(&case.file)).map_err(says)?;
    let mut imported = read(case, &checkpoint, &set).map_err(says)?;
    if let Some(file) = statistics {
        let member = &mut imported.model.members[0];
        member.preprocessing = Some(standardise::open(&file, member.flow.dim).map_err(says)?);
    }
    let Some(probe) = &case.probe else {
        return Err("no probe".into());
    };
    let probe = Probe::open(&Path::new(FOLDER).join(probe)).map_err(says)?;
    let model: &Model = &imported.model;
    match check(model, &probe) {
        Ok(agreement) => Ok(agreement.relative),
        Err(error) => {
            let described =
                nice_flow_import::import::describe(&checkpoint, None, &set).map_err(says)?;
            let manifest = &described.manifest;
            let mut readings = rereading::by_layout(&checkpoint, manifest, None, &set);
            let trained = rereading::in_training_mode(&checkpoint, manifest, &imported, &probe);
            readings.single.extend(trained);
            let found = nice_flow_import::probe::suggest(&imported, &probe, &readings);
            Err(format!("{error}\n{found}"))
        }
    }
}

/// The largest difference, by `1 + |ln p|`.
///
/// One probe is off by 7.2e-8 nats, the same in every row to 1e-15: a constant that its library rounds to `f32`.
fn limit(name: &str) -> f64 {
    match name {
        "npe_maf" => 2e-8,
        _ => 1e-9,
    }
}

#[test]
#[ignore = "needs the checkpoints of ../shared/cases"]
fn every_kind_agrees_with_its_library_or_says_why_not() {
    let list = std::fs::read_to_string(Path::new(FOLDER).join("cases.toml")).unwrap();
    let cases: Cases = toml::from_str(&list).unwrap();
    let mut wrong = vec![];
    for case in &cases.case {
        let found = agreement(case);
        let refused = REFUSED.iter().find(|(name, _)| *name == case.name);
        let right = match (&found, refused) {
            (Ok(relative), None) => *relative <= limit(&case.name),
            (Err(message), Some((_, word))) => message.contains(word),
            _ => false,
        };
        let shown = match &found {
            Ok(relative) => format!("{relative:.1e}"),
            Err(message) => message.chars().take(400).collect(),
        };
        println!("{right:5} {:36} {:24} {shown}", case.kind, case.name);
        if !right {
            wrong.push(&case.name);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:?}",
        wrong.len(),
        cases.case.len()
    );
}
