//! Maximum likelihood by stochastic gradients, stopped where held-out rows like it best.

use super::adam::Adam;
use super::architecture::Architecture;
use super::data::{Rows, Split};
use super::kernel::{BATCH, Lane};
use super::nice::Nice;
use super::random::{add_noise, generator, shuffle, uniform};
use crate::judge::metrics;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// How a flow is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Its sizes.
    pub architecture: Architecture,
    /// Standard deviation of the normal noise on standardised inputs.
    pub noise: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// Steps of 256 rows, at most.
    pub steps: usize,
    /// Share of the least likely rows of a batch that the loss leaves out.
    pub trim: f64,
}

/// A report from training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// Steps done by this flow.
    pub steps: usize,
    /// Steps since its last report, or those it will not need.
    pub new_steps: usize,
    /// Mean of `−ln p` over the held-out rows, the least likely left out; nats in standard units.
    pub nll: f32,
}

/// Hears of every check; a break stops training, the best flow so far counts.
pub type Watch<'a> = &'a (dyn Fn(Check) -> ControlFlow<()> + Sync);

/// A trained flow.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub nice: Nice<f32>,
    /// On the held-out rows, as in [`Check`].
    pub nll: f32,
    /// After which the flow was best.
    pub steps: usize,
}

/// Steps between two checks.
const CHECK: usize = 100;
/// Checks without a better flow that end training.
const PATIENCE: usize = 8;
/// Share of the held-out rows that a check leaves out: one stray row would drown the others.
const STRAY: f64 = 0.01;

/// Streams of random numbers of one seed; stream 0 splits the rows.
const HALVES: u64 = 1;
const WEIGHTS: u64 = 2;
const ORDER: u64 = 3;
const NOISE: u64 = 4;

/// Trains a flow; `None` if no check found a finite likelihood.
pub(super) fn fit(
    rows: &Rows,
    split: &Split,
    settings: &Settings,
    seed: u64,
    watch: Watch,
) -> Option<Fitted> {
    let mut nice = start(settings.architecture, seed);
    let mut adam = Adam::new(nice.parameters.len(), settings.steps, settings.decay);
    let mut batches = Batches::new(&split.training, seed);
    let mut noise = generator(seed, NOISE);
    let mut best: Option<Fitted> = None;
    let mut idle = 0;
    for step in 1..=settings.steps {
        let mut batch = rows.gather(&batches.draw());
        add_noise(batch.as_flattened_mut(), settings.noise, &mut noise);
        let (_, gradient) = nice.gradient(&batch, |log_density| weigh(log_density, settings.trim));
        adam.step(&mut nice.parameters, &gradient);
        if !step.is_multiple_of(CHECK) && step != settings.steps {
            continue;
        }
        let nll = held_out(&nice, rows, split, settings.trim);
        idle += 1;
        if nll < best.as_ref().map_or(f32::INFINITY, |best| best.nll) {
            idle = 0;
            best = Some(Fitted {
                nice: nice.clone(),
                nll,
                steps: step,
            });
        }
        let ends = idle == PATIENCE;
        let new_steps = (step - 1) % CHECK + 1 + if ends { settings.steps - step } else { 0 };
        let check = Check {
            steps: step,
            new_steps,
            nll,
        };
        if watch(check).is_break() || ends {
            break;
        }
    }
    best
}

/// Weights and biases uniform in ±1/√inputs, scales one, components alike but for standard normal means.
fn start(architecture: Architecture, seed: u64) -> Nice<f32> {
    let halves = halves(&architecture, &mut generator(seed, HALVES));
    let mut nice = Nice::new(architecture, halves);
    let rng = &mut generator(seed, WEIGHTS);
    for coupling in &nice.couplings {
        for layer in &coupling.network.0 {
            let limit = 1.0 / (layer.inputs as f32).sqrt();
            for place in [&layer.weight, &layer.bias] {
                let numbers = &mut nice.parameters[place.clone()];
                numbers
                    .iter_mut()
                    .for_each(|number| *number = limit * (2.0 * uniform(rng) - 1.0));
            }
        }
    }
    if let super::Prior::Mixture(components) = architecture.prior {
        let start = nice.log_scales() + architecture.dim + components;
        let means = &mut nice.parameters[start..][..components * architecture.dim];
        add_noise(means, 1.0, rng);
    }
    nice
}

/// Kept and changed elements of each coupling: the halves of a random permutation, then the same exchanged.
fn halves(architecture: &Architecture, rng: &mut ChaCha8Rng) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..architecture.dim).collect();
    let pairs = (0..architecture.couplings().div_ceil(2)).flat_map(|_| {
        shuffle(&mut order, rng);
        let (mut first, mut second) = {
            let (first, second) = order.split_at(order.len() / 2);
            (first.to_vec(), second.to_vec())
        };
        first.sort_unstable();
        second.sort_unstable();
        [(first.clone(), second.clone()), (second, first)]
    });
    pairs.take(architecture.couplings()).collect()
}

/// An endless course through rows, each once before any comes again.
struct Batches {
    order: Vec<u32>,
    next: usize,
    rng: ChaCha8Rng,
}

impl Batches {
    fn new(rows: &[u32], seed: u64) -> Self {
        Self {
            order: rows.to_vec(),
            next: rows.len(),
            rng: generator(seed, ORDER),
        }
    }

    fn draw(&mut self) -> [u32; BATCH] {
        std::array::from_fn(|_| {
            if self.next == self.order.len() {
                shuffle(&mut self.order, &mut self.rng);
                self.next = 0;
            }
            self.next += 1;
            self.order[self.next - 1]
        })
    }
}

/// One over the number of rows kept, zero for the share `trim` of the least likely.
fn weigh(log_density: &Lane<f32>, trim: f64) -> Lane<f32> {
    let dropped = (trim * BATCH as f64) as usize;
    let mut order: [usize; BATCH] = std::array::from_fn(|row| row);
    // Stable: rows that tie are dropped in their order.
    order.sort_by(|&a, &b| log_density[a].total_cmp(&log_density[b]));
    let mut weights = [1.0 / (BATCH - dropped) as f32; BATCH];
    order[..dropped].iter().for_each(|&row| weights[row] = 0.0);
    weights
}

/// The trimmed mean of `−ln p` over the held-out rows.
fn held_out(nice: &Nice<f32>, rows: &Rows, split: &Split, trim: f64) -> f32 {
    let log_density = rows.map(&split.held_out, |batch| nice.log_density(batch));
    let mut nll: Vec<f64> = log_density.iter().map(|log| -f64::from(*log)).collect();
    nll.sort_by(|a, b| metrics::compare(*a, *b));
    let kept = ((1.0 - trim.max(STRAY)) * nll.len() as f64).ceil() as usize;
    (nll[..kept].iter().sum::<f64>() / kept as f64) as f32
}
