//! Sums of integers.

use super::Rectifier;
use super::numbers::{Aligned, GUARD, MARGIN, Numbers};
use core::mem::MaybeUninit;
use nice_flow::fixed::{self, Fixed, Quad};
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

/// Results as room for others.
fn unwritten<T>(y: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: the layouts are equal; kernels only write results.
    unsafe { core::slice::from_raw_parts_mut(y.as_mut_ptr().cast(), y.len()) }
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
    tally.compare(kernel::affine8, |w, b, x, y| {
        portable::affine8(w, b, x, unwritten(y))
    });
    tally.compare(kernel::affine16, |w, b, x, y| {
        portable::affine16(w, b, x, unwritten(y))
    });
    for shift in [1, 2, 7, 8, 14, 15, 16, 30, 31] {
        for slope in [0, 1, 328, 6_554, 32_767] {
            let ours = fixed::Rectifier::leaky_relu(shift, slope);
            let theirs = Rectifier { shift, slope };
            tally.compare(
                |w, b, x, y| kernel::hidden8(w, b, ours, x, quads_mut(y)),
                |w, b, x, y| portable::hidden8(w, b, theirs, x, unwritten(quads_mut(y))),
            );
            tally.compare(
                |w, b, x, y| kernel::hidden16(w, b, ours, x, quads_mut(y)),
                |w, b, x, y| portable::hidden16(w, b, theirs, x, unwritten(quads_mut(y))),
            );
        }
    }
    for shift in 1..=31 {
        tally.compare_first::<1>(shift);
        tally.compare_first::<2>(shift);
        tally.compare_first::<7>(shift);
    }
    for shift in 1..=17 {
        for count in 0..=GROUPS {
            tally.compare_squares(shift, count);
            tally.compare_coarse(count);
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

impl Tally {
    /// First layers of `4 P` rows, with nothing written beside their results.
    fn compare_first<const P: usize>(&mut self, shift: u32) {
        let numbers = &mut self.numbers;
        let bytes = [(); P].map(|()| [(); 4].map(|()| numbers.word()));
        let halves = [(); P].map(|()| [(); 8].map(|()| numbers.word()));
        let words = [[numbers.word(), numbers.word()]];
        let x = quads(&words).first().copied().unwrap_or(Quad::ZERO);
        let room = [[MaybeUninit::new(Quad::ZERO); P]; 3];
        let (mut ours, mut theirs) = ([room; 2], [room; 2]);
        let [[_, y8, _], [_, y16, _]] = &mut ours;
        kernel::first8(&bytes, x, shift, y8);
        kernel::first16(&halves, x, shift, y16);
        let [[_, y8, _], [_, y16, _]] = &mut theirs;
        portable::first8(&bytes, x, shift, y8);
        portable::first16(&halves, x, shift, y16);
        // SAFETY: set to zero above.
        let all = |of: [[[MaybeUninit<Quad>; P]; 3]; 2]| {
            of.map(|of| of.map(|of| of.map(|quad| unsafe { quad.assume_init() })))
        };
        self.all += 1;
        self.wrong += usize::from(all(ours) != all(theirs));
    }

    /// The sum of a mixture's squares, from one to the other end of 16 bits, with that of one square after another.
    fn compare_squares(&mut self, shift: u32, count: usize) {
        let numbers = &mut self.numbers;
        let mut next = || [(); GROUPS].map(|()| numbers.word() as i16);
        let v = next();
        let (mean, factor) = (next(), next().map(|factor| factor & i16::MAX));
        let ends = |x: &[i16; GROUPS]| x.map(|x| x.max(-i16::MAX));
        let (v, mean) = (ends(&v), ends(&mean));
        let expected = (0..count).fold(0u64, |sum, i| {
            let [v, mean, factor] =
                [v, mean, factor].map(|x| x.get(i).copied().unwrap_or(0).into());
            sum.wrapping_add(kernel::square(v, mean, factor, shift).into())
        });
        let part = |x| <[i16]>::get(x, ..count).unwrap_or(&[]);
        let found = kernel::squares(part(&mean), part(&factor), shift, part(&v));
        self.all += 1;
        self.wrong += usize::from(found != expected);
    }

    /// The state of a mixture in 16 bits, with that of one element after another.
    fn compare_coarse(&mut self, count: usize) {
        let numbers = &mut self.numbers;
        let u = [(); GROUPS].map(|()| Fixed::<16>::from_bits(numbers.word().cast_signed()));
        let bits = [(); GROUPS].map(|()| (numbers.word() >> 9) as u8 % 32);
        let mut found = [7; GROUPS];
        let (part, room) = (u.get(..count), found.get_mut(..count));
        kernel::coarsen(part.unwrap_or(&[]), &bits, room.unwrap_or_default());
        let of = |i: usize| match u.get(i).zip(bits.get(i)) {
            Some((u, bits)) if i < count => kernel::coarse(u.to_bits(), *bits),
            _ => 7,
        };
        self.all += 1;
        self.wrong += usize::from((0..).map(of).zip(found).any(|(of, found)| of != found));
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
