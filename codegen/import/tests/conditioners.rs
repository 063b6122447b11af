//! Conditioners of any names, in layouts of libraries and in a manifest, against their formula.

use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::fold;
use nice_flow_codegen::flow::ir::{Activation, Flow};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::{Manifest, describe, import};
use std::collections::BTreeMap;
use std::path::Path;

/// Tensors in the order of a file that is never written: an additive coupling of nflows, of 4 elements.
#[derive(Clone)]
struct File(Vec<(String, Tensor)>);

const AT: &str = "_transform._transforms.0";

impl File {
    fn new() -> Self {
        let file = Self(vec![]);
        let file = file.with("identity_features", &[2], &[0.0, 2.0]);
        file.with("transform_features", &[2], &[1.0, 3.0])
    }

    fn with(mut self, name: &str, shape: &[usize], data: &[f64]) -> Self {
        let (shape, data) = (shape.to_vec(), data.to_vec());
        let element = Element::F64;
        self.0.push((
            format!("{AT}.{name}"),
            Tensor {
                element,
                shape,
                data,
            },
        ));
        self
    }

    /// A tensor of the network, with numbers that differ from name to name.
    fn net(self, name: &str, shape: &[usize]) -> Self {
        let data = numbers(name, shape.iter().product());
        self.with(&format!("transform_net.{name}"), shape, &data)
    }

    fn linear(self, name: &str, inputs: usize, outputs: usize) -> Self {
        let file = self.net(&format!("{name}.weight"), &[outputs, inputs]);
        file.net(&format!("{name}.bias"), &[outputs])
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            path: "model.pt".into(),
            sha256: String::new(),
            container: Container::Torch,
            tensors: self.0.iter().cloned().collect(),
            config: BTreeMap::new(),
            order: self.0.iter().map(|(name, _)| name.clone()).collect(),
            notes: vec![],
            fitted: vec![],
        }
    }

    fn import(&self, activation: &str) -> Result<Flow, String> {
        let set = [("activation".to_owned(), activation.to_owned())];
        let imported = import(&self.checkpoint(), None, &set).map_err(|error| error.to_string())?;
        Ok(imported.model.members[0].flow.clone())
    }

    /// What the imported flow adds to elements 1 and 3 is `expected` of elements 0 and 2, folded or not.
    fn adds(&self, activation: &str, expected: impl Fn(DVector<f64>) -> DVector<f64>) {
        let flow = self.import(activation).unwrap();
        let folded = fold::fold(&flow).unwrap();
        for n in 0..20 {
            let x: Vec<f64> = (0..4)
                .map(|i| 2.0 * (f64::from(n) + 2.1 * f64::from(i)).sin())
                .collect();
            let added = expected(DVector::from_vec(vec![x[0], x[2]]));
            let mut z = x.clone();
            flow.forward(&mut z);
            for (i, expected) in [(1, x[1] + added[0]), (3, x[3] + added[1])] {
                assert!(
                    (z[i] - expected).abs() <= 1e-12 * (1.0 + expected.abs()),
                    "{} {expected}",
                    z[i]
                );
            }
            let apart = flow.log_density(&x) - folded.log_density(&x);
            assert!(apart.abs() <= 1e-9, "{apart}");
        }
    }
}

fn numbers(name: &str, count: usize) -> Vec<f64> {
    let seed: u32 = name.bytes().map(u32::from).sum();
    (0..)
        .take(count)
        .map(|i| (f64::from(seed) + 1.9 * f64::from(i)).sin())
        .collect()
}

fn vector(name: &str, length: usize) -> DVector<f64> {
    DVector::from_vec(numbers(name, length))
}

/// `W h + b` of the linear layer of this name.
fn linear(name: &str, outputs: usize, h: &DVector<f64>) -> DVector<f64> {
    let weight = numbers(&format!("{name}.weight"), outputs * h.len());
    DMatrix::from_row_slice(outputs, h.len(), &weight) * h
        + vector(&format!("{name}.bias"), outputs)
}

