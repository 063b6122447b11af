//! Detects thresholds that no score can exceed.

use crate::host::score::score;
use nice_flow_codegen::Model;
use nice_flow_codegen::{Numeric, Result};

/// Whether nothing exceeds the threshold, not even the score of a dead sensor, because it is the largest possible
/// score.
///
/// Integer scores are largest for every row with an input at or beyond the encoder's limit. The threshold has that
/// value if the share of such rows in the calibration is at least the false-alarm rate.
pub fn is_blind(model: &Model, numeric: Numeric) -> Result<bool> {
    let dead = vec![f64::NAN; model.dim()];
    let score = score(model, &dead, numeric.into(), &|_| ())?;
    Ok(score.verdicts(model.threshold_of(numeric)) == [false])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibrate::calibrate;
    use nice_flow_codegen::flow::ir::{Flow, Prior};

    /// A model of two standard normals, calibrated for one false alarm in a hundred; some of the thousand rows are `far` out.
    fn calibrated(far: usize) -> Model {
        let flow = Flow {
            dim: 2,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("pump", vec!["a".into(), "b".into()], flow);
        let value = |n: usize| (n as f64 * 2.399_963).sin();
        let rows = (0..1000).flat_map(|n| match n < far {
            true => [1e6, value(n)],
            false => [value(n), value(7 * n)],
        });
        let _ = calibrate(&mut model, &rows.collect::<Vec<_>>(), 0.01, &|_| ()).unwrap();
        model
    }

    #[test]
    fn a_threshold_is_blind_where_a_dead_sensor_does_not_exceed_it() {
        let blind = |far| {
            let model = calibrated(far);
            Numeric::ALL.map(|numeric| (numeric, is_blind(&model, numeric).unwrap()))
        };
        // The tenth largest score is the threshold: nine rows may be as far out as integers go.
        assert!(blind(0).iter().all(|(_, blind)| !blind));
        assert!(blind(9).iter().all(|(_, blind)| !blind));
        // Scores in floating point have no largest one: a broken sensor still has a worse one.
        for (numeric, blind) in blind(10) {
            assert_eq!(blind, numeric != Numeric::F32, "{numeric}");
        }
    }
}
