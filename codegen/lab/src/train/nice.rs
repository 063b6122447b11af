//! A NICE flow in training: all parameters in one vector; log-densities and gradients for whole batches.
//!
//! The backward pass needs no stored activations of the layers. As layers of a flow are invertible, it recomputes their
//! inputs from their outputs one by one, and the signals of the networks from those.

use super::architecture::Architecture;
use super::kernel::{BATCH, Lane, sum};
use super::network::Network;
use super::real::Real;

/// The elements that a coupling keeps and changes, and its network's position among the parameters.
#[derive(Clone, Debug)]
pub(super) struct Coupling {
    pub kept: Vec<usize>,
    pub changed: Vec<usize>,
    pub network: Network,
}

/// Couplings, then `z · eˢ` for each element, then the prior. A context, if there is one, is behind the elements, and only
/// networks read it.
#[derive(Clone, Debug)]
pub(super) struct Nice<T> {
    pub architecture: Architecture,
    pub couplings: Vec<Coupling>,
    /// Those of the networks, then the log-scales `s`, then those of the prior.
    pub parameters: Vec<T>,
}

impl<T: Real> Nice<T> {
    /// A flow with all parameters zero. `halves` are the kept and the changed elements of each coupling.
    pub fn new(architecture: Architecture, halves: Vec<(Vec<usize>, Vec<usize>)>) -> Self {
        let mut start = 0;
        let coupling = |(kept, changed): (Vec<usize>, Vec<usize>)| {
            let widths = architecture.widths(kept.len(), changed.len());
            let network = Network::new(&widths, start);
            start = network.0.last().map_or(start, |layer| layer.bias.end);
            Coupling {
                kept,
                changed,
                network,
            }
        };
        Self {
            couplings: halves.into_iter().map(coupling).collect(),
            parameters: vec![T::ZERO; architecture.parameters()],
            architecture,
        }
    }

    /// The position of the log-scales.
    pub fn log_scales(&self) -> usize {
        let prior = self.architecture.prior.parameters(self.architecture.dim);
        self.parameters.len() - prior - self.architecture.dim
    }

    /// The log-scales and the prior's parameters.
    pub fn ends(&self) -> (&[T], &[T]) {
        self.parameters[self.log_scales()..].split_at(self.architecture.dim)
    }

    /// `ln p(x)` of every row.
    pub fn log_density(&self, x: &[Lane<T>]) -> Lane<T> {
        self.log_density_of(&self.forward(x))
    }

    /// `ln p(x)` of every row, and the gradient of `−Σ w ln p(x)`, where `weigh` computes the weights `w` from the
    /// log-densities.
    pub fn gradient(
        &self,
        x: &[Lane<T>],
        weigh: impl FnOnce(&Lane<T>) -> Lane<T>,
    ) -> (Lane<T>, Vec<T>) {
        let z = self.forward(x);
        let log_density = self.log_density_of(&z);
        let weights = weigh(&log_density).map(|weight| -weight);
        (log_density, self.backward(z, &weights))
    }

    fn forward(&self, x: &[Lane<T>]) -> Vec<Lane<T>> {
        let mut z = x.to_vec();
        for coupling in &self.couplings {
            let signals = coupling.signals(&self.parameters, &z);
            coupling.each_changed(&signals, &mut z, |z, shift| *z += shift);
        }
        for (z, log_scale) in z.iter_mut().zip(self.ends().0) {
            let scale = log_scale.exp();
            z.iter_mut().for_each(|z| *z *= scale);
        }
        z
    }

    fn log_density_of(&self, z: &[Lane<T>]) -> Lane<T> {
        let (log_scales, prior) = self.ends();
        let log_det = log_scales.iter().fold(T::ZERO, |sum, s| sum + *s);
        let scored = &z[..self.architecture.dim];
        let mut total = self.architecture.prior.log_density(prior, scored);
        total.iter_mut().for_each(|total| *total += log_det);
        total
    }

    /// The gradient of `Σ w ln p`, computed from the latent vectors.
    fn backward(&self, mut z: Vec<Lane<T>>, weights: &Lane<T>) -> Vec<T> {
        let mut gradient = vec![T::ZERO; self.parameters.len()];
        let (log_scales, prior) = self.ends();
        let (below, prior_gradient) = gradient.split_at_mut(self.parameters.len() - prior.len());
        let kind = self.architecture.prior;
        let scored = &z[..self.architecture.dim];
        let mut slopes = kind.backward(prior, scored, weights, prior_gradient);

        let scale_gradient = &mut below[self.log_scales()..];
        let weight = sum(weights);
        for (i, (z, slope)) in z.iter_mut().zip(&mut slopes).enumerate() {
            let scale = log_scales[i].exp();
            let products: Lane<T> = std::array::from_fn(|row| z[row] * slope[row]);
            scale_gradient[i] = sum(&products) + weight;
            z.iter_mut().for_each(|z| *z = *z / scale);
            slope.iter_mut().for_each(|slope| *slope *= scale);
        }
        // The prior and the scales do not depend on the context.
        slopes.resize(z.len(), [T::ZERO; BATCH]);
        for coupling in self.couplings.iter().rev() {
            coupling.backward(&self.parameters, &mut z, &mut slopes, &mut gradient);
        }
        gradient
    }
}

impl Coupling {
    /// The input of every linear layer of the network, and its output, which is the shift.
    fn signals<T: Real>(&self, parameters: &[T], x: &[Lane<T>]) -> Vec<Vec<Lane<T>>> {
        let kept = self.kept.iter().map(|&i| x[i]).collect();
        self.network.forward(parameters, kept)
    }

    fn each_changed<T: Real>(
        &self,
        signals: &[Vec<Lane<T>>],
        x: &mut [Lane<T>],
        f: impl Fn(&mut T, T),
    ) {
        let shifts = signals.last().into_iter().flatten();
        for (&i, shifts) in self.changed.iter().zip(shifts) {
            x[i].iter_mut()
                .zip(shifts)
                .for_each(|(x, shift)| f(x, *shift));
        }
    }

    /// Replaces the coupling's output `z` and the gradient there by its input and the gradient there.
    fn backward<T: Real>(
        &self,
        parameters: &[T],
        z: &mut [Lane<T>],
        slopes: &mut [Lane<T>],
        gradient: &mut [T],
    ) {
        let signals = self.signals(parameters, z);
        self.each_changed(&signals, z, |z, shift| *z -= shift);
        let shifts: Vec<[T; BATCH]> = self.changed.iter().map(|&i| slopes[i]).collect();
        let below = self
            .network
            .backward(parameters, &signals, shifts, gradient);
        for (&i, below) in self.kept.iter().zip(&below) {
            slopes[i]
                .iter_mut()
                .zip(below)
                .for_each(|(slope, below)| *slope += *below);
        }
    }
}
