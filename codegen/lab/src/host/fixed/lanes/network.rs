//! Networks of integers for sixteen rows at a time.

use super::Lane;
use super::pairs::Panels;
use crate::host::fixed::network::{of_runtime, value};
use crate::host::lane::{LANES, map};
use crate::host::vectors::Vectors;
use crate::host::workbench::Workbench;
use nice_flow::host::fixed::{self as host, Block16};
use nice_flow_codegen::module::fixed::{
    Blocks, Branch, Conditioner, Entrance, Entry, FixedDense, Hidden, Narrowing, Output,
};
use nice_flow_codegen::module::quantise::Curve;

/// Evaluates networks that [`widen`](super::widen::widen) has prepared. Activations are two lanes for four of them, sums a lane each.
pub(super) struct Network {
    pub bench: Workbench<i32>,
    /// Where activations are clamped.
    pub limit: u16,
}

impl Network {
    /// The outputs, and what fills their last panel; `x` is kept for other layers.
    pub(super) fn eval(&mut self, conditioner: &Conditioner, x: Vec<Lane>) -> Vec<Lane> {
        match conditioner {
            Conditioner::Linear(output) => self.output(output, x),
            Conditioner::Mlp {
                input,
                inner,
                output,
            } => {
                let layers = std::iter::once(input).chain(inner);
                let h = layers.fold(x, |h, layer| self.hidden(layer, h));
                self.output(output, h)
            }
            Conditioner::Nested { hidden, rest } => {
                let h = self.hidden(hidden, x);
                self.eval(rest, h)
            }
            Conditioner::Smooth { layer, curve, rest } => {
                let sums = self.output(layer, x);
                let h = self.bent(*curve, sums);
                self.eval(rest, h)
            }
            Conditioner::Steered {
                input,
                offset,
                branches,
                entry,
                rest,
            } => {
                let copy = self.copied(&x);
                let sums = self.output(&offset.layer, copy);
                let added = self.entered(&offset.activation, &sums);
                self.bench.keep(sums);
                let copy = self.copied(&x);
                let mut stream = self.output(input, copy);
                raise(self.bench.vectors, &mut stream, &added, offset.rise);
                self.bench.keep(added);
                self.branch_out(branches, &x, &mut stream);
                self.bench.keep(x);
                let x = self.entered(entry, &stream);
                self.bench.keep(stream);
                self.eval(rest, x)
            }
            Conditioner::Residual {
                input,
                branches,
                narrowing,
                output,
            } => {
                let copy = self.copied(&x);
                let mut stream = self.output(input, copy);
                self.branch_out(branches, &x, &mut stream);
                self.bench.keep(x);
                let x = self.narrowed(*narrowing, &stream);
                self.bench.keep(stream);
                self.output(output, x)
            }
        }
    }

    /// Adds to the stream what each branch gives.
    fn branch_out(&mut self, branches: &[Branch], x: &[Lane], stream: &mut [Lane]) {
        for branch in branches {
            let h = self.first(branch, x, stream);
            let mut change = self.output(&branch.output, h);
            if let Some(layer) = &branch.gate {
                let copy = self.copied(x);
                let openings = self.output(layer, copy);
                gate(self.bench.vectors, &mut change, &openings);
                self.bench.keep(openings);
            }
            self.add(stream, &change);
            self.bench.keep(change);
        }
    }

    fn add(&self, stream: &mut [Lane], change: &[Lane]) {
        self.bench.vectors.compile(
            #[inline(always)]
            || add(stream, change),
        );
    }

    /// The activations that a stream enters the next layer with.
    fn entered(&mut self, entry: &Entry, stream: &[Lane]) -> Vec<Lane> {
        let Some(curve) = entry.curve else {
            return self.narrowed(entry.narrowing, stream);
        };
        let narrowing = of_runtime(entry.narrowing);
        let mut narrow = self.bench.take(stream.len());
        for (narrow, u) in narrow.iter_mut().zip(stream) {
            *narrow = map(u, |u| host::narrowed(narrowing, u));
        }
        self.bent(curve, narrow)
    }

    /// Another of the same lanes.
    fn copied(&mut self, x: &[Lane]) -> Vec<Lane> {
        let mut copy = self.bench.take(x.len());
        copy.copy_from_slice(x);
        copy
    }

    /// The activations of a branch's first layer.
    fn first(&mut self, branch: &Branch, x: &[Lane], stream: &[Lane]) -> Vec<Lane> {
        let entry = |curve: Option<Curve>| Entry {
            narrowing: branch.narrowing,
            curve,
        };
        match &branch.first {
            Entrance::Rectified(layer) => {
                let x = self.narrowed(branch.narrowing, stream);
                self.hidden(layer, x)
            }
            Entrance::Smooth {
                before,
                layer,
                curve,
            } => {
                let x = self.entered(&entry(Some(*before)), stream);
                let sums = self.output(layer, x);
                self.bent(*curve, sums)
            }
            Entrance::Joined {
                before,
                layer,
                lane,
                between,
            } => {
                let h = self.entered(&entry(*before), stream);
                let mut sums = self.output(layer, h);
                let copy = self.copied(x);
                let added = self.output(lane, copy);
                self.add(&mut sums, &added);
                self.bench.keep(added);
                let h = self.entered(between, &sums);
                self.bench.keep(sums);
                h
            }
        }
    }

