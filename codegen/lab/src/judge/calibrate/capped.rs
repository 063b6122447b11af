//! Detects thresholds that are capped below what the calibration asked for.

use nice_flow_codegen::{Model, Numeric, Result, lowered};

/// Whether the rows of the calibration ask for the largest score as the threshold, so that the one that a board has is below
/// it and more rows than promised exceed it.
///
/// Integer scores are largest for every row with an input at or beyond the encoder's limit. They are the threshold if the
/// share of such rows in the calibration is at least the false-alarm rate.
pub fn has_capped_threshold(model: &Model, numeric: Numeric) -> Result<bool> {
    Ok(lowered(model, numeric)?.threshold(model) != model.threshold_of(numeric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::score::score;
    use crate::judge::calibrate::calibrate;
    use nice_flow_codegen::flow::ir::{Flow, Prior};
    use nice_flow_codegen::module::emit::emit;

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
    fn a_sensor_that_gives_no_number_exceeds_a_threshold_that_rows_make_the_largest_score() {
        let dead = [f64::NAN, 0.0];
        let capped = |far| {
            let model = calibrated(far);
            Numeric::ALL.map(|numeric| {
                let score = score(&model, &dead, numeric.into(), &|_| ()).unwrap();
                assert_eq!(score.verdicts(model.threshold_of(numeric)), [true]);
                (numeric, has_capped_threshold(&model, numeric).unwrap())
            })
        };
        // The tenth largest score is the threshold: nine rows may be as far out as integers go.
        assert!(capped(0).iter().all(|(_, capped)| !capped));
        assert!(capped(9).iter().all(|(_, capped)| !capped));
        // Scores in floating point have no largest one: a broken sensor still has a worse one.
        for (numeric, capped) in capped(10) {
            assert_eq!(capped, numeric != Numeric::F32, "{numeric}");
        }
    }

    #[test]
    fn a_module_flags_every_row_that_is_as_far_out_as_integers_go() {
        let model = calibrated(10);
        for numeric in [Numeric::I8, Numeric::I16] {
            let lowered = lowered(&model, numeric).unwrap();
            let text = emit(&model, &lowered).unwrap();
            let threshold = "THRESHOLD: Fixed = Fixed::from_bits(2147483646);";
            assert!(text.contains(threshold), "{text}");
        }
    }
}
