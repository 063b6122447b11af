//! Affine couplings of ReLU networks whose raw scale is `rescale · tanh`, with a learned factor for each output: in integers the
//! hyperbolic tangent is one more hidden layer, and the factors are the weights behind it.
//!
//! `BLESS=1 cargo test --package nice-flow-lab --test rescaled` writes the committed modules anew; review the difference.

use nice_flow::Density;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::{Model, Numeric, generate, lowered};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::{Manifest, import};
use nice_flow_lab::host;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::cost;
use std::fmt::Write;
use std::path::Path;

#[path = "../../tests/fixtures/rescaled/rescaled_i16.rs"]
mod rescaled_i16;
#[path = "../../tests/fixtures/rescaled/rescaled_i8.rs"]
mod rescaled_i8;

const HALF: usize = 3;
const DIM: usize = 2 * HALF;
const HIDDEN: usize = 8;
const COUPLINGS: usize = 4;

/// Names, outputs and inputs of the layers of a coupling: a trunk that both heads share.
const LAYERS: [(&str, usize, usize); 3] = [
    ("trunk", HIDDEN, HALF),
    ("shift", HALF, HIDDEN),
    ("scale", HALF, HIDDEN),
];

/// Numbers that are the same in every run.
fn wave(coupling: usize, layer: &str, row: usize, column: usize) -> f64 {
    let seed = layer.bytes().map(f64::from).sum::<f64>() + 3.7 * coupling as f64;
    (seed + 1.7 * row as f64 + 2.9 * column as f64).sin()
}

fn factor(coupling: usize, row: usize) -> f64 {
    0.7 + 0.6 * wave(coupling, "rescale", row, 0)
}

fn manifest() -> String {
    let mut text = format!(
        "schema = \"nice-manifest/1\"\nname = \"rescaled\"\ndim = {DIM}\ndirection = \"x_to_z\"\nprior = {{ kind = \"normal\" }}\n\
         source = {{ container = \"safetensors\" }}\nprobe = \"none\"\n"
    );
    for coupling in 0..COUPLINGS {
        let [cond, trans] = match coupling % 2 {
            0 => ["[0, 1, 2]", "[3, 4, 5]"],
            _ => ["[3, 4, 5]", "[0, 1, 2]"],
        };
        let form = ["mul_add", "sub_mul"][coupling / 2];
        let linear = |name: &str| {
            format!(
                "  {{ op = \"linear\", w = \"{coupling}.{name}.weight\", b = \"{coupling}.{name}.bias\" }},\n"
            )
        };
        let trunk = linear("trunk") + "  { op = \"act\", fn = \"relu\" },\n";
        let (shift, scale) = (linear("shift"), linear("scale"));
        write!(
            text,
            "[[ops]]\nop = \"coupling\"\nlaw = \"affine\"\nform = \"{form}\"\nparams = \"separate\"\ncond = {cond}\ntrans = {trans}\n\
             io = \"gathered\"\nscale = {{ map = \"exp\" }}\nnet = [\n{trunk}{shift}]\nnet_scale = [\n{trunk}{scale}\
             {{ op = \"act\", fn = \"tanh\" }},\n{{ op = \"scale\", scale = {{ map = \"raw\", tensor = \"{coupling}.rescale\" }} }},\n]\n"
        )
        .unwrap();
    }
    text
}

fn checkpoint() -> Checkpoint {
    let mut tensors = vec![];
    let mut put = |name: String, shape: &[usize], data: Vec<f64>| {
        let (shape, element) = (shape.to_vec(), Element::F64);
        tensors.push((
            name,
            Tensor {
                element,
                shape,
                data,
            },
        ));
    };
    for coupling in 0..COUPLINGS {
        for (name, outputs, inputs) in LAYERS {
            let row = |i: usize| {
                (0..inputs).map(move |j| wave(coupling, name, i, j) / (inputs as f64).sqrt())
            };
            let weights = (0..outputs).flat_map(row).collect();
            let biases = (0..outputs).map(|i| 0.3 * wave(coupling, name, i, 9));
            put(
                format!("{coupling}.{name}.weight"),
                &[outputs, inputs],
                weights,
            );
            put(
                format!("{coupling}.{name}.bias"),
                &[outputs],
                biases.collect(),
            );
        }
        let factors = (0..HALF).map(|i| factor(coupling, i)).collect();
        put(format!("{coupling}.rescale"), &[HALF], factors);
    }
    Checkpoint::of_tensors(
        "own.safetensors".into(),
        String::new(),
        Container::Safetensors,
        tensors,
        Default::default(),
    )
}

/// Calibrated on draws of its own.
fn model() -> Model {
    let manifest = Manifest::from_toml(&manifest(), Path::new("own.toml")).unwrap();
    calibrated(manifest.import(&checkpoint()).unwrap().model)
}

fn calibrated(mut model: Model) -> Model {
    let rows = model.sample(400, 1);
    for (numeric, outcome) in calibrate(&mut model, &rows, 0.01, &|_| ()).unwrap() {
        assert!(outcome.is_ok(), "{numeric}: {outcome:?}");
    }
    model
}

fn layer(coupling: usize, name: &str, h: &[f64]) -> Vec<f64> {
    let (_, outputs, inputs) = LAYERS.into_iter().find(|layer| layer.0 == name).unwrap();
    let weight = |i, j| wave(coupling, name, i, j) / (inputs as f64).sqrt();
    let sum = |i: usize| {
        let products = h.iter().enumerate().map(|(j, h)| weight(i, j) * h);
        0.3 * wave(coupling, name, i, 9) + products.sum::<f64>()
    };
    (0..outputs).map(sum).collect()
}

