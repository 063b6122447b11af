//! The scores of an ensemble's graph are those of the reference, in every combination.

use super::run::{Extremes, assert_near, outputs};
use super::*;
use crate::host::arithmetic::Arithmetic;
use crate::host::score::score;
use crate::judge::calibrate::exceeds;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::{Combine, Member, Tail};

const EXTREMES: [Extremes; 2] = [Extremes::Number, Extremes::NotANumber];

fn reference(model: &Model, rows: &[f64]) -> Vec<f64> {
    let scores = score(model, rows, Arithmetic::F64, &|_| ()).unwrap();
    scores.to_f64()
}

/// A normal of one number around `center`.
fn normal(center: f64, knots: [f64; 16], excess: f64) -> Member {
    let moved = Layer::Diagonal(Diagonal {
        center: vec![center],
        factor: vec![2.0],
    });
    let mut member = Member::new(Flow {
        dim: 1,
        layers: vec![moved],
        prior: Prior::Normal,
    });
    member.tail = Some(Tail { knots, excess });
    member
}

/// Three members whose tails have knots at other distances; the last has knots that tie.
fn ensemble(combine: Combine) -> Model {
    let knots = |first: f64, step: f64| std::array::from_fn(|j| first + step * (j * j) as f64);
    let mut tied = knots(0.3, 0.5);
    tied[3..6].fill(8.0);
    let members = vec![
        normal(0.0, knots(0.5, 0.1), 1.5),
        normal(0.25, knots(-1.0, 0.25), 0.5),
        normal(-0.5, tied, 3.0),
    ];
    let mut model = Model::new("pump", vec!["a".into()], members[0].flow.clone());
    (model.members, model.combine) = (members, Some(combine));
    model.threshold = Some(Threshold {
        score: 2.0,
        false_alarm_rate: 0.01,
    });
    model
}

/// Below the first knot, between all of them, far beyond the last, and no number.
fn rows() -> Vec<f64> {
    let near = (-400..400).map(|i| f64::from(i) * 0.012_3);
    near.chain([40.0, -1e4, f64::NAN]).collect()
}

#[test]
fn every_combination_has_the_scores_of_the_reference() {
    for combine in [Combine::Tail, Combine::Max, Combine::Density] {
        let model = ensemble(combine);
        let expected = reference(&model, &rows());
        for extremes in EXTREMES {
            let found = outputs(&model, &rows(), extremes);
            assert_near(&found("score").data, &expected);
        }
    }
}

/// The score of a broken sensor is no number, and an infinite one is farther than all.
#[test]
fn what_is_no_finite_number_is_anomalous_whatever_a_runtime_takes_for_the_higher() {
    let rows = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1];
    for combine in [Combine::Tail, Combine::Max] {
        for extremes in EXTREMES {
            let found = outputs(&ensemble(combine), &rows, extremes);
            let score = found("score").data;
            assert!(score[0].is_nan() && score[3].is_finite(), "{score:?}");
            assert_eq!(score[1..3], [f64::INFINITY; 2]);
            assert_eq!(found("anomalous").data, [1.0, 1.0, 1.0, 0.0]);
        }
    }
}

#[test]
fn what_is_above_the_threshold_is_anomalous_and_what_is_on_it_is_not() {
    let mut model = ensemble(Combine::Tail);
    let of = |model: &Model| outputs(model, &rows(), Extremes::Number);
    let scores = of(&model)("score").data;
    for threshold in [0.0, scores[7], scores[300], 1e9] {
        model.threshold.as_mut().unwrap().score = threshold;
        let expected = scores
            .iter()
            .map(|score| f64::from(u8::from(exceeds(*score, threshold))));
        let expected: Vec<f64> = expected.collect();
        assert_eq!(of(&model)("anomalous").data, expected, "{threshold}");
    }
}

#[test]
fn each_member_has_outputs_of_its_own() {
    let model = ensemble(Combine::Density);
    let rows = [0.5, -3.0];
    let found = outputs(&model, &rows, Extremes::Number);
    for (place, member) in model.members.iter().enumerate() {
        let flow = member.raw_flow();
        let log_densities = rows.map(|x| flow.log_density(&[x]));
        assert_near(&found(&format!("log_density_{place}")).data, &log_densities);
        let z = rows.map(|x| {
            let mut z = [x];
            flow.forward(&mut z);
            z[0]
        });
        let latent = found(&format!("z_{place}"));
        assert_near(&latent.data, &z);
        assert_eq!(latent.shape, [2, 1]);
    }
}
