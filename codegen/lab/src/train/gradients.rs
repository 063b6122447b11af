//! Tests the gradients against finite differences and against PyTorch.

use super::architecture::Architecture;
use super::kernel::{BATCH, Lane, PART};
use super::nice::Nice;
use super::prior::Prior;
use super::real::Real;

#[derive(serde::Deserialize)]
struct Case {
    prior: String,
    rows: Vec<Vec<f64>>,
    parameters: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

/// Results of PyTorch; see the fixture's README.
fn cases() -> Vec<Case> {
    let text = include_str!("../../tests/fixtures/training/gradients.json");
    serde_json::from_str(text).expect("the fixture")
}

impl Case {
    fn flow<T: Real>(&self) -> Nice<T> {
        let prior = match self.prior.as_str() {
            "normal" => Prior::Normal,
            "logistic" => Prior::Logistic,
            _ => Prior::Mixture(3),
        };
        let architecture = Architecture {
            dim: 5,
            context: 0,
            couplings: 3,
            hidden: 4,
            depth: 2,
            prior,
        };
        let halves = [
            (vec![0, 3], vec![1, 2, 4]),
            (vec![1, 2, 4], vec![0, 3]),
            (vec![2, 4], vec![0, 1, 3]),
        ];
        let mut nice = Nice::new(architecture, halves.to_vec());
        assert_eq!(nice.parameters.len(), self.parameters.len());
        nice.parameters = self.parameters.iter().map(|p| T::of(*p)).collect();
        nice
    }

    /// The rows of a part, feature by feature, filled up with rows of zeros.
    fn part<T: Real>(&self, part: usize) -> Vec<Lane<T>> {
        let rows = self.rows.get(part * PART..).unwrap_or_default();
        let value = |row: usize, i: usize| rows.get(row).map_or(0.0, |row| row[i]);
        (0..5)
            .map(|i| std::array::from_fn(|row| T::of(value(row, i))))
            .collect()
    }

    /// The weights: one over the number of rows, and 0 for the rows of zeros.
    fn weights<T: Real>(&self) -> Vec<T> {
        let count = self.rows.len();
        let weight = |row| T::of(if row < count { 1.0 / count as f64 } else { 0.0 });
        (0..BATCH).map(weight).collect()
    }

    fn loss<T: Real>(&self, nice: &Nice<T>) -> f64 {
        let parts = (0..BATCH / PART).flat_map(|part| nice.log_density(&self.part(part)));
        let pairs = parts.collect::<Vec<_>>().into_iter();
        pairs
            .zip(self.weights::<T>())
            .map(|(log, weight)| -> f64 { (-log * weight).into() })
            .sum()
    }

