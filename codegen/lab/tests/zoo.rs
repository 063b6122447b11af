//! Flows with every layer, network, activation, scale map and prior: the text that is emitted, and its bits.
//!
//! `BLESS=1 cargo test --package nice-flow-lab --test zoo` writes the snapshots anew; review the difference.

use nalgebra::{DMatrix, DVector};
use nice_flow::Density;
use nice_flow_codegen::flow::ir::*;
use nice_flow_codegen::model::{Model, Origin};
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::{Numeric, generate, lowered};
use nice_flow_lab::host;
use nice_flow_lab::host::scores::canonical_bits;
use nice_flow_lab::judge::verify::verify;
use std::path::Path;

#[path = "../../tests/fixtures/zoo/additive.rs"]
mod additive;
#[path = "../../tests/fixtures/zoo/affine.rs"]
mod affine;

/// Numbers in ±1 that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0)
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Stage {
        let weight = DMatrix::from_fn(outputs, inputs, |_, _| self.next() / (inputs as f64).sqrt());
        Stage::Linear(Linear {
            weight,
            bias: DVector::from_fn(outputs, |_, _| self.next()),
        })
    }

    /// Layers of the given widths with an activation between each two.
    fn perceptron(&mut self, widths: &[usize], activations: &[Activation]) -> Network {
        let mut stages = vec![];
        for (n, pair) in widths.windows(2).enumerate() {
            stages.push(self.linear(pair[0], pair[1]));
            stages.extend(
                activations
                    .get(n)
                    .map(|activation| Stage::Activation(*activation)),
            );
        }
        Network(stages)
    }

    fn residual(
        &mut self,
        inputs: usize,
        width: usize,
        outputs: usize,
        activation: Activation,
    ) -> Network {
        let act = Stage::Activation(activation);
        let mut block = || {
            Stage::Skip(Network(vec![
                act.clone(),
                self.linear(width, width),
                act.clone(),
                self.linear(width, width),
            ]))
        };
        let blocks = [block(), block()];
        let mut stages = vec![self.linear(inputs, width)];
        stages.extend(blocks);
        stages.push(self.linear(width, outputs));
        Network(stages)
    }

    fn normal(&mut self, dim: usize) -> DiagonalNormal {
        let mean = (0..dim).map(|_| self.next()).collect();
        DiagonalNormal {
            mean,
            precision: (0..dim).map(|_| 1.0 + 0.5 * self.next()).collect(),
        }
    }

    /// A layer whose element `order[k]` depends on the elements `order[..k]`, by hidden units of every degree.
    fn autoregressive(&mut self, order: &[usize], form: Form, backwards: bool) -> Layer {
        let dim = order.len();
        let rank = |i: usize| order.iter().position(|e| *e == i).expect("an element");
        let mut network = self.perceptron(&[dim, 2 * dim, 2 * dim], &[Activation::Tanh]);
        let mut linears = network.0.iter_mut().filter_map(|stage| match stage {
            Stage::Linear(linear) => Some(linear),
            _ => None,
        });
        let (first, last) = (linears.next().expect("two"), linears.next().expect("two"));
        for (hidden, input) in (0..2 * dim).flat_map(|h| (0..dim).map(move |i| (h, i))) {
            if rank(input) > hidden % dim {
                first.weight[(hidden, input)] = 0.0;
            }
            for output in [input, input + dim] {
                if hidden % dim >= rank(input) {
                    last.weight[(output, hidden)] = 0.0;
                }
            }
        }
        Layer::Autoregressive(Autoregressive {
            order: order.to_vec(),
            conditioner: Parameters::Joint(network),
            scale: ScaleMap::ExpTanh {
                clamp: 1.0,
                inner: 0.5,
            },
            form,
            backwards,
        })
    }

    fn dense(&mut self, dim: usize) -> Layer {
        let matrix = DMatrix::from_fn(dim, dim, |i, j| {
            self.next() + if i == j { 2.0 } else { 0.0 }
        });
        let log_det = f64::ln(f64::abs(matrix.determinant()));
        Layer::Dense(Dense {
            matrix,
            shift: DVector::from_fn(dim, |_, _| self.next()),
            log_det,
        })
    }

    fn diagonal(&mut self, dim: usize) -> Layer {
        let center = (0..dim).map(|_| self.next()).collect();
        Layer::Diagonal(Diagonal {
            center,
            factor: (0..dim).map(|_| 1.5 + self.next()).collect(),
        })
    }
}

