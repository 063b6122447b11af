//! Sums of integers.

use super::Rectifier;
use super::numbers::{Aligned, GUARD, MARGIN, Numbers};
use nice_flow::fixed::{self, Quad};
use nice_flow::host::fixed as kernel;

#[path = "../../../../src/fixed/kernel/portable.rs"]
mod portable;

/// Pairs of words as quads, wherever they begin.
fn quads(words: &[[u32; 2]]) -> &[Quad] {
    // SAFETY: a `Quad` is a pair of words, `repr(transparent)`, and any bits are one.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
}

/// Pairs of words as quads, wherever they begin.
fn quads_mut(words: &mut [[u32; 2]]) -> &mut [Quad] {
    // SAFETY: as above, and any quad is a pair of words.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), words.len()) }
}

/// Up to so many times four rows, and four columns.
const PANELS: usize = 5;
const GROUPS: usize = 9;
/// Beginnings of the four arrays: each from each word of a line on, the first two from each pair of them.
const PLACES: usize = 16;

/// Comparisons, and how many of them failed.
pub fn wrong() -> (usize, usize) {
    let mut tally = Tally {
        numbers: Numbers(1),
        all: 0,
        wrong: 0,
    };
    tally.compare(kernel::affine8, portable::affine8);
    tally.compare(kernel::affine16, portable::affine16);
    for shift in [1, 2, 7, 8, 14, 15, 16, 30, 31] {
        for slope in [0, 1, 328, 6_554, 32_767] {
            let ours = fixed::Rectifier::leaky_relu(shift, slope);
            let theirs = Rectifier { shift, slope };
            tally.compare(
                |w, b, x, y| kernel::hidden8(w, b, ours, x, quads_mut(y)),
                |w, b, x, y| portable::hidden8(w, b, theirs, x, quads_mut(y)),
            );
            tally.compare(
                |w, b, x, y| kernel::hidden16(w, b, ours, x, quads_mut(y)),
                |w, b, x, y| portable::hidden16(w, b, theirs, x, quads_mut(y)),
            );
        }
    }
    (tally.all, tally.wrong)
}

/// What was compared so far.
struct Tally {
    numbers: Numbers,
    all: usize,
    wrong: usize,
}

/// Takes weights, biases and inputs, and fills the outputs.
type Kernel<'a, const N: usize, Y, const M: usize> =
    dyn Fn(&[[u32; N]], &[[i32; 4]], &[Quad], &mut [[Y; M]]) + 'a;

impl Tally {
    /// Runs two kernels on arrays of every size.
    fn compare<const N: usize, Y: Word, const M: usize>(
        &mut self,
        ours: impl Fn(&[[u32; N]], &[[i32; 4]], &[Quad], &mut [[Y; M]]),
        theirs: impl Fn(&[[u32; N]], &[[i32; 4]], &[Quad], &mut [[Y; M]]),
    ) {
        for panels in 1..=PANELS {
            for groups in 1..=GROUPS {
                // Counted on through all sizes, whose number is odd: in time each begins at each place.
                let place = self.all % PLACES;
                let numbers = &mut self.numbers;
                let mut blocks = Aligned([0; 8 * PANELS * GROUPS + 2 * MARGIN]);
                let mut bias = Aligned([0; 4 * PANELS + 2 * MARGIN]);
                let mut x = Aligned([0; 2 * GROUPS + 2 * MARGIN]);
                let blocks = blocks.part(place, N * panels * groups);
                blocks.fill_with(|| numbers.word());
                let bias = bias.part(place / 4, 4 * panels);
                bias.fill_with(|| numbers.word().cast_signed());
                let x = x.part(place + place / 4, 2 * groups);
                x.fill_with(|| numbers.word());
                let (blocks, bias) = (blocks.as_chunks().0, bias.as_chunks().0);
                let x = quads(x.as_chunks().0);
                let run = |kernel: &Kernel<N, Y, M>| {
                    let mut y = Aligned([Y::GUARD; 4 * PANELS + 2 * MARGIN]);
                    let part = y.part(3 * place, M * panels);
                    kernel(blocks, bias, x, part.as_chunks_mut().0);
                    y.0
                };
                self.all += 1;
                self.wrong += usize::from(run(&ours) != run(&theirs));
            }
        }
    }
}

/// A word of a result.
trait Word: Copy + PartialEq {
    const GUARD: Self;
}

impl Word for u32 {
    const GUARD: Self = GUARD;
}

impl Word for i32 {
    const GUARD: Self = GUARD.cast_signed();
}
