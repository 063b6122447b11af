//! What a count was, where a recording holds numbers in another unit.

/// The most counts to either side of zero.
const MOST: f64 = 32_767.0;

/// The most decimals of numbers that are looked for.
const DECIMALS: i32 = 7;

/// The largest step of which all values are multiples, if that makes them counts of 16 bits; 1 for whole numbers that are.
///
/// Decimals may have been rounded: -0.012695 is a multiple of 1/2048 where all others are.
pub(super) fn of_count(values: &mut Vec<f64>) -> Option<f64> {
    values.retain(|x| x.is_finite());
    values.sort_by(f64::total_cmp);
    values.dedup();
    let largest = values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if largest == 0.0 {
        return Some(1.0);
    }
    let decimals = (0..=DECIMALS).find(|places| has_decimals(values, *places));
    let whole = decimals.map(|places| common(values, places));
    if decimals == Some(0) && largest <= MOST {
        return Some(1.0);
    }
    let rounding = match decimals {
        Some(places) => 0.5 * 10f64.powi(-places),
        None => largest * f64::from(f32::EPSILON),
    };
    let step = rounded_step(values, rounding);
    let fits = |step: &f64| largest / step <= MOST;
    [step, whole]
        .into_iter()
        .flatten()
        .filter(fits)
        .fold(None, |best: Option<f64>, step| {
            Some(best.map_or(step, |best| best.max(step)))
        })
}

/// Whether all values have at most so many decimals.
fn has_decimals(values: &[f64], places: i32) -> bool {
    let one = 10f64.powi(places);
    values.iter().all(|x| {
        let scaled = x * one;
        (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0) && scaled.abs() < 1e15
    })
}

/// The largest step of so many decimals of which all values are multiples.
fn common(values: &[f64], places: i32) -> f64 {
    let one = 10f64.powi(places);
    let whole = values.iter().map(|x| (x * one).round().abs() as u64);
    whole.fold(0, divisor) as f64 / one
}

fn divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A step of which all values, sorted, are multiples to within what rounding did to each.
fn rounded_step(values: &[f64], rounding: f64) -> Option<f64> {
    let apart = values.windows(2).map(|pair| pair[1] - pair[0]);
    let magnitudes = values.iter().map(|x| x.abs()).filter(|x| *x > 0.0);
    let mut step = apart.chain(magnitudes).fold(f64::INFINITY, f64::min);
    if !step.is_finite() || step <= 4.0 * rounding {
        return None;
    }
    // Each larger multiple tells the step more exactly, as long as there is no doubt which multiple it is.
    let mut magnitudes: Vec<f64> = values
        .iter()
        .map(|x| x.abs())
        .filter(|x| *x > 0.0)
        .collect();
    magnitudes.sort_by(f64::total_cmp);
    for x in magnitudes {
        let multiple = (x / step).round();
        if multiple == 0.0 || (x - multiple * step).abs() > 0.4 * step {
            return None;
        }
        step = x / multiple;
    }
    let is_multiple = |x: &f64| (x - (x / step).round() * step).abs() <= 2.5 * rounding;
    values.iter().all(is_multiple).then_some(plain(step))
}

/// The step itself, or one over a whole number if it is nearly that, as ranges of sensors are.
fn plain(step: f64) -> f64 {
    let whole = (1.0 / step).round();
    match (1.0 / step / whole - 1.0).abs() < 1e-6 {
        true => 1.0 / whole,
        false => step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(values: &[f64]) -> Option<f64> {
        of_count(&mut values.to_vec())
    }

    #[test]
    fn whole_numbers_are_counts() {
        assert_eq!(unit(&[4.0, -8.0, 400.0, f64::NAN]), Some(1.0));
        assert_eq!(unit(&[0.0, 0.0]), Some(1.0));
    }

    #[test]
    fn decimals_are_multiples_of_their_largest_step() {
        assert_eq!(unit(&[1.433, -1.375, 0.54]), Some(0.001));
        assert_eq!(unit(&[0.5, 1.25, -3.0]), Some(0.25));
        assert_eq!(unit(&[98_304.0, 65_536.0, -98_304.0]), Some(32_768.0));
    }

    #[test]
    fn a_step_is_found_behind_rounded_decimals() {
        let count = |i: i32| (f64::from(i * 37 % 4001 - 2000) / 2048.0 * 1e6).round() / 1e6;
        let found = unit(&(0..2000).map(count).collect::<Vec<_>>()).unwrap();
        assert_eq!(found, 1.0 / 2048.0);
        let single = |i: i32| f64::from(f32::from((i as i16 * 37) % 301 - 150) * 0.061);
        let found = unit(&(0..300).map(single).collect::<Vec<_>>()).unwrap();
        assert!((found / (0.061 * 1.0) - 1.0).abs() < 1e-4, "{found}");
    }

    #[test]
    fn what_has_no_step_or_is_beyond_16_bits_is_asked_for() {
        assert_eq!(unit(&[1.0, 70_000.0]), None);
        assert_eq!(
            unit(&[std::f64::consts::PI, std::f64::consts::E, 1.0]),
            None
        );
    }
}