fn coupling(
    kept: &[usize],
    changed: &[usize],
    conditioner: Parameters,
    scale: Option<ScaleMap>,
    backwards: bool,
) -> Layer {
    Layer::Coupling(Coupling {
        kept: kept.to_vec(),
        changed: changed.to_vec(),
        conditioner,
        scale,
        backwards,
    })
}

fn model(name: &str, flow: Flow) -> Model {
    let features = (0..flow.dim).map(|i| format!("x{i}")).collect();
    let origin = Origin {
        file: format!("{name}.pt"),
        sha256: "0".repeat(64),
        layout: "none".into(),
    };
    let mut model = Model::new(name, features, flow);
    model.origin = origin;
    model
}

const SMOOTH: [Activation; 14] = [
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.2 },
    Activation::Elu { alpha: 1.5 },
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Silu,
    Activation::Softplus,
    Activation::Gelu,
    Activation::GeluTanh,
    Activation::Mish,
    Activation::Selu,
    Activation::Hardtanh {
        min: -1.0,
        max: 6.0,
    },
    Activation::Hardswish,
    Activation::Softsign,
];

fn additive_model() -> Model {
    let random = &mut Random(1);
    let (even, odd): (&[usize], &[usize]) = (&[0, 2, 4], &[1, 3]);
    let mut layers = vec![random.diagonal(5)];
    for activation in SMOOTH {
        let network = random.perceptron(&[3, 6, 6, 2], &[activation; 2]);
        layers.push(coupling(even, odd, Parameters::Joint(network), None, false));
    }
    let network = random.residual(2, 6, 3, Activation::Elu { alpha: 1.0 });
    layers.push(coupling(odd, even, Parameters::Joint(network), None, true));
    layers.push(random.dense(5));
    layers.push(Layer::Permute(vec![4, 2, 0, 1, 3]));
    let network = random.perceptron(&[2, 7, 4, 3], &[Activation::Tanh, Activation::Relu]);
    layers.push(coupling(
        &[4, 0],
        &[3, 1, 2],
        Parameters::Joint(network),
        None,
        false,
    ));
    let network = random.perceptron(&[3, 2], &[]);
    layers.push(coupling(
        &[3, 1, 2],
        &[0, 4],
        Parameters::Joint(network),
        None,
        false,
    ));
    let components = vec![random.normal(5), random.normal(5), random.normal(5)];
    let log_weights = [0.5_f64, 0.3, 0.2].map(f64::ln).to_vec();
    model(
        "additive",
        Flow {
            dim: 5,
            layers,
            prior: Prior::Mixture {
                log_weights,
                components,
            },
        },
    )
}

