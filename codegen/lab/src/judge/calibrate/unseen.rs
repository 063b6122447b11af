//! Values of a context that training never saw.

use nice_flow_codegen::Model;

/// A column that is context, and has values among the calibration rows that none of the normal rows had which the model keeps.
///
/// What is normal given such a value nobody has learnt: the scores of these rows, and a threshold from them, mean nothing.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Unseen {
    /// The name of the column.
    pub feature: String,
    /// Its least value in the rows that the model keeps.
    pub least: f64,
    /// Its largest value there.
    pub largest: f64,
    /// The first value that none of them has.
    pub value: f64,
    /// The number of calibration rows with such values.
    pub rows: usize,
}

/// With no more different values than these a column is taken for a choice of settings, between which nothing was learnt.
const SETTINGS: usize = 10;

/// A value beyond the others by this share of their range is still like them.
const BEYOND: f64 = 0.1;

/// Finds such columns. Those that were constant in training are [woken](super::Woken).
pub(super) fn unseen(model: &Model, kept: &[f64], rows: &[f64]) -> Vec<Unseen> {
    let dim = model.dim();
    let column = |rows: &[f64], feature: usize| -> Vec<f64> {
        let values = rows.iter().skip(feature).step_by(dim);
        // The rows that a model keeps are rounded to f32.
        values.map(|value| f64::from(*value as f32)).collect()
    };
    let contexts = model.context().into_iter();
    contexts
        .filter_map(|feature| {
            let mut known = column(kept, feature);
            known.sort_by(f64::total_cmp);
            known.dedup();
            let (least, largest) = (*known.first()?, *known.last()?);
            let more = BEYOND * (largest - least);
            let is_known = |value: &f64| match known.len() <= SETTINGS {
                true => known.contains(value),
                false => (least - more..=largest + more).contains(value),
            };
            let found = column(rows, feature).into_iter();
            let new = found.filter(|value| value.is_finite() && !is_known(value));
            let new: Vec<f64> = new.collect();
            let value = *new.first().filter(|_| known.len() > 1)?;
            Some(Unseen {
                feature: model.features[feature].clone(),
                least,
                largest,
                value,
                rows: new.len(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow_codegen::flow::ir::{Flow, Prior};

    #[test]
    fn a_setting_or_a_range_that_training_never_saw_is_named() {
        let flow = Flow {
            dim: 3,
            layers: vec![],
            prior: Prior::Normal.given(vec![1, 2]),
        };
        let model = Model::new("m", ["x", "speed", "load"].map(String::from).into(), flow);
        let row = |i: u32| [0.0, f64::from(1 + i % 2), f64::from(i)];
        let kept: Vec<f64> = (0..100).flat_map(row).collect();
        let more: Vec<f64> = (100..109).flat_map(row).collect();
        assert_eq!(unseen(&model, &kept, &more), []);
        let other = [[0.0, 1.5, 50.0], [0.0, 2.0, 120.0], [0.0, 3.0, 50.0]].concat();
        let found = unseen(&model, &kept, &other);
        let short = |it: &Unseen| (it.feature.clone(), it.value, it.rows);
        let expected = [
            ("speed".to_string(), 1.5, 2),
            ("load".to_string(), 120.0, 1),
        ];
        assert_eq!(found.iter().map(short).collect::<Vec<_>>(), expected);
        assert_eq!((found[1].least, found[1].largest), (0.0, 99.0));
    }

    /// A tenth of the range of 1000 to 1099 on either side is like it; what was constant is left to others.
    #[test]
    fn a_range_ends_a_tenth_beyond_what_was_seen() {
        let flow = Flow {
            dim: 3,
            layers: vec![],
            prior: Prior::Normal.given(vec![1, 2]),
        };
        let model = Model::new("m", ["x", "site", "load"].map(String::from).into(), flow);
        let kept: Vec<f64> = (1000..1100)
            .flat_map(|i| [0.0, 7.0, f64::from(i)])
            .collect();
        for (load, is_new) in [
            (989.0, true),
            (991.0, false),
            (1_005.0, false),
            (1_108.0, false),
            (1_110.0, true),
            (1_250.0, true),
        ] {
            let found = unseen(&model, &kept, &[0.0, 8.0, load]);
            let names: Vec<&str> = found.iter().map(|it| it.feature.as_str()).collect();
            let expected: &[&str] = if is_new { &["load"] } else { &[] };
            assert_eq!(names, expected, "{load}");
        }
    }
}