fn relu(h: DVector<f64>) -> DVector<f64> {
    h.map(|h| h.max(0.0))
}

fn normalised(h: &DVector<f64>) -> DVector<f64> {
    let centred = h.add_scalar(-h.mean());
    let variance = centred.norm_squared() / h.len() as f64;
    centred / (variance + 1e-5).sqrt()
}

#[test]
fn linear_layers_are_found_whatever_their_names() {
    for [first, second, last] in [
        ["fc1", "fc2", "fc10"],
        ["net.0", "net.2", "net.4"],
        ["layers.0", "layers.1", "layers.2"],
        ["blocks.0.0", "blocks.1.0", "out"],
        ["input", "hidden", "output"],
    ] {
        let file = File::new()
            .linear(first, 2, 6)
            .linear(second, 6, 5)
            .linear(last, 5, 2);
        let expected = |x: DVector<f64>| {
            let h = relu(linear(first, 6, &x));
            linear(last, 2, &relu(linear(second, 5, &h)))
        };
        file.adds("relu", expected);
        // A file without an order, such as safetensors, whose names do not sort: the shapes tell.
        let mut shuffled = file.clone();
        shuffled.0.reverse();
        shuffled.adds("relu", expected);
    }
}

#[test]
fn a_bare_linear_layer_and_layers_without_bias_are_networks() {
    let bare = File::new().net("weight", &[2, 2]).net("bias", &[2]);
    bare.adds("relu", |x| {
        DMatrix::from_row_slice(2, 2, &numbers("weight", 4)) * x + vector("bias", 2)
    });
    let unbiased = File::new()
        .net("a.weight", &[6, 2])
        .net("b.weight", &[2, 6]);
    unbiased.adds("tanh", |x| {
        let h = (DMatrix::from_row_slice(6, 2, &numbers("a.weight", 12)) * x).map(f64::tanh);
        DMatrix::from_row_slice(2, 6, &numbers("b.weight", 12)) * h
    });
}

#[test]
fn learned_slopes_are_the_activation() {
    let own = |slopes: usize| {
        let file = File::new().linear("0", 2, 6).net("1.weight", &[slopes]);
        file.linear("2", 6, 2)
    };
    for slopes in [1, 6] {
        let a = DVector::from_fn(6, |i, _| numbers("1.weight", slopes)[i % slopes]);
        let expected = |x| {
            let h = linear("0", 6, &x).zip_map(&a, |h, a| if h < 0.0 { a * h } else { h });
            linear("2", 2, &h)
        };
        match slopes {
            1 => own(1).adds("relu", expected),
            _ => {
                let flow = own(6).import("relu").unwrap();
                let mut z = vec![0.3, -1.0, -0.7, 0.4];
                flow.forward(&mut z);
                let added = expected(DVector::from_vec(vec![0.3, -0.7]));
                assert!(
                    (z[1] + 1.0 - added[0]).abs() <= 1e-12
                        && (z[3] - 0.4 - added[1]).abs() <= 1e-12
                );
            }
        }
    }
    // One PReLU behind the layers serves all of them.
    let shared = File::new()
        .linear("fc1", 2, 6)
        .linear("fc2", 6, 6)
        .linear("fc3", 6, 2);
    let shared = shared.net("act.weight", &[1]);
    shared.adds("relu", |x| {
        let slope = numbers("act.weight", 1)[0];
        let act = |h: DVector<f64>| h.map(|h| if h < 0.0 { slope * h } else { h });
        linear("fc3", 2, &act(linear("fc2", 6, &act(linear("fc1", 6, &x)))))
    });
}

