//! Checks that no layer changes the context: then the log-determinant is that of the other elements alone.

use crate::flow::ir::{Flow, Layer, Prior};
use crate::{Error, Result};
use nalgebra::DMatrix;

impl Flow {
    /// The places of the context among the inputs, in the order of the prior's; empty if there is none.
    pub fn context(&self) -> Vec<usize> {
        let mut context = self.prior.context().to_vec();
        for layer in self.layers.iter().rev() {
            moved(layer, &mut context);
        }
        context
    }

    /// An error that names the layer, unless every layer leaves the context as it is, permutations aside.
    pub fn check_context(&self) -> Result<()> {
        let mut context = self.prior.context().to_vec();
        if context.is_empty() {
            return Ok(());
        }
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if let Some(element) = changed(layer, &context) {
                let message = format!(
                    "expected a context that no layer changes, found element {element} changed by a layer of kind {}",
                    layer.kind()
                );
                return Err(Error::input(format!("layers.{index}"), message));
            }
            moved(layer, &mut context);
        }
        Ok(())
    }
}

/// The places before a layer of what is at these places behind it.
fn moved(layer: &Layer, places: &mut [usize]) {
    if let Layer::Permute(order) = layer {
        places.iter_mut().for_each(|place| *place = order[*place]);
    }
}

/// An element of the context that a layer changes.
fn changed(layer: &Layer, context: &[usize]) -> Option<usize> {
    let is_changed = |&i: &usize| match layer {
        Layer::Coupling(coupling) => coupling.changed.contains(&i),
        Layer::Autoregressive(layer) => !layer.keeps(i),
        Layer::Diagonal(diagonal) => diagonal.center[i] != 0.0 || diagonal.factor[i] != 1.0,
        Layer::Permute(_) => false,
        Layer::Triangular(triangular) => mixes(&triangular.matrix, i),
        Layer::Dense(dense) => mixes(&dense.matrix, i) || dense.shift[i] != 0.0,
    };
    context.iter().copied().find(is_changed)
}

/// Whether row and column `i` are other than those of the identity.
fn mixes(matrix: &DMatrix<f64>, i: usize) -> bool {
    let unit = |j: usize| f64::from(u8::from(i == j));
    (0..matrix.nrows()).any(|j| matrix[(i, j)] != unit(j) || matrix[(j, i)] != unit(j))
}

/// An error unless the places rise, and leave an element that is no context.
pub(super) fn places(place: &str, context: &[usize], dim: usize) -> Result<()> {
    let rise = context.windows(2).all(|pair| pair[0] < pair[1]);
    let is_within = context.last().is_some_and(|last| *last < dim);
    if rise && is_within && context.len() < dim {
        return Ok(());
    }
    let message = format!("expected rising places below {dim}, not all of them, found {context:?}");
    Err(Error::input(place, message))
}

/// An error unless the density beside a context is one of numbers with a precision, which a module can make zero there.
pub(super) fn expect_normals(place: &str, prior: &Prior) -> Result<()> {
    match prior {
        Prior::Logistic | Prior::Given { .. } => {
            let message = format!(
                "expected a normal or Student-t prior, or a mixture of normals, beside a context, found a {}",
                prior.kind()
            );
            Err(Error::input(place, message))
        }
        Prior::Normal
        | Prior::DiagonalNormal(_)
        | Prior::Mixture { .. }
        | Prior::StudentT(_)
        | Prior::FullMixture { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Coupling, Dense, Diagonal, Linear, Network, Parameters, Stage};
    use nalgebra::DVector;

    /// `x₂ + 0.5 x₀ − 2 x₁ + 0.3` with the context `x₁`, then a permutation, then a scale.
    fn flow() -> Flow {
        let linear = Linear {
            weight: DMatrix::from_row_slice(1, 2, &[0.5, -2.0]),
            bias: DVector::from_element(1, 0.3),
        };
        let coupling = Coupling {
            kept: vec![0, 1],
            changed: vec![2],
            conditioner: Parameters::Joint(Network(vec![Stage::Linear(linear)])),
            scale: None,
            backwards: false,
        };
        Flow {
            dim: 3,
            layers: vec![
                Layer::Coupling(coupling),
                Layer::Permute(vec![1, 2, 0]),
                Layer::Diagonal(Diagonal::scale(vec![1.0, 0.5, 2.0])),
            ],
            prior: Prior::Normal.given(vec![0]),
        }
    }

    #[test]
    fn a_context_is_followed_from_the_prior_to_the_inputs() {
        let flow = flow();
        flow.check().unwrap();
        flow.check_context().unwrap();
        assert_eq!(flow.context(), [1]);
        assert_eq!(
            Flow {
                prior: Prior::Normal,
                ..flow
            }
            .context(),
            [0; 0]
        );
    }

    /// The integral over `x`, by the trapezoidal rule, whatever the context.
    #[test]
    fn the_density_integrates_to_one_over_what_is_scored() {
        let flow = flow();
        for context in [-1.0, 0.0, 2.5] {
            let line = || (-120..=120).map(|i| f64::from(i) * 0.15);
            let column = |x: f64| {
                let density = |y: f64| flow.log_density(&[x, context, y]).exp();
                line().map(density).sum::<f64>()
            };
            let total: f64 = line().map(column).sum::<f64>() * 0.15 * 0.15;
            assert!((total - 1.0).abs() < 1e-9, "{total}");
        }
    }

    #[test]
    fn a_layer_that_changes_the_context_is_named() {
        let with = |at: usize, layer: Layer| {
            let mut flow = flow();
            flow.layers[at] = layer;
            flow.check().unwrap();
            flow.check_context().unwrap_err().to_string()
        };
        let error = with(2, Layer::Diagonal(Diagonal::scale(vec![1.5, 1.0, 1.0])));
        assert!(
            error.starts_with("layers.2: expected a context that no layer changes"),
            "{error}"
        );
        let Layer::Coupling(coupling) = flow().layers.remove(0) else {
            unreachable!("the first layer")
        };
        let turned = Coupling {
            kept: vec![0, 2],
            changed: vec![1],
            ..coupling
        };
        let error = with(0, Layer::Coupling(turned));
        assert!(
            error.contains("element 1 changed by a layer of kind additive coupling"),
            "{error}"
        );
        let mut matrix = DMatrix::identity(3, 3);
        matrix[(2, 0)] = 0.5;
        let dense = Dense::new(matrix, DVector::zeros(3));
        assert!(with(2, Layer::Dense(dense)).contains("element 0"));
    }

    #[test]
    fn places_rise_and_leave_something_to_score() {
        for context in [vec![3], vec![1, 1], vec![2, 0], vec![0, 1, 2]] {
            let flow = Flow {
                prior: Prior::Normal.given(context),
                ..flow()
            };
            let error = flow.check().unwrap_err().to_string();
            assert!(
                error.starts_with("prior.context: expected rising places below 3"),
                "{error}"
            );
        }
        let flow = Flow {
            prior: Prior::Logistic.given(vec![0]),
            ..flow()
        };
        let error = flow.check().unwrap_err().to_string();
        assert!(error.contains("found a standard logistic"), "{error}");
    }
}