/// The score of a row, in nats, as its network would reckon it.
fn expected(row: &[f64]) -> f64 {
    let (mut x, mut log_det) = (row.to_vec(), 0.0);
    for coupling in 0..COUPLINGS {
        let (head, tail) = x.split_at_mut(HALF);
        let (kept, changed) = match coupling % 2 {
            0 => (head, tail),
            _ => (tail, head),
        };
        let trunk: Vec<f64> = layer(coupling, "trunk", kept);
        let trunk: Vec<f64> = trunk.iter().map(|h| h.max(0.0)).collect();
        let shifts = layer(coupling, "shift", &trunk);
        let raws = layer(coupling, "scale", &trunk);
        for (i, x) in changed.iter_mut().enumerate() {
            let log = factor(coupling, i) * raws[i].tanh();
            *x = match coupling / 2 {
                0 => *x * log.exp() + shifts[i],
                _ => (*x - shifts[i]) * log.exp(),
            };
            log_det += log;
        }
    }
    let latent = |z: &f64| 0.5 * (z * z + (2.0 * std::f64::consts::PI).ln());
    x.iter().map(latent).sum::<f64>() - log_det
}

#[test]
fn densities_are_those_of_the_network() {
    let model = model();
    for row in model.sample(100, 5).chunks(DIM) {
        let (found, expected) = (-model.members[0].flow.log_density(row), expected(row));
        assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()));
    }
}

/// Rows that reach every corner: ordinary, far, and no numbers at all.
fn rows(model: &Model) -> Vec<f32> {
    let mut rows: Vec<f32> = model.sample(500, 6).iter().map(|x| *x as f32).collect();
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e4, -0.0, -30.0] {
        for place in 0..DIM {
            rows.extend((0..DIM).map(|i| if i == place { odd } else { 0.5 }));
        }
    }
    rows
}

fn check(numeric: Numeric, compiled: impl Fn(&[f32; DIM]) -> i32) {
    let model = model();
    let text = generate(&model, numeric).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../tests/fixtures/rescaled/rescaled_{numeric}.rs"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == text, "{} is stale", path.display());
    let module = lowered(&model, numeric).unwrap();
    let LoweredFlow::Fixed(module) = module.first() else {
        panic!("a module of integers")
    };
    let rows = rows(&model);
    let compiled: Vec<i32> = rows.as_chunks().0.iter().map(compiled).collect();
    assert_eq!(host::fixed::score(module, &rows, &|_| ()), compiled);
}

#[test]
fn compiled_modules_are_as_committed_and_give_the_hosts_bits() {
    check(Numeric::I8, |row| rescaled_i8::MODEL.score(row).to_bits());
    check(Numeric::I16, |row| rescaled_i16::MODEL.score(row).to_bits());
}

#[test]
fn integers_pass_the_gates() {
    pass(&model(), 0.999);
}

/// FrEIA's GIN couplings of the fixtures, which clamp by a function of this name.
fn gin(name: &str, clamp: &str) -> Model {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/mistaken");
    let checkpoint = Checkpoint::open(&fixtures.join(format!("{name}.pt"))).unwrap();
    let set = [
        ("prior", "normal"),
        ("activation", "relu"),
        ("clamp", "2"),
        ("clamp_activation", clamp),
        ("gin", "true"),
    ];
    let set: Vec<_> = set
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    import(&checkpoint, None, &set).unwrap().model
}

/// Behind the clamp the mean is taken off, by one more linear layer.
#[test]
fn couplings_of_gin_that_clamp_by_tangents_run_in_integers() {
    // Weights that were drawn, not trained, scale by up to e² four times: the same read as GLOW's have 0.989 in i16.
    pass(&calibrated(gin("gin_tanh", "tanh")), 0.99);
    let mut model = gin("gin", "atan");
    let rows = model.sample(400, 1);
    let outcomes = calibrate(&mut model, &rows, 0.01, &|_| ()).unwrap();
    for (_, outcome) in outcomes {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("found Atan"), "{error}");
    }
}

/// Bytes rank normal rows as `f64` does, by at least so much.
fn pass(model: &Model, least: f64) {
    let (dim, count) = (model.dim(), 1000);
    let (normal, others) = (model.sample(count, 3), model.sample(count, 4));
    // Rows that have every other element from another draw.
    let pairs = normal.iter().zip(&others).enumerate();
    let mixed = pairs.map(|(at, (a, b))| if (at % dim).is_multiple_of(2) { *a } else { *b });
    let rows: Vec<f64> = normal.iter().copied().chain(mixed).collect();
    let labels: Vec<bool> = (0..2 * count).map(|row| row >= count).collect();
    for (numeric, least, most) in [(Numeric::I16, 0.9999, 0.0005), (Numeric::I8, least, 0.003)] {
        let module = lowered(model, numeric).unwrap();
        let cost = cost(model, &module, &rows, Some(&labels)).unwrap();
        let (rank, auroc) = (
            cost.normal.rank_agreement.unwrap(),
            cost.auroc_change.unwrap(),
        );
        println!(
            "{numeric}: median {:.4} p99 {:.4} nats, rank {rank:.6} of normal rows, AUROC {auroc:+.5}",
            cost.normal.median, cost.normal.p99
        );
        assert!(rank >= least && auroc.abs() <= most, "{numeric}");
    }
}
