//! Which features make a row anomalous.
//!
//! A feature's effect is how far the score falls if the feature alone is replaced by the likeliest of its usual values.
//! Usual values are quantiles over the normal rows, so that a machine with several regimes has usual values in each.
//! This needs no gradient, and a fall has the same meaning for every feature. It does not show features that are
//! anomalous only in combination with others that are anomalous too.

use super::subject::Scored;
use crate::host::score::score;
use crate::judge::metrics::compare;
use nice_flow_codegen::Result;

/// The number of usual values of a feature.
const QUANTILES: usize = 15;

/// The most numbers in rows that are scored together.
const MOST_NUMBERS: usize = 4 << 20;

/// The effect of one feature on the score of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Index of the feature.
    pub feature: usize,
    /// The feature's value in the row.
    pub value: f64,
    /// The likeliest of the usual values.
    pub usual: f64,
    /// How far the score falls, at least 0; infinite if the score is finite only without the feature's value.
    pub fall: f64,
}

/// A row and its causes, the largest fall first.
#[derive(Clone, Debug)]
pub struct Strange {
    /// The index of the row in the data.
    pub row: usize,
    /// The causes: one for each feature.
    pub causes: Vec<Cause>,
}

/// The rows with the highest scores, the highest first, with their causes.
pub fn strangest(scored: &Scored, most: usize) -> Result<Vec<Strange>> {
    let mut order: Vec<usize> = (0..scored.scores.len()).collect();
    order.sort_by(|&a, &b| compare(scored.scores[b], scored.scores[a]));
    order.truncate(most);
    let usual = usual_values(scored);
    // Scored together, since an integer module is generated anew for each call; in several calls if rows are wide.
    let of_row = usual.iter().flatten().count() * scored.dim();
    let together = (MOST_NUMBERS / of_row.max(1)).max(1);
    let mut strange = vec![];
    for rows in order.chunks(together) {
        let repaired: Vec<f64> = rows
            .iter()
            .flat_map(|row| repaired(scored, *row, &usual))
            .collect();
        let subject = scored.subject;
        let scores = score(&subject.model, &repaired, subject.numeric, &|_| ())?.to_f64();
        let mut scores = scores.into_iter();
        strange.extend(rows.iter().map(|row| Strange {
            row: *row,
            causes: causes(scored, *row, &usual, &mut scores),
        }));
    }
    Ok(strange)
}

/// Copies of the row, each with one feature replaced by one of its usual values.
fn repaired(scored: &Scored, row: usize, usual: &[Vec<f64>]) -> Vec<f64> {
    let values = scored.subject.data.table.row(row);
    let mut repaired = vec![];
    for (feature, usual) in usual.iter().enumerate() {
        for value in usual {
            repaired.extend_from_slice(values);
            let start = repaired.len() - values.len();
            repaired[start + feature] = *value;
        }
    }
    repaired
}

/// Quantiles of each feature over the training rows or, without those, over the normal rows of the data.
fn usual_values(scored: &Scored) -> Vec<Vec<f64>> {
    let samples = scored.normal_samples();
    let rows = samples.first().map_or(&[][..], |sample| &sample.rows);
    let features = 0..scored.dim();
    features
        .map(|feature| {
            let column = rows.iter().map(|row| row[feature]);
            let mut column: Vec<f64> = column.filter(|value| value.is_finite()).collect();
            column.sort_by(f64::total_cmp);
            let place = |i: usize| (2 * i + 1) * column.len() / (2 * QUANTILES);
            let mut values: Vec<f64> = (0..QUANTILES)
                .filter_map(|i| column.get(place(i)).copied())
                .collect();
            values.dedup();
            values
        })
        .collect()
}

