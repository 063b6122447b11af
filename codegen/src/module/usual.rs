//! The usual values of each input, by which anomalies are explained.

use super::fixed::Scale;
use crate::{Error, Model, Result};

/// `count` usual values of each input: quantiles over the model's normal rows, rounded to `f32`, the lowest first; as
/// counts where there is a `scale`.
///
/// Of `n` sorted values they are those at the places `⌊(2i + 1) n / 2 count⌋`, so that each stands for an equal share of
/// the rows. A machine with several regimes has usual values in each of them.
pub fn usual_values(model: &Model, count: usize, scale: Option<&Scale>) -> Result<Vec<Vec<f64>>> {
    model.expect_known_context("usual values")?;
    let (rows, dim) = (model.normal_rows(model.first()), model.dim());
    let mut columns = vec![vec![]; dim];
    for row in rows.chunks_exact(dim.max(1)) {
        for (column, x) in columns.iter_mut().zip(row) {
            column.push(f64::from(*x as f32));
        }
    }
    let usual: Vec<Vec<f64>> = columns
        .into_iter()
        .map(|column| quantiles(column, count))
        .collect();
    if let Some(input) = usual.iter().position(Vec::is_empty) {
        let message = format!(
            "expected a finite value in the model's normal rows, found none in {}",
            rows.len() / dim.max(1)
        );
        return Err(Error::input(&model.features[input], message));
    }
    Ok(match scale {
        None => usual,
        Some(scale) => counts(&usual, &scale.above(model.baseline)),
    })
}

/// The finite ones of the values at equally spaced ranks; none of none.
pub fn quantiles(mut values: Vec<f64>, count: usize) -> Vec<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let place = |i| (2 * i + 1) * values.len() / (2 * count);
    (0..count)
        .filter_map(|i| values.get(place(i)).copied())
        .collect()
}

/// The values of each input as counts.
fn counts(usual: &[Vec<f64>], scale: &Scale) -> Vec<Vec<f64>> {
    let count = usual.iter().map(Vec::len).min().unwrap_or(0);
    let mut counts = vec![vec![]; usual.len()];
    for place in 0..count {
        let row: Vec<f64> = usual.iter().map(|values| values[place]).collect();
        for (counts, x) in counts.iter_mut().zip(scale.counts(&row, row.len())) {
            counts.push(x);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Flow, Prior};

    fn model() -> Model {
        let flow = Flow {
            dim: 2,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["a".into(), "b".into()], flow);
        let rows: Vec<f64> = (0..90)
            .flat_map(|i| [f64::from(89 - i), f64::from(i % 3) / 10.0])
            .collect();
        model.calibration = Some(model.calibration_of(&rows));
        model
    }

    #[test]
    fn usual_values_stand_for_equal_shares_of_the_rows() {
        let usual = usual_values(&model(), 3, None).unwrap();
        assert_eq!(usual[0], [15.0, 45.0, 75.0]);
        assert_eq!(usual[1], [0.0, 0.1, 0.2].map(|x| f64::from(x as f32)));
    }

    #[test]
    fn usual_values_of_counts_are_counts() {
        let scale: Scale = "unit=0.5,0.1;zero=100,0".parse().unwrap();
        let usual = usual_values(&model(), 3, Some(&scale)).unwrap();
        assert_eq!(usual, [[130.0, 190.0, 250.0], [0.0, 1.0, 2.0]]);
        // What is above a baseline is a difference, whose zero cancels.
        let mut above = model();
        above.baseline = Some("EWMA:16".parse().unwrap());
        let usual = usual_values(&above, 3, Some(&scale)).unwrap();
        assert_eq!(usual[0], [30.0, 90.0, 150.0]);
    }

    #[test]
    fn an_input_without_a_finite_value_is_named() {
        let mut model = model();
        let mut kept = model.calibration.take().unwrap();
        kept.rows.clear();
        model.calibration = Some(kept);
        let error = usual_values(&model, 3, None).unwrap_err().to_string();
        assert!(error.starts_with("a: expected a finite value"), "{error}");
    }
}
