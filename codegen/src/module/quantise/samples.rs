//! Vectors of the calibration rows on their way through a flow, and what quantisation asks of them.

use crate::flow::ir::Linear;

/// In spreads of the sound rows: 500 deviations where they are normal.
const FAR: f64 = 256.0;

/// As many vectors of one width as there are rows, one after another.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub width: usize,
    pub values: Vec<f64>,
}

impl Samples {
    /// The rows whose numbers are all finite and none of them far out: a broken sensor says nothing of the scale of a
    /// sound one.
    ///
    /// Far out is [`FAR`] times as far from the median as nineteen rows of twenty are; of an input that hardly ever
    /// changes nothing is.
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

    /// One vector a row.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// How many rows.
    pub fn count(&self) -> usize {
        self.rows().count()
    }

    /// The elements `order`, of each vector.
    pub fn pick(&self, order: &[usize]) -> Self {
        let values = self.rows().flat_map(|row| order.iter().map(|&i| row[i]));
        Self {
            width: order.len(),
            values: values.collect(),
        }
    }

    /// Each number by itself.
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

    /// What a share `q` of each element's magnitudes does not exceed, between two of them in proportion.
    pub fn quantiles(&self, q: f64) -> Vec<f64> {
        let column = |i: usize| self.rows().map(|row| row[i].abs()).collect();
        (0..self.width).map(|i| quantile(column(i), q)).collect()
    }
}

/// Vectors that meet a row or column of a matrix in turn, while it is in the cache.
pub(super) const BLOCK: usize = 8;

/// Adds `W x` to each `y`, column by column: every sum in the order of the inputs, side by side with those of other outputs.
fn product(columns: &[f64], x: &[f64], inputs: usize, y: &mut [f64], outputs: usize) {
    for (j, column) in columns.chunks_exact(outputs.max(1)).enumerate() {
        for (y, x) in y
            .chunks_exact_mut(outputs.max(1))
            .zip(x.chunks_exact(inputs.max(1)))
        {
            let x = x[j];
            // A plain loop: build scripts run without optimisation.
            for (y, w) in y.iter_mut().zip(column) {
                *y += w * x;
            }
        }
    }
}

/// What a share `q` of the values does not exceed, between two of them in proportion; 0 of none.
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
}
