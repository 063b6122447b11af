//! Whether numbers are times.

use super::names::{is_time_name, letters};

/// Fewer steps from number to number say little of times.
const FEWEST_STEPS: usize = 8;

/// Of times, fewer than one step in so many goes against the others.
const WANDERING: usize = 4;

/// Whether a column has the name of a time, such as `timestamp` or `Time (s)`, and numbers that rise and never fall.
///
/// With a name of more than two letters, which hardly means something else, they may also be equal, as whole seconds of many samples
/// are; fall only, the newest first; or go back once, where a clock or a recording begins anew.
pub fn is_clock(name: &str, numbers: &[f64]) -> bool {
    let is_plain = letters(name).len() > 2;
    let goes_one_way = match steps(numbers) {
        (0, 0) => is_plain && !numbers.is_empty(),
        (_, 0) => true,
        (0 | 1, most) | (most, 1) => is_plain && most >= FEWEST_STEPS,
        _ => false,
    };
    is_time_name(name) && goes_one_way
}

/// Whether numbers rise and fall so often that they are no times. Those fall only where the newest are first, or a clock or a recording
/// begins anew.
pub fn wanders(numbers: &[f64]) -> bool {
    let (rising, falling) = steps(numbers);
    rising + falling >= FEWEST_STEPS && WANDERING * rising.min(falling) > rising + falling
}

/// How often numbers rise, and how often they fall.
fn steps(numbers: &[f64]) -> (usize, usize) {
    let count = |is_so: fn(&f64, &f64) -> bool| {
        let pairs = numbers.windows(2);
        pairs.filter(|pair| is_so(&pair[0], &pair[1])).count()
    };
    (count(f64::lt), count(f64::gt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_one_way() {
        let rising: Vec<f64> = (0..40).map(f64::from).collect();
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let anew = [&rising[..], &rising].concat();
        let slow = [&[7.0; 40][..], &[8.0; 3]].concat();
        for numbers in [&rising, &falling, &anew, &slow, &vec![3.0; 9]] {
            assert!(is_clock("timestamp", numbers), "{numbers:?}");
            assert!(!is_clock("speed", numbers));
        }
        let waving = [1.0, 2.0, 1.5, 3.0, 2.0];
        assert!(!is_clock("time", &waving) && !is_clock("time", &[]));
        // It may be a temperature.
        assert!(is_clock("t", &rising) && is_clock("t", &slow));
        for numbers in [&falling, &anew, &vec![3.0; 9]] {
            assert!(!is_clock("t", numbers), "{numbers:?}");
        }
    }
}