fn affine_model() -> Model {
    let random = &mut Random(2);
    let maps = [
        ScaleMap::Exp,
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 1e-3,
        },
        ScaleMap::Softplus {
            bias: 0.525_458_8,
            eps: 0.01,
            max: 3.0,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 0.1,
        },
        ScaleMap::ExpSoftclip { bound: 6.907_755 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        },
        ScaleMap::ExpTanh {
            clamp: 2.0,
            inner: 0.5,
        },
        ScaleMap::ExpClip {
            min: -5.0,
            max: 3.0,
        },
        ScaleMap::Reciprocal {
            of: Box::new(ScaleMap::Sigmoid {
                bias: 2.0,
                eps: 0.0,
            }),
        },
    ];
    let mut layers = vec![];
    for (n, map) in maps.into_iter().enumerate() {
        let (kept, changed): (&[usize], &[usize]) = if n % 2 == 0 {
            (&[0, 1], &[2, 3])
        } else {
            (&[2, 3], &[0, 1])
        };
        let joint = Parameters::Joint(random.perceptron(&[2, 5, 4], &[Activation::Relu]));
        layers.push(coupling(kept, changed, joint, Some(map), n % 3 == 0));
    }
    let shift = random.perceptron(&[2, 4, 2], &[Activation::LeakyRelu { slope: 0.01 }]);
    let scale = random.perceptron(&[2, 4, 2], &[Activation::Tanh]);
    layers.push(coupling(
        &[0, 1],
        &[2, 3],
        Parameters::Separate { shift, scale },
        Some(ScaleMap::Exp),
        false,
    ));
    for backwards in [false, true] {
        let form = if backwards {
            Form::MulAdd
        } else {
            Form::SubDiv
        };
        layers.push(random.autoregressive(&[2, 0, 3, 1], form, backwards));
        layers.push(Layer::Permute(vec![1, 3, 0, 2]));
    }
    let prior = Prior::DiagonalNormal(random.normal(4));
    model(
        "affine",
        Flow {
            dim: 4,
            layers,
            prior,
        },
    )
}

/// Rows that reach every corner: ordinary, far, and no numbers at all.
fn rows(dim: usize) -> Vec<f32> {
    let random = &mut Random(3);
    let mut rows: Vec<f32> = (0..dim * 100)
        .map(|_| (3.0 * random.next()) as f32)
        .collect();
    for odd in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        -0.0,
        f32::MAX,
        1e4,
    ] {
        for place in 0..dim {
            rows.extend((0..dim).map(|i| if i == place { odd } else { 0.5 }));
        }
    }
    rows
}

fn check(model: &Model, compiled: impl Fn(&[f32]) -> f32) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/zoo")
        .join(&model.name)
        .with_extension("rs");
    let text = generate(model, Numeric::F32).expect("a module");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    assert!(
        std::fs::read_to_string(&path).expect("a snapshot") == text,
        "{} is stale",
        path.display()
    );

    let dim = model.members[0].flow.dim;
    let rows = rows(dim);
    let lowered = lowered(model, Numeric::F32).expect("a module");
    let LoweredFlow::Float(module) = lowered.first() else {
        panic!("a module of f32")
    };
    let on_host = host::float::score(module, &rows, &|_| ());
    for (row, on_host) in rows.chunks(dim).zip(on_host) {
        assert_eq!(
            canonical_bits(compiled(row)),
            canonical_bits(on_host),
            "{row:?}"
        );
    }

    let ordinary: Vec<f64> = rows[..100 * dim]
        .iter()
        .map(|value| f64::from(*value))
        .collect();
    let cost = verify(model, Numeric::F32, &ordinary, None).expect("a verification");
    assert!(cost.folded.largest < 1e-9, "{cost:?}");
    for row in ordinary.chunks(dim) {
        let reference = -model.members[0].flow.log_density(row);
        let single: Vec<f32> = row.iter().map(|value| *value as f32).collect();
        let difference = (f64::from(compiled(&single)) - reference).abs();
        // Sixteen times what the real checkpoints need: these weights are drawn, not trained.
        assert!(
            difference <= 1e-4 * (1.0 + reference.abs()),
            "{difference} of {reference}"
        );
    }
}

#[test]
fn additive_flows_are_emitted_as_committed_with_equal_bits() {
    check(&additive_model(), |row| {
        additive::MODEL.score(&nalgebra::SVector::<f32, { additive::D }>::from_column_slice(row))
    });
}

#[test]
fn affine_flows_are_emitted_as_committed_with_equal_bits() {
    check(&affine_model(), |row| {
        affine::MODEL.score(&nalgebra::SVector::<f32, { affine::D }>::from_column_slice(
            row,
        ))
    });
}
