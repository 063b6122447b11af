//! The transformation from raw units to the state.

use super::power::exp2;
use super::samples::Samples;
use super::{Encoder, Format};
use crate::flow::ir::{Diagonal, Flow, Layer};
use crate::{Error, Result};

/// Mean and scale of each input, rounded to `f32` as on the board, so that folding them into the weights is exact.
pub(super) struct Entry {
    mean: Vec<f32>,
    /// Steps of 2⁻¹⁶ standard deviations per raw unit.
    factor: Vec<f32>,
    coarse: Option<Coarse>,
}

/// An input that changes by little of the scale that the flow's first layer gives it, so that the state has few steps for it.
struct Coarse {
    input: usize,
    deviation: f64,
    unit: f64,
}

/// The share of that scale below which an input is a [`Coarse`] one.
const COARSE: f64 = 1.0 / 64.0;

impl Entry {
    /// Mean and standard deviation from calibration rows. An input that hardly varies in them gets the scale of the
    /// flow's first layer instead.
    ///
    /// If its scale were much larger than the flow's, its weights would be so large that those of the other inputs lost
    /// precision; if it were much smaller, ordinary values would lie beyond the range of the state.
    pub fn new(flow: &Flow, rows: &Samples) -> Result<Self> {
        if rows.count() < 2 {
            let message = format!("expected at least 2 finite rows, found {}", rows.count());
            return Err(Error::input("calibration rows", message));
        }
        let mean = rows.mean();
        let (units, least) = units(flow);
        let context = flow.context();
        let found = deviation(rows, &mean);
        let coarse = coarsest(&found, &units, least);
        let found = found.into_iter().zip(&mean);
        let deviation: Vec<f64> = found
            .zip(units)
            .enumerate()
            .map(|(i, ((sd, mean), unit))| {
                // No layer says what a usual change of the context is: networks read it in raw units.
                let least = if context.contains(&i) { 0.0 } else { least };
                let hardly_changes = sd <= 1e-6 * (1.0 + mean.abs()) || sd < least * unit;
                if hardly_changes { unit } else { sd }
            })
            .collect();
        let entry = Self {
            mean: mean.iter().map(|mean| *mean as f32).collect(),
            factor: deviation.iter().map(|sd| (65536.0 / sd) as f32).collect(),
            coarse,
        };
        let is_usable = |(mean, factor): (&f32, &f32)| mean.is_finite() && factor.is_normal();
        match entry
            .mean
            .iter()
            .zip(&entry.factor)
            .position(|pair| !is_usable(pair))
        {
            None => Ok(entry),
            Some(i) => {
                let (mean, sd) = (mean[i], deviation[i]);
                let message = format!(
                    "expected mean and deviation of input {i} within the range of f32, found {mean} and {sd}"
                );
                Err(Error::input("calibration rows", message))
            }
        }
    }

    /// The error of a layer; one that follows from a coarse input says so.
    pub fn blamed(&self, error: Error) -> Error {
        let Some(Coarse {
            input,
            deviation,
            unit,
        }) = self.coarse
        else {
            return error;
        };
        error.advised(format!(
            "what is to blame is the scale of input {input}, which deviates by {deviation:.3e} in the calibration rows, while the model's first \
             layer takes {unit:.3e} for its deviation: import with the mean and the deviation of normal rows (--standardise)"
        ))
    }

    /// The transformation from raw units to standard deviations.
    pub fn diagonal(&self) -> Diagonal {
        Diagonal {
            center: self.mean.iter().copied().map(f64::from).collect(),
            factor: self
                .factor
                .iter()
                .map(|factor| f64::from(*factor) / 65536.0)
                .collect(),
        }
    }

    /// The rows in standard deviations, limited to ±`range`.
    pub fn encode(&self, rows: &Samples, range: f64) -> Samples {
        let Diagonal { center, factor } = self.diagonal();
        let one = |i: usize, x: f64| ((x - center[i]) * factor[i]).clamp(-range, range);
        let values = rows
            .rows()
            .flat_map(|row| row.iter().enumerate().map(|(i, x)| one(i, *x)));
        Samples {
            width: rows.width,
            values: values.collect(),
        }
    }

    /// The rows in raw units, none farther out than `range` standard deviations.
    pub fn limited(&self, rows: &Samples, range: f64) -> Vec<f64> {
        let Diagonal { center, factor } = self.diagonal();
        let encoded = self.encode(rows, range);
        let raw = |row: &[f64]| -> Vec<f64> {
            let constants = center.iter().zip(&factor);
            (row.iter().zip(constants))
                .map(|(u, (center, factor))| u / factor + center)
                .collect()
        };
        encoded.rows().flat_map(raw).collect()
    }

