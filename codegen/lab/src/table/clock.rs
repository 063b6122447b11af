//! Whether numbers are times.

use super::names::is_time_name;

/// Fewer steps from number to number say little of times.
const FEWEST_STEPS: usize = 8;

/// Of times, fewer than one step in so many goes against the others.
const WANDERING: usize = 4;

/// Whether a column has the name of a time, such as `timestamp` or `Time (s)`, and numbers that never fall and are not all equal.
pub fn is_clock(name: &str, numbers: &[f64]) -> bool {
    is_time_name(name) && numbers.is_sorted() && numbers.first() < numbers.last()
}

/// Whether numbers rise and fall so often that they are no times. Those fall only where the newest are first, or a clock or a recording
/// begins anew.
pub fn wanders(numbers: &[f64]) -> bool {
    let steps = |is_so: fn(&f64, &f64) -> bool| {
        let pairs = numbers.windows(2);
        pairs.filter(|pair| is_so(&pair[0], &pair[1])).count()
    };
    let (rising, falling) = (steps(f64::lt), steps(f64::gt));
    rising + falling >= FEWEST_STEPS && WANDERING * rising.min(falling) > rising + falling
}
