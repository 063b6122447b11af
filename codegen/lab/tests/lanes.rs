//! Integer modules in batches give the bits of one row a call: every kind of layer, network, prior and encoder, with every
//! set of vector instructions, for any number of rows, of ordinary measurements and of NaN, infinities and ends of ranges.
//!
//! Weights, biases and factors are arbitrary words, so that sums and states wrap.

use nice_flow::Half;
use nice_flow_codegen::flow::ir::Side;
use nice_flow_codegen::module::fixed::{
    Blocks, Branch, Conditioner, Counts, Coupling, Encoder, Entrance, Entry, FixedDense,
    FixedLayer, Hidden, Module, Narrow, Narrowing, Offset, Output, Rectifier,
};
use nice_flow_codegen::module::quantise::{
    self, Component, Curve, Function, Mixture, Prior, Standard, Triangle,
};
use nice_flow_codegen::module::tree::Tree;
use nice_flow_codegen::numeric::Weights;
use nice_flow_lab::host::fixed::{score, score_in, score_one_by_one};
use nice_flow_lab::host::vectors::Vectors;

/// Numbers that look random, of which some are extreme.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u32 {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match self.0 >> 59 {
            0 => 0x8000_8000,
            1 => 0x7fff_7fff,
            2 => 0x8080_8080,
            _ => (self.0 >> 24) as u32,
        }
    }

    fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    fn integers(&mut self, count: usize) -> Vec<i32> {
        (0..count).map(|_| self.next() as i32).collect()
    }

    fn halves(&mut self, count: usize) -> Vec<i16> {
        let one = |_| (self.next() as i16).max(-32_767);
        (0..count).map(one).collect()
    }

    fn dense(&mut self, weights: Weights, panels: usize, groups: usize) -> FixedDense {
        let count = panels * groups;
        let blocks = match weights {
            Weights::I8 => Blocks::I8((0..count).map(|_| [0; 4].map(|_| self.next())).collect()),
            Weights::I16 => Blocks::I16((0..count).map(|_| [0; 8].map(|_| self.next())).collect()),
        };
        let bias = (0..panels).map(|_| [0; 4].map(|_| self.next() as i32));
        let bias = bias.collect();
        FixedDense {
            groups,
            blocks,
            bias,
        }
    }

    fn hidden(&mut self, weights: Weights, panels: usize, groups: usize) -> Hidden {
        Hidden {
            dense: self.dense(weights, panels, groups),
            shift: 1 + self.below(31) as u8,
            slope: [0, 328, 32_767][self.below(3) as usize],
            constant: None,
        }
    }

    fn output(&mut self, weights: Weights, panels: usize, groups: usize) -> Output {
        Output {
            dense: self.dense(weights, panels, groups),
            shifts: (0..panels)
                .map(|_| [0; 4].map(|_| self.below(32) as u8))
                .collect(),
        }
    }

    fn narrowing(&mut self) -> Narrowing {
        Narrowing {
            shift: 1 + self.below(31) as u8,
            limit: [1, 8_191, 32_767][self.below(3) as usize],
            rectifier: [
                Rectifier::Linear,
                Rectifier::Leaky(0),
                Rectifier::Leaky(3_277),
            ][self.below(3) as usize],
        }
    }

    fn entry(&mut self, curve: impl Into<Option<Curve>>) -> Entry {
        Entry {
            narrowing: self.narrowing(),
            curve: curve.into(),
        }
    }

    /// A branch whose hidden numbers the input joins.
    fn joined(&mut self, weights: Weights, inputs: usize, curve: Option<Curve>) -> Branch {
        Branch {
            narrowing: self.narrowing(),
            first: Entrance::Joined {
                before: curve,
                layer: self.output(weights, 3, 3),
                lane: self.output(weights, 3, inputs),
                between: self.entry(curve),
            },
            output: self.output(weights, 3, 3),
            gate: None,
        }
    }

    /// Networks of all six kinds, with branches of all three, from `inputs` groups of four to `outputs`.
    fn conditioners(
        &mut self,
        weights: Weights,
        inputs: usize,
        outputs: usize,
    ) -> [Conditioner; 6] {
        let curve = Curve {
            function: Function::Silu,
            before: 11,
            after: 11,
            limit: 8_191,
        };
        let branch = |words: &mut Self, is_smooth: bool, is_gated: bool| {
            let narrowing = words.narrowing();
            let Hidden {
                dense,
                shift,
                slope,
                constant,
            } = words.hidden(weights, 2, 3);
            let first = match is_smooth {
                false => Entrance::Rectified(Hidden {
                    dense,
                    shift,
                    slope,
                    constant,
                }),
                true => Entrance::Smooth {
                    before: curve,
                    layer: Output {
                        dense,
                        shifts: vec![[shift; 4]; 2],
                    },
                    curve,
                },
            };
            Branch {
                narrowing,
                first,
                output: words.output(weights, 3, 2),
                gate: is_gated.then(|| words.output(weights, 3, inputs)),
            }
        };
        [
            Conditioner::Linear(self.output(weights, outputs, inputs)),
            Conditioner::Mlp {
                input: self.hidden(weights, 3, inputs),
                inner: vec![self.hidden(weights, 3, 3)],
                output: self.output(weights, outputs, 3),
            },
            Conditioner::Nested {
                hidden: self.hidden(weights, 2, inputs),
                rest: Box::new(Conditioner::Linear(self.output(weights, outputs, 2))),
            },
            Conditioner::Smooth {
                layer: self.output(weights, 2, inputs),
                curve,
                rest: Box::new(Conditioner::Linear(self.output(weights, outputs, 2))),
            },
            Conditioner::Residual {
                input: self.output(weights, 3, inputs),
                branches: vec![branch(self, false, true), branch(self, true, true)],
                narrowing: self.narrowing(),
                output: self.output(weights, outputs, 3),
            },
            Conditioner::Steered {
                input: self.output(weights, 3, inputs),
                offset: Offset {
                    layer: self.output(weights, 3, inputs),
                    activation: self.entry(curve),
                    rise: self.below(16) as u8,
                },
                branches: vec![
                    self.joined(weights, inputs, Some(curve)),
                    branch(self, true, true),
                    self.joined(weights, inputs, None),
                ],
                entry: self.entry(None),
                rest: Box::new(Conditioner::Linear(self.output(weights, outputs, 3))),
            },
        ]
    }

    /// Every kind of layer, each kind of network once.
    fn layers(&mut self, weights: Weights, dim: usize) -> Tree<FixedLayer> {
        let mut layers = vec![];
        for n in 0..6 {
            let (shifts, inputs) = match n % 2 {
                0 => (Half::Tail, dim.div_ceil(2)),
                _ => (Half::Head, dim / 2),
            };
            let outputs = dim - inputs;
            let groups = [inputs, outputs].map(|size| size.div_ceil(4));
            let conditioners = self.conditioners(weights, groups[0], groups[1]);
            let coupling = Coupling {
                shifts,
                network: Narrow {
                    inputs,
                    outputs,
                    fraction: 16,
                    narrowing: self.narrowing(),
                    conditioner: conditioners.into_iter().nth(n).expect("one of six"),
                },
                rectified: n == 1,
            };
            layers.push(Tree::Leaf(FixedLayer::Coupling(coupling)));
        }
        let triangles = [Side::Lower, Side::Upper].map(|side| {
            Tree::Leaf(FixedLayer::Triangular(Triangle {
                side,
                dim,
                strict: self.integers(dim * (dim - 1) / 2),
                shift: 1 + self.below(40) as u8,
            }))
        });
        let order = (0..dim).map(|i| ((i + 2) % dim) as u16).collect();
        layers.push(Tree::Permute(order));
        layers.extend(triangles);
        let chain = Tree::Chain(layers);
        let back = Tree::Inverse(Box::new(chain.clone()));
        // Forwards, backwards by other layers, and forwards.
        let mut other = chain.clone();
        if let Tree::Chain(layers) = &mut other {
            layers.rotate_left(3);
        }
        Tree::Then(
            Box::new(Tree::Then(Box::new(other), Box::new(back))),
            Box::new(Tree::Repeat(vec![chain])),
        )
    }

    fn priors(&mut self, dim: usize) -> [Prior; 3] {
        let one = |words: &mut Self| Standard {
            factor: words.integers(dim),
            offset: words.integers(dim).iter().map(|x| x >> 12).collect(),
            // States are of any size; deviations are below 16 or so.
            shift: 42 + words.below(4) as u8,
            constant: words.next() as i32 / 4,
        };
        let components = (0..5).map(|_| Component {
            mean: self.halves(dim),
            factor: self.halves(dim).iter().map(|x| x.abs()).collect(),
            constant: self.next() as i32 / 4,
        });
        let components = components.collect();
        let mixture = Mixture {
            coarse: (0..dim).map(|_| self.below(20) as u8).collect(),
            shift: 17,
            components,
        };
        [
            Prior::Normal(one(self)),
            Prior::Logistic(one(self)),
            Prior::Mixture(mixture),
        ]
    }

    fn encoders(&mut self, dim: usize) -> [Encoder; 2] {
        let limit = 1 << 23;
        [
            Encoder::Standardise(quantise::Encoder {
                mean: (0..dim).map(|_| self.below(100) as f32 - 50.0).collect(),
                factor: (0..dim).map(|_| 1.0 + self.below(90_000) as f32).collect(),
                limit,
            }),
            Encoder::Counts(Counts {
                factor: self.integers(dim).iter().map(|x| x >> 8).collect(),
                offset: (0..dim)
                    .map(|_| i64::from(self.next() as i32 >> 4))
                    .collect(),
                shift: (0..dim).map(|_| 8 + self.below(9) as u8).collect(),
                limit,
            }),
        ]
    }

    fn rows(&mut self, count: usize) -> Vec<f64> {
        let ends = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::from(f32::MAX),
            1e-40,
            -0.0,
            f64::from(i32::MIN),
            f64::from(i32::MAX),
        ];
        let one = |_| match self.below(150) {
            n @ 0..8 => ends[n as usize],
            n => f64::from(n) - 75.0 + f64::from(self.below(1000)) / 1000.0,
        };
        (0..count).map(one).collect()
    }
}

