//! Quartiles: a middle and a spread that single far values do not move.

/// The quartiles of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Quartiles {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

/// The distance between the quartiles of a normal distribution, in its standard deviations.
const NORMAL: f64 = 1.348_979_500_392_163_5;

impl Quartiles {
    /// The quartiles of the values that are finite; `None` if none is.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        if finite.is_empty() {
            return None;
        }
        Some(Self {
            low: place(&mut finite, 0.25),
            median: place(&mut finite, 0.5),
            high: place(&mut finite, 0.75),
        })
    }

    /// The standard deviation that a normal distribution with these quartiles has; zero if half the values are equal.
    pub fn spread(&self) -> f64 {
        (self.high - self.low) / NORMAL
    }
}

/// The median of the values that are finite, and their spread: that of the quartiles or, where half the values are equal,
/// the standard deviation. `None` if none is finite.
pub fn median_and_spread(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let quartiles = Quartiles::of(values.clone())?;
    let spread = match quartiles.spread() {
        0.0 => mean_and_deviation(values).1,
        spread => spread,
    };
    Some((quartiles.median, spread))
}

/// The mean and the standard deviation of the values that are finite.
pub fn mean_and_deviation(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let count = finite.clone().count().max(1) as f64;
    let mean = finite.clone().sum::<f64>() / count;
    let squares: f64 = finite.map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / count).sqrt();
    // A constant column has a deviation of exactly zero, however its mean was rounded.
    let is_rounding = deviation <= mean.abs() * 1e-12;
    (mean, if is_rounding { 0.0 } else { deviation })
}

/// The smallest value that at least a share `q` of them does not exceed.
fn place(values: &mut [f64], q: f64) -> f64 {
    let index = (q * values.len() as f64).ceil() as usize;
    *values
        .select_nth_unstable_by(index.saturating_sub(1), f64::total_cmp)
        .1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_values_move_neither_the_median_nor_the_spread() {
        let plain = Quartiles::of((1..=99).map(f64::from)).unwrap();
        let values = (1..=99).map(|i| if i == 99 { 1e9 } else { f64::from(i) });
        assert_eq!(Quartiles::of(values), Some(plain));
        assert_eq!((plain.low, plain.median, plain.high), (25.0, 50.0, 75.0));
    }

    #[test]
    fn the_spread_is_the_deviation_of_a_normal_distribution() {
        let standard = Quartiles {
            low: -0.674_489_75,
            median: 0.0,
            high: 0.674_489_75,
        };
        assert!((standard.spread() - 1.0).abs() < 1e-7);
    }

    #[test]
    fn values_that_are_no_numbers_do_not_count() {
        let values = [f64::NAN, 3.0, f64::INFINITY];
        assert_eq!(
            Quartiles::of(values.into_iter()).map(|q| q.median),
            Some(3.0)
        );
        assert_eq!(Quartiles::of([f64::NAN].into_iter()), None);
    }
}
