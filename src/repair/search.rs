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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::Fixed;

    /// The choice among two inputs so far out, each with three usual values whose scores `trial` gives.
    fn chosen(now: f32, far: [i32; 2], trial: impl Fn(f32) -> f32) -> Option<(usize, f32)> {
        let usual = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let found = search(
            &mut (),
            &usual,
            &[false; 2],
            now,
            [f32::MIN, f32::MAX],
            |(), input| far[input],
            |(), _, value| trial(value),
        );
        found.map(|(input, value)| (input, *value))
    }

    #[test]
    fn where_no_trial_changes_the_score_the_farthest_takes_its_middle_value() {
        for now in [8.0, f32::NAN, f32::INFINITY] {
            assert_eq!(chosen(now, [0, 3], |_| now), Some((1, 5.0)));
            assert_eq!(chosen(now, [3, 0], |_| now), Some((0, 2.0)));
            assert_eq!(chosen(now, [0, 0], |_| now), Some((0, 2.0)));
        }
    }

    #[test]
    fn the_lowest_score_is_chosen_and_a_higher_one_never() {
        assert_eq!(chosen(8.0, [0, 3], |value| value), Some((0, 1.0)));
        assert_eq!(chosen(8.0, [0, 3], |value| 9.0 - value), Some((1, 6.0)));
        assert_eq!(chosen(8.0, [0, 3], |value| 8.0 + value), None);
    }

    #[test]
    fn every_number_is_lower_than_a_score_that_is_none() {
        for none in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            assert_eq!(
                chosen(none, [0, 3], |value| value),
                Some((0, 1.0)),
                "{none}"
            );
        }
    }

    #[test]
    fn a_trial_without_a_score_changes_nothing() {
        for none in [f32::NAN, f32::INFINITY, f32::MAX] {
            assert_eq!(chosen(8.0, [0, 3], |_| none), Some((1, 5.0)), "{none}");
        }
    }

    #[test]
    fn the_largest_number_does_not_rank() {
        for (bits, ranks) in [
            (0, true),
            (1 - i32::MAX, true),
            (i32::MAX - 1, true),
            (i32::MAX, false),
            (i32::MIN, false),
        ] {
            assert_eq!(is_number(Fixed::<16>::from_bits(bits)), ranks, "{bits}");
        }
        assert!(is_number(f32::MIN) && !is_number(f32::MAX) && !is_number(f32::NAN));
    }
}
