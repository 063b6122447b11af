//! Networks of integers for sixteen rows at a time.

use super::Lane;
use super::pairs::{Quads, affine, rectified};
use crate::host::fixed::network::{of_runtime, value};
use crate::host::lane::{LANES, map};
use crate::host::vectors::Vectors;
use nice_flow::host::fixed::{self as host, Block16};
use nice_flow_codegen::module::fixed::{
    Blocks, Branch, Conditioner, Entrance, FixedDense, Hidden, Narrowing, Output,
};
use nice_flow_codegen::module::quantise::Curve;

/// Evaluates networks that [`widen`] has prepared.
#[derive(Clone, Copy)]
pub(super) struct Network {
    pub vectors: Vectors,
    /// Where activations are clamped.
    pub limit: i32,
}

impl Network {
    /// The outputs, four after four.
    pub(super) fn eval(self, conditioner: &Conditioner, x: Vec<Quads>) -> Vec<[Lane; 4]> {
        match conditioner {
            Conditioner::Linear(output) => self.output(output, &x),
            Conditioner::Mlp {
                input,
                inner,
                output,
            } => {
                let layers = std::iter::once(input).chain(inner);
                let h = layers.fold(x, |h, layer| self.hidden(layer, &h));
                self.output(output, &h)
            }
            Conditioner::Nested { hidden, rest } => self.eval(rest, self.hidden(hidden, &x)),
            Conditioner::Smooth { layer, curve, rest } => {
                self.eval(rest, bent(*curve, &self.output(layer, &x)))
            }
            Conditioner::Residual {
                input,
                branches,
                narrowing,
                output,
            } => {
                let mut stream = self.output(input, &x);
                for branch in branches {
                    let h = self.first(branch, stream.as_flattened());
                    let change = self.output(&branch.output, &h);
                    let sums = stream.as_flattened_mut().as_flattened_mut().iter_mut();
                    let changes = change.as_flattened().as_flattened();
                    sums.zip(changes)
                        .for_each(|(sum, change)| *sum = sum.wrapping_add(*change));
                }
                let x = narrowed(self.vectors, *narrowing, stream.as_flattened());
                self.output(output, &x)
            }
        }
    }

    /// The activations of a branch's first layer.
    fn first(self, branch: &Branch, stream: &[Lane]) -> Vec<Quads> {
        match &branch.first {
            Entrance::Rectified(layer) => {
                self.hidden(layer, &narrowed(self.vectors, branch.narrowing, stream))
            }
            Entrance::Smooth {
                before,
                layer,
                curve,
            } => {
                let narrowing = of_runtime(branch.narrowing);
                let narrow = |u: &Lane| map(u, |u| host::narrowed(narrowing, u));
                let fours = stream.chunks_exact(4);
                let fours = fours.map(|four| std::array::from_fn(|i| narrow(&four[i])));
                let x = bent(*before, &fours.collect::<Vec<[Lane; 4]>>());
                bent(*curve, &self.output(layer, &x))
            }
        }
    }

    /// The activations after a hidden layer.
    fn hidden(self, layer: &Hidden, x: &[Quads]) -> Vec<Quads> {
        match layer.slope {
            0 => rectified(
                self.vectors,
                words(&layer.dense),
                &layer.dense.bias,
                x,
                (layer.shift, self.limit),
            ),
            slope => self.leaky(layer, slope.into(), x),
        }
    }

    fn leaky(self, layer: &Hidden, slope: i32, x: &[Quads]) -> Vec<Quads> {
        let mut y = vec![[[0; LANES]; 2]; layer.dense.bias.len()];
        let (shift, limit) = (layer.shift, self.limit);
        affine(
            self.vectors,
            words(&layer.dense),
            &layer.dense.bias,
            x,
            #[inline(always)]
            |p, sums| {
                let activations = sums.map(|sums| {
                    let v = sums.map(|sum| sum >> shift);
                    let positive = v.map(|v| v.max(0).min(limit));
                    let leak =
                        |v: i32| (v.min(0).max(-limit).wrapping_mul(slope) + (1 << 14)) >> 15;
                    std::array::from_fn(|lane| positive[lane] + leak(v[lane]))
                });
                y[p] = paired(&activations);
            },
        );
        y
    }