/// The causes of one row, the largest fall first; the next numbers of `scores` must be those of its `repaired` copies.
fn causes(
    scored: &Scored,
    row: usize,
    usual: &[Vec<f64>],
    scores: &mut impl Iterator<Item = f64>,
) -> Vec<Cause> {
    let (values, own) = (scored.subject.data.table.row(row), scored.scores[row]);
    let mut causes = vec![];
    for (feature, usual) in usual.iter().enumerate() {
        let repairs = usual.iter().zip(scores.by_ref().take(usual.len()));
        let best = repairs.min_by(|a, b| compare(a.1, b.1));
        causes.extend(best.map(|(usual, score)| Cause {
            feature,
            value: values[feature],
            usual: *usual,
            fall: fall(own, score, values[feature]),
        }));
    }
    causes.sort_by(|a, b| compare(b.fall, a.fall));
    causes
}

fn fall(own: f64, repaired: f64, value: f64) -> f64 {
    if own.is_finite() {
        (own - repaired).max(0.0)
    } else if repaired.is_finite() || !value.is_finite() {
        f64::INFINITY
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Rows, Subject};
    use crate::table::Table;
    use nice_flow_codegen::Model;
    use nice_flow_codegen::flow::ir::{Flow, Prior};

    /// A thousand rows between −1 and 1 and an anomalous one, scored under a standard normal.
    fn subject(strange: [f64; 3]) -> Subject {
        let mut values: Vec<f64> = (0..3000).map(|i| f64::from(i % 30) / 15.0 - 1.0).collect();
        values.extend(strange);
        let features: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let table = Table {
            header: None,
            rows: 1001,
            columns: 3,
            values,
            labels: None,
            features: features.clone(),
            ..Table::default()
        };
        let flow = Flow {
            dim: 3,
            layers: vec![],
            prior: Prior::Normal,
        };
        let model = Model::new("m", features, flow);
        Subject {
            model,
            data: Rows {
                file: String::new(),
                table,
            },
            train: None,
            numeric: Default::default(),
            board: None,
        }
    }

    #[test]
    fn the_feature_that_is_out_of_range_is_the_cause() {
        let subject = subject([0.5, -5.0, 0.0]);
        let scored = Scored::new(&subject).unwrap();
        let strange = &strangest(&scored, 1).unwrap()[0];
        let cause = &strange.causes[0];
        assert_eq!((strange.row, cause.feature, cause.value), (1000, 1, -5.0));
        // Independent standard normals give ½ (5² − usual²) nats; the likeliest of the usual values is near 0.
        assert!(cause.usual.abs() < 0.15, "{cause:?}");
        assert!((cause.fall - 0.5 * (25.0 - cause.usual * cause.usual)).abs() < 1e-9);
        assert!(strange.causes[1].fall < 0.2);
    }

    #[test]
    fn a_missing_value_is_the_cause_of_a_score_that_is_none() {
        let subject = subject([0.5, 2.0, f64::NAN]);
        let scored = Scored::new(&subject).unwrap();
        let strange = &strangest(&scored, 1).unwrap()[0];
        assert_eq!((strange.row, strange.causes[0].feature), (1000, 2));
        assert_eq!(strange.causes[0].fall, f64::INFINITY);
        assert_eq!(strange.causes[1].fall, 0.0);
    }

    #[test]
    fn strange_rows_are_found_where_no_value_is_usual() {
        let mut subject = subject([f64::NAN; 3]);
        subject.data.table.values = vec![f64::NAN; 3003];
        let strange = strangest(&Scored::new(&subject).unwrap(), 2).unwrap();
        let found: Vec<_> = strange.iter().map(|s| (s.row, s.causes.len())).collect();
        assert_eq!(found, [(0, 0), (1, 0)]);
    }

    #[test]
    fn a_fall_is_never_negative_and_a_broken_value_is_the_cause() {
        assert_eq!(fall(5.0, 2.0, 1.0), 3.0);
        assert_eq!(fall(5.0, 7.0, 1.0), 0.0);
        assert_eq!(fall(5.0, f64::NAN, 1.0), 0.0);
        assert_eq!(fall(f64::NAN, 2.0, f64::NAN), f64::INFINITY);
        assert_eq!(fall(f64::NAN, f64::NAN, f64::NAN), f64::INFINITY);
        assert_eq!(fall(f64::INFINITY, f64::INFINITY, 1.0), 0.0);
    }
}
