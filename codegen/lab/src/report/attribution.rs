//! Which features make a row anomalous.
//!
//! One feature after another is replaced by the one of its usual values that lowers the score most, until the row is
//! normal, as a board's `nice_flow::Repair` does it. Usual values are quantiles over normal rows, so that a machine with
//! several regimes has usual values in each. This needs no gradient, and a fall has the same meaning for every feature.

use super::subject::Scored;
use crate::host::explain::{Cause, Explainer};
use crate::judge::metrics::compare;
use nice_flow_codegen::module::{quantiles, usual_values};
use nice_flow_codegen::{Result, lowered};
use rayon::prelude::*;

/// The number of usual values of a feature.
const QUANTILES: usize = 15;

/// The most features that are put right in a row.
const MOST: usize = 3;

/// A row and its causes, the one to blame first in front.
#[derive(Clone, Debug)]
pub struct Strange {
    /// The index of the row in the data.
    pub row: usize,
    /// The causes.
    pub causes: Vec<Cause>,
}

/// The rows with the highest scores, the highest first, with their causes. Rows that are not flagged have causes too.
pub fn strangest(scored: &Scored, most: usize) -> Result<Vec<Strange>> {
    let mut order: Vec<usize> = (0..scored.scores.len()).collect();
    order.sort_by(|&a, &b| compare(scored.scores[b], scored.scores[a]));
    order.truncate(most);
    let subject = scored.subject;
    let numeric = subject.numeric.module();
    let lowered = numeric
        .map(|numeric| lowered(&subject.model, numeric))
        .transpose()?;
    let explainer = Explainer::of(&subject.model, lowered, usual(scored)?);
    let strange = order.into_par_iter().map(|row| {
        let threshold = scored.threshold().filter(|_| scored.flagged[row]);
        let values = subject.data.table.row(row);
        let causes = explainer.causes(values, threshold, MOST)?;
        Ok(Strange { row, causes })
    });
    strange.collect()
}

/// Usual values of each feature over the model's own normal rows or, without those, over the training rows or the normal
/// rows of the data.
fn usual(scored: &Scored) -> Result<Vec<Vec<f64>>> {
    if !scored.model().kept_rows().is_empty() {
        return usual_values(scored.model(), QUANTILES, None);
    }
    let samples = scored.normal_samples();
    let rows = samples.first().map_or(&[][..], |sample| &sample.rows);
    let features = 0..scored.dim();
    let column = |feature: usize| rows.iter().map(|row| row[feature]).collect();
    Ok(features
        .map(|feature| quantiles(column(feature), QUANTILES))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::arithmetic::Arithmetic;
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

    fn strangest_one(subject: &Subject) -> Strange {
        let scored = Scored::new(subject, &|_| ()).unwrap();
        let strange = strangest(&scored, 1).unwrap().remove(0);
        assert_eq!(strange.row, 1000);
        strange
    }

    #[test]
    fn the_feature_that_is_out_of_range_is_the_cause() {
        let strange = strangest_one(&subject([0.5, -5.0, 0.0]));
        let cause = &strange.causes[0];
        assert_eq!((cause.input, cause.value), (1, -5.0));
        // Independent standard normals give ½ (5² − usual²) nats; the likeliest of the usual values is near 0.
        assert!(cause.usual.abs() < 0.15, "{cause:?}");
        assert!((cause.fall - 0.5 * (25.0 - cause.usual * cause.usual)).abs() < 1e-9);
        assert!(strange.causes[1].fall < 0.2);
    }

    #[test]
    fn a_missing_value_is_the_cause_of_a_score_that_is_none() {
        let strange = strangest_one(&subject([0.5, 2.0, f64::NAN]));
        assert_eq!(strange.causes[0].input, 2);
        assert_eq!(strange.causes[0].fall, f64::INFINITY);
        assert_eq!(strange.causes[1].input, 1);
    }

    /// Beyond an encoder's limit each of them by itself leaves the largest score there is.
    #[test]
    fn two_dead_sensors_are_both_named_in_every_arithmetic() {
        for arithmetic in Arithmetic::ALL {
            for far in [600.0, f64::NAN] {
                let mut subject = subject([0.1, far, -600.0]);
                subject.numeric = arithmetic;
                let causes = strangest_one(&subject).causes;
                let mut named = [causes[0].input, causes[1].input];
                named.sort();
                assert_eq!(named, [1, 2], "{arithmetic:?}: {causes:?}");
                assert!(causes[1].fall > 0.0 && causes[1].score < 5.0);
            }
        }
    }

    #[test]
    fn strange_rows_are_found_where_no_value_is_usual() {
        let mut subject = subject([f64::NAN; 3]);
        subject.data.table.values = vec![f64::NAN; 3003];
        let strange = strangest(&Scored::new(&subject, &|_| ()).unwrap(), 2).unwrap();
        let found: Vec<_> = strange.iter().map(|s| (s.row, s.causes.len())).collect();
        assert_eq!(found, [(0, 0), (1, 0)]);
    }
}
