//! One step of a repair, at a run-time size: which one input to put at which of its usual values.

use crate::Number;

/// How far out an input is that was put right already.
pub const MENDED: i32 = -1;

/// The input and its usual value that lower the score most; `None` if none does.
///
/// `usual` has the usual values of each input, and `far` how far out each is: `i32::MAX` for one that no model can see
/// past, which is the next to be put right whatever the others are, and [`MENDED`] for one that is left alone. `now` is the
/// score as it is, and `trial` the score with one input at a value; those from `-largest` up to below `largest` rank. Where
/// all trials leave the score as it is, because too much is too far out, the input that is farthest out takes the middle one
/// of its usual values.
// Without the score that is left, which the caller computes once more: to keep it beside the choice takes 60 bytes of flash.
#[inline]
pub fn search<'a, T: Copy + 'a, S: Copy + PartialOrd>(
    usual: impl Iterator<Item = &'a [T]> + Clone,
    far: &[i32],
    now: S,
    [lowest, largest]: [S; 2],
    mut trial: impl FnMut(usize, T) -> S,
) -> Option<(usize, T)> {
    let farthest = farthest(far);
    let floor = match *far.get(farthest)? {
        MENDED => return None,
        i32::MAX => i32::MAX,
        _ => 0,
    };
    let mut least = if lowest <= now && now < largest {
        now
    } else {
        largest
    };
    let (mut best, mut differs) = (None, false);
    for ((input, far), values) in far.iter().enumerate().zip(usual.clone()) {
        if *far < floor {
            continue;
        }
        for value in values {
            let score = trial(input, *value);
            let is_rank = lowest <= score && score < largest;
            differs |= is_rank && score != now;
            if is_rank && score < least {
                least = score;
                best = Some((input, *value));
            }
        }
        // The first of those that no model can see past, which is the only one.
        if floor > 0 {
            break;
        }
    }
    if best.is_some() || differs {
        return best;
    }
    let values = usual.into_iter().nth(farthest)?;
    Some((farthest, *values.get(values.len() / 2)?))
}

/// The first of the inputs that are farthest out.
#[inline]
fn farthest(far: &[i32]) -> usize {
    let (mut place, mut most) = (0, MENDED);
    for (input, far) in far.iter().enumerate() {
        if *far > most {
            (place, most) = (input, *far);
        }
    }
    place
}

/// Whether a score ranks: NaN and infinities do not, nor the largest number, which integers have for all that is
/// too far out.
pub fn is_number<N: Number>(score: N) -> bool {
    N::LOWEST <= score && score < -N::LOWEST
}
