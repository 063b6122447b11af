//! Networks with skip connections that are no residual blocks, by manifest: densities against an independent evaluation, and modules of
//! every number type.

use nice_flow_codegen::{Model, Numeric, lowered};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::Manifest;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::cost;
use std::fmt::Write;
use std::path::Path;

const HALF: usize = 3;
const HIDDEN: usize = 6;
const COUPLINGS: usize = 4;

/// What the layer of a name gives.
type Layer<'a> = dyn Fn(&str, &[f64]) -> Vec<f64> + 'a;

type Act = fn(f64) -> f64;

/// A kind of network: its layers with their inputs and outputs, its steps in a manifest, and what it computes.
struct Kind {
    name: &'static str,
    layers: &'static [(&'static str, usize, usize)],
    steps: &'static str,
    eval: fn(&Layer, &[f64], Act) -> Vec<f64>,
}

fn all(f: Act, h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(f).collect()
}

fn plus(a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// `L NAME`, `A`, `(` and `)` stand for the steps; `)NAME` adds by a shortcut, `]` puts in front, `}` behind.
const KINDS: [Kind; 5] = [
    Kind {
        name: "a linear layer beside the network",
        layers: &[
            ("in", HALF, HIDDEN),
            ("out", HIDDEN, HALF),
            ("v", HALF, HALF),
        ],
        steps: "( L in A L out )v",
        eval: |layer, x, act| plus(layer("v", x), layer("out", &all(act, layer("in", x)))),
    },
    Kind {
        name: "the inputs again in each layer",
        layers: &[
            ("in", HALF, HIDDEN),
            ("middle", HALF + HIDDEN, HIDDEN),
            ("out", HALF + HIDDEN, HALF),
        ],
        steps: "( ( L in A ] L middle A ] L out",
        eval: |layer, x, act| {
            let h = all(act, layer("in", x));
            let h = all(act, layer("middle", &[x, &h].concat()));
            layer("out", &[x, &h].concat())
        },
    },
    Kind {
        name: "all before in each layer",
        layers: &[
            ("in", HALF, HIDDEN),
            ("middle", HALF + HIDDEN, 5),
            ("out", HALF + HIDDEN + 5, HALF),
        ],
        steps: "( L in A } ( L middle A } L out",
        eval: |layer, x, act| {
            let x = [&all(act, layer("in", x))[..], x].concat();
            let x = [&all(act, layer("middle", &x))[..], &x].concat();
            layer("out", &x)
        },
    },
    Kind {
        name: "blocks of other widths by a projection",
        layers: &[
            ("in", HALF, HIDDEN),
            ("a", HIDDEN, 7),
            ("b", 7, 4),
            ("p", HIDDEN, 4),
            ("c", 4, 4),
            ("d", 4, 4),
            ("out", 4, HALF),
        ],
        steps: "L in A ( L a A L b )p A ( L c A L d ) A L out",
        eval: |layer, x, act| {
            let h = all(act, layer("in", x));
            let b = layer("b", &all(act, layer("a", &h)));
            let h = all(act, plus(layer("p", &h), b));
            let d = layer("d", &all(act, layer("c", &h)));
            layer("out", &all(act, plus(h, d)))
        },
    },
    Kind {
        name: "blocks that begin with the activation, of other widths",
        layers: &[
            ("in", HALF, HIDDEN),
            ("a", HIDDEN, HIDDEN),
            ("b", HIDDEN, HIDDEN),
            ("c", HIDDEN, 5),
            ("d", 5, 4),
            ("p", HIDDEN, 4),
            ("out", 4, HALF),
        ],
        steps: "L in ( A L a A L b ) ( A L c A L d )p L out",
        eval: |layer, x, act| {
            let h = layer("in", x);
            let h = plus(h.clone(), layer("b", &all(act, layer("a", &all(act, h)))));
            let d = layer("d", &all(act, layer("c", &all(act, h.clone()))));
            layer("out", &plus(layer("p", &h), d))
        },
    },
];

/// Weights that are the same in every run.
fn weight(coupling: usize, layer: &str, row: usize, column: usize, inputs: usize) -> f64 {
    let seed = layer.bytes().map(f64::from).sum::<f64>() + 3.7 * coupling as f64;
    (seed + 1.7 * row as f64 + 2.9 * column as f64).sin() / (inputs as f64).sqrt()
}

fn apply(coupling: usize, kind: &Kind, name: &str, h: &[f64]) -> Vec<f64> {
    let (_, inputs, outputs) = kind.layers.iter().find(|layer| layer.0 == name).unwrap();
    assert_eq!(h.len(), *inputs);
    let row = |i: usize| {
        let bias = weight(coupling, name, i, *inputs, *inputs);
        let products = h.iter().enumerate();
        bias + products
            .map(|(j, h)| weight(coupling, name, i, j, *inputs) * h)
            .sum::<f64>()
    };
    (0..*outputs).map(row).collect()
}

/// The score of additive couplings and a standard normal prior, in nats.
fn expected(kind: &Kind, x: &[f64], act: Act) -> f64 {
    let mut x = x.to_vec();
    for coupling in 0..COUPLINGS {
        let (head, tail) = x.split_at_mut(HALF);
        let (kept, changed) = match coupling % 2 {
            0 => (head, tail),
            _ => (tail, head),
        };
        let layer = |name: &str, h: &[f64]| apply(coupling, kind, name, h);
        let shifts = (kind.eval)(&layer, kept, act);
        changed.iter_mut().zip(shifts).for_each(|(x, t)| *x += t);
    }
    x.iter()
        .map(|z| 0.5 * (z * z + (2.0 * std::f64::consts::PI).ln()))
        .sum()
}

fn linear(coupling: usize, name: &str) -> String {
    format!("{{ op = \"linear\", w = \"{coupling}.{name}.w\", b = \"{coupling}.{name}.b\" }}")
}

fn steps(kind: &Kind, coupling: usize, act: &str) -> String {
    let mut text = String::new();
    let mut words = kind.steps.split(' ');
    while let Some(word) = words.next() {
        let step = match word {
            "L" => linear(coupling, words.next().unwrap()),
            "A" => format!("{{ op = \"act\", {act} }}"),
            "(" => "{ op = \"push\" }".into(),
            ")" => "{ op = \"add\" }".into(),
            "]" => "{ op = \"concat\" }".into(),
            "}" => "{ op = \"concat\", last = true }".into(),
            word => {
                let shortcut = linear(coupling, word.strip_prefix(')').unwrap());
                format!("{{ op = \"add\", shortcut = [{shortcut}] }}")
            }
        };
        writeln!(text, "  {step},").unwrap();
    }
    text
}

fn manifest(kind: &Kind, act: &str) -> String {
    let mut text = format!(
        "schema = \"nice-manifest/1\"\nname = \"skips\"\ndim = {}\ndirection = \"x_to_z\"\nprior = {{ kind = \"normal\" }}\n\
         source = {{ container = \"safetensors\" }}\nprobe = \"none\"\n",
        2 * HALF
    );
    for coupling in 0..COUPLINGS {
        let [cond, trans] = match coupling % 2 {
            0 => [[0, 1, 2], [3, 4, 5]],
            _ => [[3, 4, 5], [0, 1, 2]],
        };
        let net = steps(kind, coupling, act);
        write!(
            text,
            "[[ops]]\nop = \"coupling\"\nlaw = \"additive\"\nsign = \"+\"\ncond = {cond:?}\ntrans = {trans:?}\nio = \"gathered\"\nnet = [\n{net}]\n"
        )
        .unwrap();
    }
    text
}

fn checkpoint(kind: &Kind) -> Checkpoint {
    let mut tensors = vec![];
    for coupling in 0..COUPLINGS {
        for (name, inputs, outputs) in kind.layers {
            let row = |i: usize| (0..*inputs).map(move |j| weight(coupling, name, i, j, *inputs));
            let tensor = |shape: Vec<usize>, data: Vec<f64>| Tensor {
                shape,
                data,
                element: Element::F64,
            };
            let weights = (0..*outputs).flat_map(row).collect();
            let biases = (0..*outputs).map(|i| weight(coupling, name, i, *inputs, *inputs));
            tensors.push((
                format!("{coupling}.{name}.w"),
                tensor(vec![*outputs, *inputs], weights),
            ));
            tensors.push((
                format!("{coupling}.{name}.b"),
                tensor(vec![*outputs], biases.collect()),
            ));
        }
    }
    Checkpoint {
        path: "own.safetensors".into(),
        sha256: String::new(),
        container: Container::Safetensors,
        order: tensors.iter().map(|(name, _)| name.clone()).collect(),
        tensors: tensors.into_iter().collect(),
        config: Default::default(),
        notes: vec![],
        fitted: vec![],
    }
}

fn imported(kind: &Kind, act: &str) -> Result<Model, String> {
    let manifest = Manifest::from_toml(&manifest(kind, act), Path::new("own.toml"));
    let imported = manifest.and_then(|manifest| manifest.import(&checkpoint(kind)));
    imported
        .map(|imported| imported.model)
        .map_err(|error| error.to_string())
}

fn silu(h: f64) -> f64 {
    h / (1.0 + (-h).exp())
}

/// Densities are the network's, and a board computes them in floats and in integers.
#[test]
fn networks_with_skips_of_every_kind_run_on_boards() {
    let acts: [(&str, Act); 3] = [
        ("fn = \"relu\"", |h| h.max(0.0)),
        ("fn = \"leaky_relu\", slope = 0.2", |h| {
            if h < 0.0 { 0.2 * h } else { h }
        }),
        ("fn = \"silu\"", silu),
    ];
    for kind in &KINDS {
        for (act, function) in acts {
            let mut model = imported(kind, act).unwrap();
            let rows = model.sample(300, 1);
            for row in rows.chunks_exact(2 * HALF).take(50) {
                let (found, expected) = (
                    -model.members[0].flow.log_density(row),
                    expected(kind, row, function),
                );
                assert!(
                    (found - expected).abs() <= 1e-12 * (1.0 + expected),
                    "{}",
                    kind.name
                );
            }
            for (numeric, outcome) in calibrate(&mut model, &rows, 0.01, &|_| ()).unwrap() {
                assert!(
                    outcome.is_ok(),
                    "{} {act} {numeric}: {outcome:?}",
                    kind.name
                );
            }
            let normal = model.sample(300, 2);
            for (numeric, least, most) in [
                (Numeric::F32, 0.9999, 1e-5),
                (Numeric::I16, 0.9999, 0.01),
                (Numeric::I8, 0.999, 0.1),
            ] {
                let module = lowered(&model, numeric).unwrap();
                let normal = cost(&model, &module, &normal, None).unwrap().normal;
                let rank = normal.rank_agreement.unwrap();
                println!(
                    "{}, {act}, {numeric}: median {:.5} nats, rank {rank:.6}",
                    kind.name, normal.median
                );
                assert!(
                    rank >= least && normal.median <= most,
                    "{} {act} {numeric}",
                    kind.name
                );
            }
        }
    }
}

#[test]
fn an_activation_that_hands_nothing_on_is_named() {
    let says = |kind: &Kind| imported(kind, "fn = \"tanh\"").unwrap_err();
    let error = says(&KINDS[0]);
    assert!(
        error.contains("net.4") && error.contains("found Tanh"),
        "{error}"
    );
    let kind = Kind {
        steps: "( L in A L out )v A",
        ..KINDS[0]
    };
    assert!(says(&kind).contains("relu, leaky_relu, silu"));
}

#[test]
fn a_shortcut_that_does_not_fit_is_named() {
    for (steps, expected) in [
        (
            "( L in A )v L out",
            "expected 6 numbers of the shortcut, found 3",
        ),
        (
            "L in A L out )v",
            "expected a push before an add or a concat, found none",
        ),
    ] {
        let kind = Kind { steps, ..KINDS[0] };
        let error = imported(&kind, "fn = \"relu\"").unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