    /// The largest difference between our gradient and PyTorch's, relative to the gradient's largest element.
    fn difference<T: Real>(&self) -> f64 {
        let (_, gradient) = self
            .flow::<T>()
            .gradient(|part| self.part(part), |_| self.weights());
        let pairs = gradient.iter().zip(&self.gradient);
        let apart = pairs.map(|(a, b)| ((*a).into() - b).abs());
        let sizes = self.gradient.iter().map(|slope| slope.abs());
        apart.fold(0.0, f64::max) / sizes.fold(0.0, f64::max)
    }
}

#[test]
fn losses_and_gradients_are_those_of_pytorch() {
    for case in cases() {
        let flow = case.flow::<f64>();
        assert!(
            (case.loss(&flow) - case.loss).abs() < 1e-12,
            "{}",
            case.prior
        );
        let difference = case.difference::<f64>();
        assert!(difference < 1e-12, "{}: {difference:e}", case.prior);
        // `f32` has 24 bits, of which a few are lost to rounding.
        let single = case.difference::<f32>();
        assert!(single < 1e-5, "{}: {single:e}", case.prior);
    }
}

#[test]
fn gradients_are_finite_differences_of_the_loss() {
    for case in cases() {
        let mut flow = case.flow::<f64>();
        let (_, gradient) = flow.gradient(|part| case.part(part), |_| case.weights());
        for (place, slope) in gradient.iter().enumerate() {
            // The error of a central difference is of the order of the squared step; cancellation adds 1e-16/1e-5.
            let step = 1e-5;
            let value = flow.parameters[place];
            flow.parameters[place] = value + step;
            let above = case.loss(&flow);
            flow.parameters[place] = value - step;
            let below = case.loss(&flow);
            flow.parameters[place] = value;
            let found = (above - below) / (2.0 * step);
            let apart = (found - slope).abs() / slope.abs().max(1.0);
            assert!(
                apart < 1e-6,
                "{} at {place}: {found} and {slope}",
                case.prior
            );
        }
    }
}

#[test]
fn the_exported_flow_is_the_trained_one() {
    for case in cases() {
        let nice = case.flow::<f32>();
        let flow = nice.flow();
        flow.check().expect("a flow");
        assert_eq!(flow.parameters() - 5, nice.parameters.len());
        let log_density = nice.log_density(&case.part(0));
        for (row, ours) in case.rows.iter().zip(log_density) {
            // One part in a million, the precision of `f32`, for densities of about ten nats.
            let reference = flow.log_density(row);
            let apart = (reference - f64::from(ours)).abs();
            assert!(apart < 1e-5 * (1.0 + reference.abs()), "{apart}");
        }
    }
}

#[test]
fn rows_of_weight_zero_do_not_count() {
    let case = &cases()[2];
    let nice = case.flow::<f64>();
    let before = nice.gradient(|part| case.part(part), |_| case.weights()).1;
    let other = |part| {
        let mut lanes = case.part(part);
        let rows = case.rows.len().saturating_sub(part * PART).min(PART);
        lanes.iter_mut().for_each(|lane| lane[rows..].fill(9.0));
        lanes
    };
    assert_eq!(nice.gradient(other, |_| case.weights()).1, before);
}

/// The same rows with the last two of five numbers as context: networks read them, and neither the prior nor the scales do.
#[test]
fn gradients_beside_a_context_are_finite_differences_of_the_loss() {
    let case = &cases()[0];
    let architecture = Architecture {
        dim: 3,
        context: 2,
        couplings: 2,
        hidden: 4,
        depth: 1,
        prior: Prior::Mixture(2),
    };
    let halves = [(vec![0, 3, 4], vec![1, 2]), (vec![1, 2, 3, 4], vec![0])];
    let mut flow = Nice::<f64>::new(architecture, halves.to_vec());
    assert_eq!(flow.parameters.len(), architecture.parameters());
    let numbers = (0..flow.parameters.len()).map(|i| 0.4 * (1.7 * i as f64).sin());
    flow.parameters = numbers.collect();
    let (_, gradient) = flow.gradient(|part| case.part(part), |_| case.weights());
    for (place, slope) in gradient.iter().enumerate() {
        let (step, value) = (1e-5, flow.parameters[place]);
        let mut loss = |at: f64| {
            flow.parameters[place] = at;
            case.loss(&flow)
        };
        let found = (loss(value + step) - loss(value - step)) / (2.0 * step);
        loss(value);
        let apart = (found - slope).abs() / slope.abs().max(1.0);
        assert!(apart < 1e-6, "at {place}: {found} and {slope}");
    }
    let single = Nice::<f32> {
        architecture,
        couplings: flow.couplings.clone(),
        parameters: flow.parameters.iter().map(|p| *p as f32).collect(),
    };
    let exported = single.flow();
    exported.check().expect("a flow");
    exported
        .check_context()
        .expect("a context that nothing changes");
    assert_eq!(exported.context(), [3, 4]);
    let log_density = single.log_density(&case.part(0));
    for (row, ours) in case.rows.iter().zip(log_density) {
        let reference = exported.log_density(row);
        assert!((reference - f64::from(ours)).abs() < 1e-5 * (1.0 + reference.abs()));
    }
}
