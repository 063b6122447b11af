//! The dense kernel of integers for sixteen rows at a time.
//!
//! A word of a row's activations holds two of 16 bits, a word of weights those that belong to them: two products and their
//! sum are one instruction on processors that have it, and all orders of additions modulo 2³² give the same bits.

use super::Lane;
use super::processor::{Pairs, Portable};
use crate::host::vectors::Vectors;
use nice_flow::host::fixed::Block16;
use pulp::{Arch, NullaryFnOnce};

/// Four activations of sixteen rows: the two words of a `nice_flow::fixed::Quad`.
pub(super) type Quads = [Lane; 2];

/// `W x + b` in panels of four rows.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    pub blocks: &'a [Block16],
    pub bias: &'a [[i32; 4]],
    pub x: &'a [Quads],
}

impl Panels<'_> {
    /// The activations of `ReLU((W x + b) >> shift)`, none above `limit`; `shift` is below 32.
    pub fn rectified(self, vectors: Vectors, (shift, limit): (u8, u16), y: &mut [Quads]) {
        self.run(vectors, Rectified { shift, limit, y });
    }

    /// `(W x + b) >> shifts`, each below 32.
    pub fn shifted(self, vectors: Vectors, shifts: &[[u8; 4]], y: &mut [[Lane; 4]]) {
        self.run(vectors, Shifted { shifts, y });
    }

    fn run(self, vectors: Vectors, finish: impl Finish) {
        match vectors.arch() {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(v4) => v4.vectorize(On(v4, self, finish)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(v3) => v3.vectorize(On(v3, self, finish)),
            arch => arch.dispatch(On(Portable, self, finish)),
        }
    }

    /// The sums of `N` panels from `panel` on.
    #[inline(always)]
    fn sums<P: Pairs, const N: usize>(self, processor: P, panel: usize) -> [[P::Sums; 4]; N] {
        let Self { blocks, bias, x } = self;
        let mut sums = [[processor.start(0); 4]; N];
        let blocks = blocks.get(panel * x.len()..(panel + N) * x.len());
        let bias = bias.get(panel..).and_then(<[_]>::first_chunk::<N>);
        let (Some(blocks), Some(bias)) = (blocks, bias) else {
            return sums;
        };
        for (sums, bias) in sums.iter_mut().zip(bias) {
            for (sum, bias) in sums.iter_mut().zip(bias) {
                *sum = processor.start(*bias);
            }
        }
        for (column, [odd, even]) in x.iter().enumerate() {
            let words = [processor.load(odd), processor.load(even)];
            for (n, sums) in sums.iter_mut().enumerate() {
                let block = &blocks[n * x.len() + column];
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = processor.add(*sum, words, [block[r], block[4 + r]]);
                }
            }
        }
        sums
    }
}

/// What is made of the sums of a panel, in the registers in which they were added up: through arrays, of which the compiler takes
/// a quarter at a time, it takes as long as the sums themselves.
trait Finish {
    fn finish<P: Pairs>(&mut self, processor: P, panel: usize, sums: [P::Sums; 4]);
}

struct Rectified<'a> {
    shift: u8,
    limit: u16,
    y: &'a mut [Quads],
}

impl Finish for Rectified<'_> {
    #[inline(always)]
    fn finish<P: Pairs>(&mut self, processor: P, panel: usize, [x0, x1, x2, x3]: [P::Sums; 4]) {
        let Self { shift, limit, .. } = *self;
        if let Some(y) = self.y.get_mut(panel) {
            *y = [
                processor.activations([x1, x3], shift, limit),
                processor.activations([x0, x2], shift, limit),
            ];
        }
    }
}

struct Shifted<'a> {
    shifts: &'a [[u8; 4]],
    y: &'a mut [[Lane; 4]],
}

impl Finish for Shifted<'_> {
    #[inline(always)]
    fn finish<P: Pairs>(&mut self, processor: P, panel: usize, sums: [P::Sums; 4]) {
        if let (Some(y), Some(shifts)) = (self.y.get_mut(panel), self.shifts.get(panel)) {
            for ((y, sum), shift) in y.iter_mut().zip(sums).zip(shifts) {
                *y = processor.shifted(sum, *shift);
            }
        }
    }
}

/// A layer on a processor, and what becomes of its sums.
struct On<'a, P, F>(P, Panels<'a>, F);

impl<P: Pairs, F: Finish> NullaryFnOnce for On<'_, P, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(processor, panels, mut finish) = self;
        let count = panels.bias.len();
        let pairs = if P::IS_TALL { count / 2 } else { 0 };
        for pair in 0..pairs {
            let [a, b] = panels.sums::<P, 2>(processor, 2 * pair);
            finish.finish(processor, 2 * pair, a);
            finish.finish(processor, 2 * pair + 1, b);
        }
        for panel in 2 * pairs..count {
            let [sums] = panels.sums::<P, 1>(processor, panel);
            finish.finish(processor, panel, sums);
        }
    }
}
