//! A NICE flow in training: all parameters in one vector; log-densities and gradients for whole batches, on all cores.
//!
//! The backward pass needs no stored activations of the layers. As layers of a flow are invertible, it recomputes their
//! inputs from their outputs one by one, and the signals of the networks from those.

use super::architecture::Architecture;
use super::kernel::{BATCH, Lane, PART, sum};
use super::network::{Linear, Network, Side};
use super::pull::Pull;
use super::real::Real;
use rayon::prelude::*;

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

    /// `ln p(x)` of every row of a batch, and the gradient of `−Σ w ln p(x)`, where `weigh` computes the weights `w` from the
    /// log-densities.
    ///
    /// `part` gives each part of the batch. Threads share the parts, and then the parameters, since each sum over all rows is
    /// one thread's.
    pub fn gradient(
        &self,
        part: impl Fn(usize) -> Vec<Lane<T>> + Sync,
        weigh: impl FnOnce(&[T]) -> Vec<T>,
    ) -> (Vec<T>, Vec<T>) {
        let latent = |n: usize| {
            let z = self.forward(&part(n));
            (self.log_density_of(&z), z)
        };
        let latent: Vec<_> = (0..BATCH / PART).into_par_iter().map(latent).collect();
        let (log_density, latent): (Vec<Lane<T>>, Vec<_>) = latent.into_iter().unzip();
        let log_density = log_density.as_flattened().to_vec();
        let weights = weigh(&log_density);
        let weights = weights.as_chunks::<PART>().0.into_par_iter();
        let back = |(weights, z): (&Lane<T>, _)| self.back(z, weights.map(|weight| -weight));
        let traces: Vec<Trace<T>> = weights.zip(latent).map(back).collect();
        (log_density, self.sums(&traces))
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

    /// What the rows of a part contribute to the gradient of `Σ w ln p`, computed from their latent vectors.
    fn back(&self, mut z: Vec<Lane<T>>, weights: Lane<T>) -> Trace<T> {
        let (log_scales, prior) = self.ends();
        let scored = z[..self.architecture.dim].to_vec();
        let mut pull = self.architecture.prior.pull(prior, scored, weights);
        let mut slopes = std::mem::take(&mut pull.slopes);
        let mut stretches = vec![];
        for ((z, slope), log_scale) in z.iter_mut().zip(&mut slopes).zip(log_scales) {
            let scale = log_scale.exp();
            stretches.push(std::array::from_fn(|row| z[row] * slope[row]));
            z.iter_mut().for_each(|z| *z = *z / scale);
            slope.iter_mut().for_each(|slope| *slope *= scale);
        }
        // The prior and the scales do not depend on the context.
        slopes.resize(z.len(), [T::ZERO; PART]);
        let mut layers = vec![];
        for coupling in self.couplings.iter().rev() {
            coupling.backward(&self.parameters, &mut z, &mut slopes, &mut layers);
        }
        layers.reverse();
        Trace {
            pull,
            stretches,
            layers,
        }
    }

    /// The gradient: the sums over the rows of all parts.
    fn sums(&self, traces: &[Trace<T>]) -> Vec<T> {
        let mut gradient = vec![T::ZERO; self.parameters.len()];
        let (log_scales, prior) = self.ends();
        let (below, prior_gradient) = gradient.split_at_mut(self.parameters.len() - prior.len());
        let (mut rest, scale_gradient) = below.split_at_mut(below.len() - log_scales.len());
        let pulls: Vec<_> = traces.iter().map(|trace| &trace.pull).collect();
        let weight = sum(pulls.iter().map(|pull| &pull.weights));
        for (i, scale_gradient) in scale_gradient.iter_mut().enumerate() {
            let stretches = traces.iter().map(|trace| &trace.stretches[i]);
            *scale_gradient = sum(stretches) + weight;
        }
        let layers = self
            .couplings
            .iter()
            .flat_map(|coupling| &coupling.network.0);
        let places = layers.map(|layer| {
            let (weight, others) = std::mem::take(&mut rest).split_at_mut(layer.weight.len());
            let (bias, others) = others.split_at_mut(layer.bias.len());
            rest = others;
            (weight, bias)
        });
        let places: Vec<_> = places.collect();
        let add = |(layer, (weight, bias)): (usize, (&mut [T], &mut [T]))| {
            let sides = traces.iter().map(|trace| &trace.layers[layer]);
            Linear::add(sides, weight, bias);
        };
        let kind = self.architecture.prior;
        rayon::join(
            || places.into_par_iter().enumerate().for_each(add),
            || kind.add(prior, &pulls, prior_gradient),
        );
        gradient
    }
}

/// What the rows of a part contribute to the gradient.
struct Trace<T> {
    pull: Pull<T>,
    /// The latent vectors, each number times the gradient there.
    stretches: Vec<Lane<T>>,
    /// Of all linear layers, in the order of their parameters.
    layers: Vec<Side<T>>,
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

    /// Replaces the coupling's output `z` and the gradient there by its input and the gradient there; adds the sides of its layers,
    /// the last first.
    fn backward<T: Real>(
        &self,
        parameters: &[T],
        z: &mut [Lane<T>],
        slopes: &mut [Lane<T>],
        sides: &mut Vec<Side<T>>,
    ) {
        let mut signals = self.signals(parameters, z);
        self.each_changed(&signals, z, |z, shift| *z -= shift);
        signals.pop();
        let shifts = self.changed.iter().map(|&i| slopes[i]).collect();
        let below = self.network.backward(parameters, signals, shifts, sides);
        for (&i, below) in self.kept.iter().zip(&below) {
            slopes[i]
                .iter_mut()
                .zip(below)
                .for_each(|(slope, below)| *slope += *below);
        }
    }
}
