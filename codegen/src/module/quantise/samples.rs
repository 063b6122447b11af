//! The calibration rows as they pass through a flow, and statistics of them.

use super::multiples::add_multiples;
use crate::flow::ir::Linear;

/// The factor in [`Samples::sound`]: about 500 standard deviations if values are normally distributed.
const FAR: f64 = 256.0;

/// One vector for each calibration row, all of the same width, stored one after another.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub width: usize,
    pub values: Vec<f64>,
}

impl Samples {
    /// The rows without outliers, whose numbers are all finite: values from a broken sensor must not determine scales.
    ///
    /// An outlier is more than [`FAR`] times as far from the median as the 95 % quantile of that distance. An input
    /// whose quantile is 0, as it hardly ever changes, has no outliers.
    pub fn sound(width: usize, rows: &[f64]) -> Self {
        let rows = rows.chunks_exact(width.max(1));
        let finite: Vec<&[f64]> = rows
            .filter(|row| row.iter().all(|value| value.is_finite()))
            .collect();
        let limits: Vec<(f64, f64)> = (0..width)
            .map(|i| {
                let median = quantile(finite.iter().map(|row| row[i]).collect(), 0.5);
                let apart = finite.iter().map(|row| (row[i] - median).abs());
                (median, FAR * quantile(apart.collect(), 0.95))
            })
            .collect();
        let is_near = |(x, (median, limit)): (&f64, &(f64, f64))| {
            *limit == 0.0 || (x - median).abs() <= *limit
        };
        let is_sound = |row: &&&[f64]| row.iter().zip(&limits).all(is_near);
        Self {
            width,
            values: finite
                .iter()
                .filter(is_sound)
                .flat_map(|row| row.iter())
                .copied()
                .collect(),
        }
    }

    /// One vector per row.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// The number of rows.
    pub fn count(&self) -> usize {
        self.rows().count()
    }

    /// The elements `order` of each vector, in this order.
    pub fn pick(&self, order: &[usize]) -> Self {
        let values = self.rows().flat_map(|row| order.iter().map(|&i| row[i]));
        Self {
            width: order.len(),
            values: values.collect(),
        }
    }

    /// Applies `f` to every number.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            width: self.width,
            values: self.values.iter().map(|value| f(*value)).collect(),
        }
    }

    /// `W x + b` of each vector.
    pub fn linear(&self, layer: &Linear) -> Self {
        let width = layer.bias.len();
        let mut values = vec![0.0; self.count() * width];
        let blocks = self.values.chunks(BLOCK * self.width.max(1));
        for (y, x) in values.chunks_mut(BLOCK * width.max(1)).zip(blocks) {
            product(layer.weight.as_slice(), x, self.width, y, width);
        }
        for y in values.chunks_exact_mut(width.max(1)) {
            y.iter_mut()
                .zip(layer.bias.iter())
                .for_each(|(y, b)| *y += b);
        }
        Self { width, values }
    }

    /// Multiplies each number by that of other vectors of the same width.
    pub fn times(&self, by: &Self) -> Self {
        let pairs = self.values.iter().zip(&by.values);
        Self {
            width: self.width,
            values: pairs.map(|(value, by)| value * by).collect(),
        }
    }

    /// Adds narrower vectors to the elements from `first` on.
    pub fn shift(&mut self, first: usize, by: &Self) {
        for (row, by) in self
            .values
            .chunks_exact_mut(self.width.max(1))
            .zip(by.rows())
        {
            row.iter_mut()
                .skip(first)
                .zip(by)
                .for_each(|(value, by)| *value += by);
        }
    }

    /// The mean of each element.
    pub fn mean(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for row in self.rows() {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        sums.iter().map(|sum| sum / self.count() as f64).collect()
    }

    /// The quantile `q` of the magnitudes of each element, with linear interpolation.
    pub fn quantiles(&self, q: f64) -> Vec<f64> {
        let column = |i: usize| self.rows().map(|row| row[i].abs()).collect();
        (0..self.width).map(|i| quantile(column(i), q)).collect()
    }
}

/// Number of vectors that are multiplied by a matrix row or column while it is in the cache.
pub(super) const BLOCK: usize = 8;

/// Columns that a block of vectors is multiplied by while they are in the cache.
const COLUMNS: usize = 16;

/// Adds `W x` to each `y`, column by column: each sum adds the inputs in their order, and the sums of all outputs
/// advance together.
fn product(columns: &[f64], x: &[f64], inputs: usize, y: &mut [f64], outputs: usize) {
    let (inputs, outputs) = (inputs.max(1), outputs.max(1));
    for (block, columns) in columns.chunks(COLUMNS * outputs).enumerate() {
        for (y, x) in y.chunks_exact_mut(outputs).zip(x.chunks_exact(inputs)) {
            let x = x[block * COLUMNS..].split_at(columns.len() / outputs).0;
            add_multiples(y, x, columns.chunks_exact(outputs));
        }
    }
}

/// The quantile `q` of the values, with linear interpolation; 0 if there are none.
pub(super) fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = q * values.len().saturating_sub(1) as f64;
    let at = |place: f64| values.get(place as usize).copied().unwrap_or(0.0);
    let (below, above) = (at(place.floor()), at(place.ceil()));
    below + (above - below) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_broken_sensors_are_left_out() {
        let wave = |n: usize| [(n as f64).sin(), 7.0, f64::from(u8::from(n == 50))];
        let mut rows: Vec<f64> = (0..100).flat_map(wave).collect();
        assert_eq!(Samples::sound(3, &rows).values, rows);
        for (place, broken) in [(3, 1e6), (30, -1e300), (60, f64::NAN)] {
            rows[place] = broken;
        }
        let sound = Samples::sound(3, &rows);
        assert_eq!(sound.count(), 97);
        assert!(sound.rows().all(|row| row[0].abs() <= 1.0));
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(quantile(vec![3.0, 1.0, 2.0, 5.0], 0.5), 2.5);
        assert_eq!(quantile(vec![7.0], 0.999), 7.0);
        assert_eq!(quantile(vec![], 0.5), 0.0);
    }

    #[test]
    fn a_product_is_of_numbers_at_one_place() {
        let of = |values: [f64; 4]| Samples {
            width: 2,
            values: values.to_vec(),
        };
        let product = of([1.0, 2.0, 3.0, 4.0]).times(&of([5.0, 6.0, 7.0, -8.0]));
        assert_eq!(product.values, [5.0, 12.0, 21.0, -32.0]);
        assert_eq!(product.width, 2);
    }
}
