//! One step of a repair, at a run-time size: which one input to put at which of its usual values.

use crate::Number;

/// An input and a usual value for it, with the score that is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<T, S> {
    /// The place of the input.
    pub input: usize,
    /// The usual value.
    pub usual: T,
    /// The score with it.
    pub score: S,
}

/// How far out an input is that was put right already.
pub const MENDED: i32 = -1;

/// The input and the value that lower the score most; `None` if none does.
///
/// `usual` has the usual values of each input, and `far` how far out each is: `i32::MAX` for one that no model can see
/// past, which is the next to be put right whatever the others are, and [`MENDED`] for one that is left alone. `now` is the
/// score as it is, `trial` the score with one input at a value, and `is_number` whether a score ranks at all. Where all
/// trials leave the score as it is, because too much is too far out, the input that is farthest out takes the middle one of
/// its usual values.
pub fn search<'a, T: Copy + 'a, S: Copy + PartialOrd>(
    usual: impl Iterator<Item = &'a [T]>,
    far: &[i32],
    now: S,
    is_number: impl Fn(S) -> bool,
    mut trial: impl FnMut(usize, T) -> S,
) -> Option<Step<T, S>> {
    let (farthest, most) = farthest(far)?;
    let is_outright = most == i32::MAX;
    let (mut best, mut fallback, mut differs) = (None, None, false);
    let mut least = now;
    for (input, (values, far)) in usual.zip(far).enumerate() {
        let is_farthest = input == farthest;
        if *far <= MENDED || is_outright && !is_farthest {
            continue;
        }
        for (place, usual) in values.iter().enumerate() {
            let score = trial(input, *usual);
            let step = Some(Step {
                input,
                usual: *usual,
                score,
            });
            differs |= is_number(score) && score != now;
            if is_number(score) && !(is_number(least) && least <= score) {
                least = score;
                best = step;
            }
            if is_farthest && place == values.len() / 2 {
                fallback = step;
            }
        }
    }
    if differs { best } else { fallback }
}

/// The first of the inputs that are farthest out, and how far; `None` if all were put right.
fn farthest(far: &[i32]) -> Option<(usize, i32)> {
    let mut found = None;
    let mut most = MENDED;
    for (input, far) in far.iter().enumerate() {
        if *far > most {
            most = *far;
            found = Some((input, most));
        }
    }
    found
}

/// Whether a score ranks: NaN and infinities do not, nor the largest number, which integers have for all that is
/// too far out.
pub fn is_number<N: Number>(score: N) -> bool {
    N::LOWEST <= score && score < -N::LOWEST
}
