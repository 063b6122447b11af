//! One step of a repair, at a run-time size: which one input to put at which of its usual values.

use crate::Number;

/// The input and its usual value that raise the log-density most; `None` if none does.
///
/// `usual` has the usual values of each input, and `far` says how far out it is: a number from 0, or a lower one for an input
/// that is left alone. `now` is the log-density of `x`, and `trial` that with one input at a value; what is above `highest`, or NaN,
/// is passed over. Where all trials leave the log-density as it is, because too much is too far out, the input that is farthest
/// out takes the middle one of its usual values.
// One loop for both, over log-densities: none is below that of what is impossible, while scores of integers have two ends. To check,
// see what `codegen/lab/tests/elf.rs` prints.
#[inline]
pub fn search<'a, X, T: Copy, S: Copy + PartialOrd>(
    x: &mut X,
    usual: &'a [impl AsRef<[T]>],
    far: impl IntoIterator<Item = i32>,
    now: S,
    [impossible, highest]: [S; 2],
    mut trial: impl FnMut(&mut X, usize, T) -> S,
) -> Option<(usize, &'a T)> {
    let (none, any) = (
        usual.len(),
        usual.iter().find_map(|values| values.as_ref().first())?,
    );
    let is_number = impossible < now && now <= highest;
    let mut most_likely = if is_number { now } else { impossible };
    // None is farther out than `i32::MAX`: it stands there once a trial has changed the log-density.
    let (mut choice, mut most) = ((none, any), -1);
    for (input, (values, far)) in usual.iter().zip(far).enumerate() {
        if far >= 0 {
            let values = values.as_ref();
            if far > most
                && let Some(value) = values.get(values.len() / 2)
            {
                most = far;
                choice = (input, value);
            }
            for value in values {
                let log_density = trial(x, input, *value);
                if log_density <= highest && log_density != most_likely {
                    if log_density > most_likely {
                        most_likely = log_density;
                        choice = (input, value);
                    } else if most < i32::MAX {
                        choice.0 = none;
                    }
                    most = i32::MAX;
                }
            }
        }
    }
    (choice.0 < none).then_some(choice)
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
            far,
            -now,
            [f32::NEG_INFINITY, f32::MAX],
            |(), _, value| -trial(value),
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
        for none in [f32::NAN, f32::NEG_INFINITY] {
            assert_eq!(chosen(8.0, [0, 3], |_| none), Some((1, 5.0)), "{none}");
        }
    }

    #[test]
    fn what_is_impossible_is_worse_than_every_number_and_no_better_than_none() {
        assert_eq!(chosen(8.0, [0, 3], |_| f32::INFINITY), None);
        for none in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(
                chosen(none, [0, 3], |_| f32::INFINITY),
                Some((1, 5.0)),
                "{none}"
            );
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
