//! The arithmetic whose scores give a model its threshold.

use crate::host::arithmetic::Arithmetic;
use nice_flow_codegen::{Model, Numeric, lowered};

/// `f32`, as modules have it; `f64` of a flow that a PC alone scores, such as one with layer normalisation.
pub(super) fn arithmetic(model: &Model) -> Arithmetic {
    match lowered(model, Numeric::F32) {
        Ok(_) => Arithmetic::F32,
        Err(_) => Arithmetic::F64,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{calibrate, conformal};
    use super::*;
    use crate::host::score::score;
    use nalgebra::{DMatrix, DVector};
    use nice_flow_codegen::flow::ir::{
        Coupling, Flow, Layer, Linear, Network, Parameters, Prior, Stage,
    };

    #[test]
    fn a_flow_that_no_board_runs_has_a_threshold_in_f64() {
        let linear = |inputs, outputs| {
            Stage::Linear(Linear {
                weight: DMatrix::from_fn(outputs, inputs, |i, j| {
                    0.3 * i as f64 - 0.2 * j as f64 + 0.1
                }),
                bias: DVector::zeros(outputs),
            })
        };
        let normalise = Stage::Normalise { eps: 1e-5 };
        let coupling = Coupling {
            kept: vec![0],
            changed: vec![1],
            conditioner: Parameters::Joint(Network(vec![linear(1, 3), normalise, linear(3, 1)])),
            scale: None,
            backwards: false,
        };
        let flow = Flow {
            dim: 2,
            layers: vec![Layer::Coupling(coupling)],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["a".into(), "b".into()], flow);
        assert_eq!(arithmetic(&model), Arithmetic::F64);
        let rows: Vec<f64> = (0..80)
            .map(|i| f64::from(i * 37 % 41) / 20.0 - 1.0)
            .collect();
        let integers = calibrate(&mut model, &rows, 0.1, &|_| ()).unwrap();
        assert!(integers.iter().all(|(_, threshold)| threshold.is_err()));
        let scores = score(&model, &rows, Arithmetic::F64, &|_| ()).unwrap();
        assert_eq!(
            model.threshold,
            Some(conformal(&scores.to_f64(), 0.1).unwrap())
        );
        model.members[0].flow.layers.clear();
        assert_eq!(arithmetic(&model), Arithmetic::F32);
    }
}