#[test]
fn a_layer_norm_stands_where_the_list_shows_it() {
    let gained = |h: DVector<f64>, at: &str| {
        normalised(&h).component_mul(&vector(&format!("{at}.weight"), 6))
            + vector(&format!("{at}.bias"), 6)
    };
    let file = |norm: &str, last: &str| {
        let file = File::new().linear("0", 2, 6);
        let file = file
            .net(&format!("{norm}.weight"), &[6])
            .net(&format!("{norm}.bias"), &[6]);
        file.linear(last, 6, 2)
    };
    file("1", "3").adds("relu", |x| {
        linear("3", 2, &relu(gained(linear("0", 6, &x), "1")))
    });
    file("2", "3").adds("relu", |x| {
        linear("3", 2, &gained(relu(linear("0", 6, &x)), "2"))
    });
}

#[test]
fn every_activation_is_the_function_of_its_name() {
    let file = File::new().linear("0", 2, 6).linear("2", 6, 2);
    let softplus = |h: f64| h.exp().ln_1p();
    let tail = |h: f64| {
        // The distribution function of the normal, by Simpson's rule.
        let (steps, density) = (2000, |t: f64| {
            (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt()
        });
        let width = h / f64::from(steps);
        let weight = |i| {
            [1.0, 4.0, 2.0][if i == 0 || i == steps {
                0
            } else {
                1 + (i + 1) as usize % 2
            }]
        };
        let sum: f64 = (0..=steps)
            .map(|i| weight(i) * density(f64::from(i) * width))
            .sum();
        0.5 + sum * width / 3.0
    };
    let cube = |h: f64| (2.0 / std::f64::consts::PI).sqrt() * (h + 0.044715 * h.powi(3));
    let functions: [(&str, &dyn Fn(f64) -> f64); 10] = [
        ("gelu", &|h| h * tail(h)),
        ("gelu_tanh", &|h| 0.5 * h * (1.0 + cube(h).tanh())),
        ("mish", &|h| h * softplus(h).tanh()),
        ("selu", &|h| {
            1.0507009873554805
                * if h < 0.0 {
                    1.6732632423543772 * h.exp_m1()
                } else {
                    h
                }
        }),
        ("hardtanh", &|h| h.clamp(-1.0, 1.0)),
        ("relu6", &|h| h.clamp(0.0, 6.0)),
        ("hardswish", &|h| h * (h + 3.0).clamp(0.0, 6.0) / 6.0),
        ("softsign", &|h| h / (1.0 + h.abs())),
        ("atan", &|h| h.atan()),
        ("silu", &|h| h / (1.0 + (-h).exp())),
    ];
    for (name, function) in functions {
        file.adds(name, |x| linear("2", 2, &linear("0", 6, &x).map(function)));
    }
    assert_eq!(Activation::Gelu.eval(0.0), 0.0);
}

#[test]
fn what_is_not_understood_comes_with_a_manifest_of_the_rest() {
    let odd = File::new()
        .linear("a", 2, 6)
        .linear("b", 6, 2)
        .net("c.gain", &[6]);
    let error = odd.import("relu").unwrap_err();
    assert!(
        error.starts_with("model.pt: _transform._transforms.0.transform_net.c.gain: "),
        "{error}"
    );
    for part in [
        "cond = [0, 2]",
        "trans = [1, 3]",
        "transform_net.b.weight",
        "fn = \"?\"",
        "kind = \"normal\"",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let described = describe(&odd.checkpoint(), None, &[]).unwrap();
    assert!(described.doubt.is_some() && described.manifest.to_toml().is_ok());
}

#[test]
fn a_flow_is_turned_round_by_one_word() {
    let file = File::new().linear("0", 2, 6).linear("2", 6, 2);
    let set = [("direction".to_owned(), "z_to_x".to_owned())];
    let turned = import(&file.checkpoint(), None, &set).unwrap().model;
    let (flow, x) = (file.import("relu").unwrap(), vec![0.3, -1.0, -0.7, 0.4]);
    let mut there = x.clone();
    flow.forward(&mut there);
    turned.members[0].flow.forward(&mut there);
    assert!(there.iter().zip(&x).all(|(a, b)| (a - b).abs() <= 1e-12));

    // nflows' InverseTransform does the same.
    let mut inner = file.clone();
    for (name, _) in &mut inner.0 {
        *name = name.replacen("_transform.", "_transform._transform.", 1);
    }
    assert_eq!(inner.import("relu").unwrap(), turned.members[0].flow);
}

#[test]
fn a_trunk_with_two_heads_is_a_manifest_that_uses_it_twice() {
    let file = File::new()
        .linear("trunk", 2, 6)
        .linear("shift", 6, 2)
        .linear("scale", 6, 2);
    let at = format!("{AT}.transform_net");
    let net = |head: &str| {
        let linear = |name: &str| {
            format!("{{ op = \"linear\", w = \"{at}.{name}.weight\", b = \"{at}.{name}.bias\" }}")
        };
        format!(
            "[{}, {{ op = \"act\", fn = \"relu\" }}, {}]",
            linear("trunk"),
            linear(head)
        )
    };
    let manifest = format!(
        "schema = \"nice-manifest/1\"\nname = \"heads\"\ndim = 4\ndirection = \"x_to_z\"\n\
         source = {{ container = \"torch\", ignore = [\"{AT}.identity_features\", \"{AT}.transform_features\"] }}\n\
         prior = {{ kind = \"normal\" }}\n\
         [[ops]]\nop = \"coupling\"\nlaw = \"affine\"\nform = \"mul_add\"\nparams = \"separate\"\n\
         scale = {{ map = \"exp_tanh\", clamp = 1.0, inner = 1.0 }}\ncond = [0, 2]\ntrans = [1, 3]\nio = \"gathered\"\n\
         net = {}\nnet_scale = {}\n",
        net("shift"),
        net("scale")
    );
    let manifest = Manifest::from_toml(&manifest, Path::new("heads.toml")).unwrap();
    let flow = manifest.import(&file.checkpoint()).unwrap().model.members[0]
        .flow
        .clone();
    let x = [0.3, -1.0, -0.7, 0.4];
    let mut z = x.to_vec();
    flow.forward(&mut z);
    let h = relu(linear("trunk", 6, &DVector::from_vec(vec![x[0], x[2]])));
    let (shift, scale) = (
        linear("shift", 2, &h),
        linear("scale", 2, &h).map(|s| s.tanh().exp()),
    );
    for (n, i) in [(0, 1), (1, 3)] {
        assert!((z[i] - x[i] * scale[n] - shift[n]).abs() <= 1e-12, "{z:?}");
    }
}

#[test]
fn a_mixture_of_normals_is_a_prior_of_normflows() {
    let numbers = |shape: &[usize], data: &[f64]| Tensor {
        element: Element::F64,
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let mut checkpoint = File::new().checkpoint();
    checkpoint.order.clear();
    checkpoint.tensors = [
        ("q0.loc", numbers(&[1, 2, 1], &[-1.0, 2.0])),
        ("q0.log_scale", numbers(&[1, 2, 1], &[0.0, 0.5])),
        ("q0.weight_scores", numbers(&[1, 2], &[0.3, -0.2])),
        ("flows.0.s", numbers(&[1, 1], &[0.0])),
        ("flows.0.t", numbers(&[1, 1], &[0.0])),
    ]
    .map(|(name, tensor)| (name.to_owned(), tensor))
    .into();
    let flow = import(&checkpoint, None, &[]).unwrap().model.members[0]
        .flow
        .clone();
    let (weights, scale) = ([0.3_f64.exp(), (-0.2_f64).exp()], 0.5_f64.exp());
    let normal = |x: f64, mean: f64, s: f64| {
        (-0.5 * ((x - mean) / s).powi(2)).exp() / (s * std::f64::consts::TAU.sqrt())
    };
    for x in [-2.0, 0.1, 3.0] {
        let p = weights[0] * normal(x, -1.0, 1.0) + weights[1] * normal(x, 2.0, scale);
        let expected = (p / (weights[0] + weights[1])).ln();
        assert!((flow.log_density(&[x]) - expected).abs() <= 1e-12);
    }
}
