//! Sums of integers.

use super::Activation;
use super::numbers::{Aligned, GUARD, MARGIN, Numbers};
use nice_flow::fixed::{self, Quad, kernel};

#[path = "../../../../src/fixed/kernel/portable.rs"]
mod portable;

/// Four numbers, of 16 bits, as two words: what `portable.rs` finds above it.
fn pack([x0, x1, x2, x3]: [i32; 4]) -> Quad {
    let pair = |low: i32, high: i32| low as u32 & 0xffff | (high as u32) << 16;
    [pair(x1, x3), pair(x0, x2)]
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
            let ours = fixed::Activation::leaky_relu(shift, slope);
            let theirs = Activation { shift, slope };
            tally.compare(
                |w, b, x, y| kernel::hidden8(w, b, ours, x, y),
                |w, b, x, y| portable::hidden8(w, b, theirs, x, y),
            );
            tally.compare(
                |w, b, x, y| kernel::hidden16(w, b, ours, x, y),
                |w, b, x, y| portable::hidden16(w, b, theirs, x, y),
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
                let (blocks, bias, x) = (blocks.as_chunks().0, bias.as_chunks().0, x.as_chunks().0);
                let run = |kernel: &dyn Fn(&[[u32; N]], &[[i32; 4]], &[Quad], &mut [[Y; M]])| {
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
