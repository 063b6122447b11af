//! Mean and deviation of each input, from which a board tells how its own sensors differ.

use super::fixed::Scale;
use super::taken::taken;
use crate::{Error, Model, Result};

/// Means and standard deviations of all inputs over the model's normal rows, rounded to `f32`; in counts where there is a
/// `scale`: the constants of `nice_flow::Spread`.
pub fn spread(model: &Model, scale: Option<&Scale>) -> Result<Spread> {
    if !model.context().is_empty() {
        let message = "expected a model without a context, since another speed or load is no other sensor, found one with";
        return Err(Error::input("--commission", message));
    }
    let dim = model.dim().max(1);
    let rows = taken(model, &model.normal_rows(model.first()), scale);
    let count = rows.len() / dim;
    if count < 2 {
        let message = format!("expected at least 2 normal rows in the model, found {count}");
        return Err(Error::input("--commission", message));
    }
    let column = |j: usize| rows.iter().skip(j).step_by(dim);
    let mean = |j: usize| column(j).sum::<f64>() / count as f64;
    let deviation = |j: usize| {
        let squares: f64 = column(j).map(|x| (x - mean(j)).powi(2)).sum();
        libm::sqrt(squares / (count - 1) as f64)
    };
    Ok(Spread {
        mean: (0..dim).map(|j| mean(j) as f32).collect(),
        deviation: (0..dim).map(|j| deviation(j) as f32).collect(),
    })
}

/// Mean and standard deviation of each input.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Spread {
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Flow, Prior};

    #[test]
    fn a_spread_is_in_the_unit_of_the_inputs() {
        let flow = Flow {
            dim: 2,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["a".into(), "b".into()], flow);
        let rows = [1.0, 7.0, 3.0, 7.0, 5.0, 7.0];
        model.calibration = Some(model.calibration_of(&rows));
        let found = spread(&model, None).unwrap();
        assert_eq!(
            (found.mean, found.deviation),
            (vec![3.0, 7.0], vec![2.0, 0.0])
        );
        let scale: Scale = "unit=0.5;zero=10".parse().unwrap();
        let found = spread(&model, Some(&scale)).unwrap();
        assert_eq!(
            (found.mean, found.deviation),
            (vec![16.0, 24.0], vec![4.0, 0.0])
        );
        model.calibration = Some(model.calibration_of(&rows[..2]));
        let error = spread(&model, None).unwrap_err().to_string();
        assert!(error.contains("found 1"), "{error}");
    }
}