    /// Sums of a layer, shifted.
    fn output(self, layer: &Output, x: &[Quads]) -> Vec<[Lane; 4]> {
        let mut y = vec![[[0; LANES]; 4]; layer.dense.bias.len()];
        affine(
            self.vectors,
            words(&layer.dense),
            &layer.dense.bias,
            x,
            #[inline(always)]
            |p, mut sums| {
                for (sums, shift) in sums.iter_mut().zip(&layer.shifts[p]) {
                    sums.iter_mut().for_each(|sum| *sum >>= shift);
                }
                y[p] = sums;
            },
        );
        y
    }
}

/// A curve of sums.
fn bent(curve: Curve, sums: &[[Lane; 4]]) -> Vec<Quads> {
    let bend = |four: &[Lane; 4]| paired(&four.map(|x| x.map(|x| value(curve, x))));
    sums.iter().map(bend).collect()
}

/// Narrows a stream in units of the state to activations.
pub(super) fn narrowed(vectors: Vectors, by: Narrowing, stream: &[Lane]) -> Vec<Quads> {
    let narrowing = of_runtime(by);
    let mut x = vec![[[0; LANES]; 2]; stream.len().div_ceil(4)];
    vectors.run(
        #[inline(always)]
        || {
            for (x, stream) in x.iter_mut().zip(stream.chunks(4)) {
                let mut activations = [[0; LANES]; 4];
                for (y, u) in activations.iter_mut().zip(stream) {
                    *y = map(u, |u| host::narrowed(narrowing, u));
                }
                *x = paired(&activations);
            }
        },
    );
    x
}

/// Four activations as words: `x₁ | x₃ << 16` and `x₀ | x₂ << 16`.
#[inline(always)]
fn paired([x0, x1, x2, x3]: &[Lane; 4]) -> Quads {
    let mut words = [[0; LANES]; 2];
    for lane in 0..LANES {
        words[0][lane] = x1[lane] & 0xffff | x3[lane] << 16;
        words[1][lane] = x0[lane] & 0xffff | x2[lane] << 16;
    }
    words
}

/// The weights of a widened layer.
fn words(layer: &FixedDense) -> &[Block16] {
    match &layer.blocks {
        Blocks::I16(blocks) => blocks,
        Blocks::I8(_) => &[],
    }
}

/// Gives all weights 16 bits: of a word of bytes, the two that it stands for.
pub(super) fn widen(conditioner: &mut Conditioner) {
    match conditioner {
        Conditioner::Linear(output) => widen_dense(&mut output.dense),
        Conditioner::Mlp {
            input,
            inner,
            output,
        } => {
            widen_dense(&mut input.dense);
            inner
                .iter_mut()
                .for_each(|layer| widen_dense(&mut layer.dense));
            widen_dense(&mut output.dense);
        }
        Conditioner::Nested { hidden, rest } => {
            widen_dense(&mut hidden.dense);
            widen(rest);
        }
        Conditioner::Smooth { layer, rest, .. } => {
            widen_dense(&mut layer.dense);
            widen(rest);
        }
        Conditioner::Residual {
            input,
            branches,
            output,
            ..
        } => {
            widen_dense(&mut input.dense);
            for Branch { first, output, .. } in branches {
                widen_dense(first.dense_mut());
                widen_dense(&mut output.dense);
            }
            widen_dense(&mut output.dense);
        }
    }
}

/// A word of bytes `b₀ b₁ b₂ b₃` is the halves `b₁ b₀` and `b₃ b₂`; shifted by a byte it is `b₀ 0` and `b₂ b₁`.
fn widen_dense(layer: &mut FixedDense) {
    if let Blocks::I8(blocks) = &layer.blocks {
        let wide = |[a, b, c, d]: &[u32; 4]| [*a, *b, *c, *d, a << 8, b << 8, c << 8, d << 8];
        layer.blocks = Blocks::I16(blocks.iter().map(wide).collect());
    }
}