    /// The encoder that the board runs.
    pub fn encoder(&self, format: Format) -> Encoder {
        let unit = exp2(format.fraction as i32 - 16) as f32;
        Encoder {
            mean: self.mean.clone(),
            factor: self.factor.iter().map(|factor| factor * unit).collect(),
            limit: format.range << format.fraction,
        }
    }
}

/// The input that changes by the least share of the scale that a flow's first layer gives it, if it is coarse; one that never changes is not.
fn coarsest(deviation: &[f64], units: &[f64], least: f64) -> Option<Coarse> {
    let inputs = deviation.iter().zip(units).enumerate();
    let coarse = inputs.filter(|(_, (sd, unit))| **sd > 0.0 && **sd < least.min(COARSE) * **unit);
    let share = |sd: f64, unit: f64| sd / unit;
    let coarsest =
        coarse.min_by(|(_, (a, b)), (_, (c, d))| share(**a, **b).total_cmp(&share(**c, **d)));
    coarsest.map(|(input, (deviation, unit))| Coarse {
        input,
        deviation: *deviation,
        unit: *unit,
    })
}

fn deviation(rows: &Samples, mean: &[f64]) -> Vec<f64> {
    let mut squares = vec![0.0; rows.width];
    for row in rows.rows() {
        let apart = row.iter().zip(mean).map(|(x, mean)| x - mean);
        squares
            .iter_mut()
            .zip(apart)
            .for_each(|(square, apart)| *square += apart * apart);
    }
    let count = rows.count() as f64;
    squares
        .iter()
        .map(|square| (square / count).sqrt())
        .collect()
}

/// The scale that the flow's first layer gives each input, and the smallest standard deviation, as a share of that
/// scale, for which the calibration rows are used instead.
fn units(flow: &Flow) -> (Vec<f64>, f64) {
    match flow.layers.first() {
        Some(Layer::Diagonal(diagonal)) => {
            let units = diagonal.factor.iter().map(|f| 1.0 / f.abs());
            (units.collect(), 0.125)
        }
        // Scales of later layers are unknown here.
        _ => (vec![1.0; flow.dim], 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::Prior;

    #[test]
    fn an_input_that_never_changes_has_the_unit_of_the_flow() {
        let rows = Samples::sound(2, &[1.0, 5.0, 3.0, 5.0]);
        let mut flow = Flow {
            dim: 2,
            layers: vec![],
            prior: Prior::Normal,
        };
        assert_eq!(
            Entry::new(&flow, &rows).unwrap().diagonal().factor,
            [1.0, 1.0]
        );
        let standardise = Diagonal::standardise(vec![2.0, 5.0], &[4.0, 0.125]);
        flow.layers.push(Layer::Diagonal(standardise));
        assert_eq!(
            Entry::new(&flow, &rows).unwrap().diagonal().factor,
            [1.0, 8.0]
        );
    }

    #[test]
    fn an_input_that_hardly_changes_has_the_unit_of_the_flow() {
        let rows: Vec<f64> = (0..100).map(|n| if n == 50 { 1.0 } else { 0.0 }).collect();
        let rows = Samples::sound(1, &rows);
        let factor = |unit: f64| {
            let flow = Flow {
                dim: 1,
                layers: vec![Layer::Diagonal(Diagonal::standardise(vec![0.0], &[unit]))],
                prior: Prior::Normal,
            };
            Entry::new(&flow, &rows).unwrap().diagonal().factor[0]
        };
        assert_eq!(factor(4.0), 0.25);
        // The standard deviation is 0.0995, an eighth of 0.796, so a scale of 0.7 is not used.
        assert!((factor(0.7) - 1.0 / 0.0995).abs() < 0.01);
    }

    #[test]
    fn an_input_whose_scale_is_far_too_wide_is_to_blame() {
        let rows: Vec<f64> = (0..100).flat_map(|n| [f64::from(n % 2), 3.0]).collect();
        let rows = Samples::sound(2, &rows);
        let told = |unit: f64| {
            let standardise = Diagonal::standardise(vec![0.0, 3.0], &[unit, 1e9]);
            let flow = Flow {
                dim: 2,
                layers: vec![Layer::Diagonal(standardise)],
                prior: Prior::Normal,
            };
            let entry = Entry::new(&flow, &rows).unwrap();
            let error = entry.blamed(Error::input("layers.1", "weights are too large"));
            error.to_string()
        };
        // Half a unit is the deviation; an input that never changes is not coarse.
        for fine in [0.5, 31.0] {
            assert_eq!(told(fine), "layers.1: weights are too large");
        }
        let coarse = told(33.0);
        let expected = "the scale of input 0, which deviates by 5.000e-1 in the calibration rows";
        assert!(coarse.contains(expected), "{coarse}");
        assert!(coarse.contains("takes 3.300e1 for its"), "{coarse}");
    }
}