#[test]
fn batches_have_the_bits_of_one_row_a_call() {
    let words = &mut Words(1);
    for dim in [2, 3, 7, 12, 17] {
        for (weights, fraction) in [(Weights::I8, 16), (Weights::I16, 16), (Weights::I8, 14)] {
            for encoder in words.encoders(dim) {
                for prior in words.priors(dim) {
                    let module = Module {
                        dim,
                        weights,
                        fraction,
                        encoder: encoder.clone(),
                        layers: words.layers(weights, dim),
                        knots: None,
                        prior,
                    };
                    batches_agree(&module, &words.rows(83 * dim));
                }
            }
        }
    }
}

fn batches_agree(module: &Module, rows: &[f64]) {
    let mut expected = vec![0; rows.len() / module.dim];
    score_one_by_one(module, rows, &mut expected);
    let different = |scores: &[i32]| {
        let mut scores = scores.to_vec();
        scores.sort_unstable();
        scores.dedup();
        scores.len()
    };
    assert!(different(&expected) > 2, "{expected:?}");
    for vectors in Vectors::all() {
        for count in [0, 1, 15, 16, 17, 31, 32, 33, expected.len()] {
            let mut scores = vec![0; count];
            score_in(vectors, module, &rows[..count * module.dim], &mut scores);
            assert_eq!(
                scores,
                expected[..count],
                "{}, {count} rows",
                vectors.name()
            );
        }
    }
    assert_eq!(score(module, rows, &|_| ()), expected);
}