    /// The activations after a hidden layer.
    fn hidden(&mut self, layer: &Hidden, x: Vec<Lane>) -> Vec<Lane> {
        let mut y = self.bench.take(2 * layer.dense.bias.len());
        let (vectors, limit) = (self.bench.vectors, self.limit);
        let panels = panels(&layer.dense, &x);
        match layer.slope {
            0 => panels.rectified(vectors, (layer.shift, limit), y.as_chunks_mut().0),
            slope => {
                let shifts = vec![[layer.shift; 4]; layer.dense.bias.len()];
                let mut sums = self.bench.take(4 * shifts.len());
                panels.shifted(vectors, &shifts, sums.as_chunks_mut().0);
                pair(vectors, &sums, &mut y, |v| {
                    leaky(v, slope.into(), limit.into())
                });
                self.bench.keep(sums);
            }
        }
        self.bench.keep(x);
        y
    }

    /// Sums of a layer, shifted.
    fn output(&mut self, layer: &Output, x: Vec<Lane>) -> Vec<Lane> {
        let mut y = self.bench.take(4 * layer.dense.bias.len());
        let panels = panels(&layer.dense, &x);
        panels.shifted(self.bench.vectors, &layer.shifts, y.as_chunks_mut().0);
        self.bench.keep(x);
        y
    }

    /// A curve of sums.
    fn bent(&mut self, curve: Curve, sums: Vec<Lane>) -> Vec<Lane> {
        let mut x = self.bench.take(sums.len() / 2);
        pair(self.bench.vectors, &sums, &mut x, |sum| value(curve, sum));
        self.bench.keep(sums);
        x
    }

    /// Narrows a stream in units of the state to activations.
    pub(super) fn narrowed(&mut self, by: Narrowing, stream: &[Lane]) -> Vec<Lane> {
        let mut x = self.bench.take(2 * stream.len().div_ceil(4));
        let narrowing = of_runtime(by);
        pair(self.bench.vectors, stream, &mut x, |u| {
            host::narrowed(narrowing, u)
        });
        x
    }
}

/// Multiplies by sigmoids.
fn gate(vectors: Vectors, change: &mut [Lane], openings: &[Lane]) {
    vectors.compile(
        #[inline(always)]
        || {
            let pairs = change.as_flattened_mut().iter_mut();
            for (change, k) in pairs.zip(openings.as_flattened()) {
                *change = host::gated(*change, *k);
            }
        },
    );
}

/// Adds activations, four in two lanes, in units of `2^rise`.
fn raise(vectors: Vectors, stream: &mut [Lane], activations: &[Lane], rise: u8) {
    vectors.compile(
        #[inline(always)]
        || {
            let pairs = activations.as_chunks::<2>().0.iter();
            for (sums, [odd, even]) in stream.chunks_mut(4).zip(pairs) {
                let halves = [(even, 16), (odd, 16), (even, 0), (odd, 0)];
                for (sum, (words, up)) in sums.iter_mut().zip(halves) {
                    for (sum, word) in sum.iter_mut().zip(words) {
                        *sum = sum.wrapping_add((word << up >> 16) << rise);
                    }
                }
            }
        },
    );
}

#[inline(always)]
fn add(stream: &mut [Lane], change: &[Lane]) {
    let sums = stream.as_flattened_mut().iter_mut();
    for (sum, change) in sums.zip(change.as_flattened()) {
        *sum = sum.wrapping_add(*change);
    }
}

/// A shifted sum after a leaky ReLU.
#[inline(always)]
fn leaky(v: i32, slope: i32, limit: i32) -> i32 {
    let leak = (v.min(0).max(-limit).wrapping_mul(slope) + (1 << 14)) >> 15;
    v.max(0).min(limit) + leak
}

/// Activations of numbers, four in two lanes: `x₁ | x₃ << 16` and `x₀ | x₂ << 16`. Behind the last number there are zeros.
fn pair(vectors: Vectors, numbers: &[Lane], x: &mut [Lane], activation: impl Fn(i32) -> i32) {
    vectors.compile(
        #[inline(always)]
        || {
            for (x, numbers) in x.as_chunks_mut().0.iter_mut().zip(numbers.chunks(4)) {
                let mut activations = [[0; LANES]; 4];
                for (y, u) in activations.iter_mut().zip(numbers) {
                    *y = map(u, &activation);
                }
                let [x0, x1, x2, x3] = &activations;
                *x = [words(x1, x3), words(x0, x2)];
            }
        },
    );
}

#[inline(always)]
fn words(low: &Lane, high: &Lane) -> Lane {
    let mut words = [0; LANES];
    for ((word, low), high) in words.iter_mut().zip(low).zip(high) {
        *word = low & 0xffff | high << 16;
    }
    words
}

fn panels<'a>(layer: &'a FixedDense, x: &'a [Lane]) -> Panels<'a> {
    Panels {
        blocks: blocks(layer),
        bias: &layer.bias,
        x: x.as_chunks().0,
    }
}

/// The weights of a widened layer.
fn blocks(layer: &FixedDense) -> &[Block16] {
    match &layer.blocks {
        Blocks::I16(blocks) => blocks,
        Blocks::I8(_) => &[],
    }
}
