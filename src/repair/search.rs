//! One step of a repair, at a run-time size: which one input to put at which of its usual values.

use crate::Number;

/// The input and its usual value that lower the score most; `None` if none does.
///
/// `usual` has the usual values of each input, and `mended` says which are left alone. `now` is the score of `x`, and `trial`
/// that with one input at a value; scores from `lowest` up to below `largest` rank. Where all trials leave the score as it
/// is, because too much is too far out, the input that is farthest out takes the middle one of its usual values. `distance`
/// says how far out an input is: `i32::MAX` for one that no model can see past, else a number from 0.
// One loop for the lowest score and for the farthest input: two take 110 bytes more of flash. Places are looked up by number,
// since iterators side by side take 80 bytes more. To check, compare the flash of a firmware with `Repair`.
#[inline]
pub fn search<'a, X, T: Copy, S: Copy + PartialOrd>(
    x: &mut X,
    usual: &'a [impl AsRef<[T]>],
    mended: &[bool],
    now: S,
    [lowest, largest]: [S; 2],
    distance: impl Fn(&X, usize) -> i32,
    mut trial: impl FnMut(&mut X, usize, T) -> S,
) -> Option<(usize, &'a T)> {
    let mut least = if lowest <= now && now < largest {
        now
    } else {
        largest
    };
    // None is farther out than `i32::MAX`: it stands there once a trial has changed the score.
    let (mut choice, mut most) = (None, -1);
    for input in 0..usual.len() {
        if let (Some(values), Some(false)) = (usual.get(input), mended.get(input)) {
            let values = values.as_ref();
            let far = distance(x, input);
            if far > most {
                most = far;
                choice = values.get(values.len() / 2).map(|value| (input, value));
            }
            for value in values {
                let score = trial(x, input, *value);
                if lowest <= score && score < least {
                    (least, most) = (score, i32::MAX);
                    choice = Some((input, value));
                } else if least < score && score < largest && most < i32::MAX {
                    (choice, most) = (None, i32::MAX);
                }
            }
        }
    }
    choice
}

/// Whether a score ranks: NaN and infinities do not, nor the largest number, which integers have for all that is
/// too far out.
pub fn is_number<N: Number>(score: N) -> bool {
    N::LOWEST <= score && score < -N::LOWEST
}
