//! Maximum likelihood by stochastic gradient descent, keeping the flow with the best likelihood of held-out rows.

use super::adam::Adam;
use super::architecture::Architecture;
use super::data::{Rows, Split};
use super::kernel::{BATCH, Lane, PART};
use super::nice::Nice;
use super::random::{Pair, add_noise, generator, pairs, shuffle, uniform};
use crate::judge::metrics;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// How a flow is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Its sizes.
    pub architecture: Architecture,
    /// Whether a triangular layer comes first.
    pub triangle: bool,
    /// Standard deviation of the normal noise that is added to standardised inputs.
    pub noise: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// The most steps, of 256 rows each.
    pub steps: usize,
    /// Share of the least likely rows of each batch that is left out of the loss.
    pub trim: f64,
    /// Whether half of the held-out rows are the last of all, as others have neighbours in time among the rows learnt from.
    pub judged_late: bool,
}

/// A progress report of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// Steps that this flow has done.
    pub steps: usize,
    /// Steps since its last report; in its last one, also those that it will not need.
    pub new_steps: usize,
    /// Mean of `−ln p` over the held-out rows except the least likely, in nats in standard units.
    pub nll: f32,
}

/// Is called with every check; returning a break stops training and keeps the best flow so far.
pub type Watch<'a> = &'a (dyn Fn(Check) -> ControlFlow<()> + Sync);

/// A trained flow.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub nice: Nice<f32>,
    /// The mean `−ln p` over held-out rows, as in [`Check`].
    pub nll: f32,
    /// The number of steps after which the flow was best.
    pub steps: usize,
}

/// The number of steps between two checks.
const CHECK: usize = 100;
/// Training ends after this many checks in a row without improvement.
const PATIENCE: usize = 8;
/// Share of the held-out rows that a check leaves out, since a single outlier could dominate the mean.
const STRAY: f64 = 0.01;

/// Numbers of the random streams of a seed; stream 0 splits the rows.
const FIRST_HALVES: u64 = 1;
const WEIGHTS: u64 = 2;
const ORDER: u64 = 3;
const NOISE: u64 = 4;
const HALVES: u64 = 5;

/// Trains a flow; `None` if the likelihood was not finite in any check.
pub(super) fn fit(
    rows: &Rows,
    split: &Split,
    settings: &Settings,
    seed: u64,
    watch: Watch,
) -> Option<Fitted> {
    let mut nice = start(settings, rows, &split.training, seed);
    let mut adam = Adam::new(nice.parameters.len(), settings.steps, settings.decay);
    let mut batches = Batches::new(&split.training, seed);
    let mut noise = generator(seed, NOISE);
    let mut best: Option<Fitted> = None;
    let mut idle = 0;
    for step in 1..=settings.steps {
        let places = batches.draw();
        let pairs = pairs(settings.architecture.dim * BATCH / 2, &mut noise);
        let (_, gradient) = nice.gradient(
            |part| {
                let mut lanes = rows.gather(&places[part * PART..][..PART]);
                blur(&mut lanes, part, settings.noise, &pairs);
                lanes
            },
            |log_density| weigh(log_density, settings.trim),
        );
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

/// Adds noise to the numbers of a part for which there are pairs: those of each feature follow one another, for the rows of a batch.
fn blur(lanes: &mut [Lane<f32>], part: usize, size: f32, pairs: &[Pair]) {
    for (lane, pairs) in lanes.iter_mut().zip(pairs.chunks(BATCH / 2)) {
        add_noise(lane, size, &pairs[part * PART / 2..][..PART / 2]);
    }
}

/// Initial values: weights and biases uniform in ±1/√inputs; scales 1; mixture components equal except for their means.
///
/// The means are training rows, drawn at random, and the last layer of each network is then zero: the flow leaves rows where
/// they are at first, so that each component starts amid some. Means from a normal distribution are far from all rows in
/// many dimensions, and their components die (36 features: AUROC 81.2 with these, 82.3 with rows; `examples/recipe.rs`).
/// Other priors do not ask for it: with a normal one, networks that start at zero lose a point on the sets of that example.
fn start(settings: &Settings, rows: &Rows, training: &[u32], seed: u64) -> Nice<f32> {
    let architecture = settings.architecture;
    let first = match settings.triangle {
        true => (0..architecture.dim).collect(),
        false => order(architecture.dim, seed),
    };
    let halves = halves(&architecture, first, &mut generator(seed, HALVES));
    let mut nice = Nice::new(architecture, halves);
    let rng = &mut generator(seed, WEIGHTS);
    let mixes = matches!(architecture.prior, super::Prior::Mixture(_));
    for coupling in &nice.couplings {
        let drawn = coupling.network.0.len() - usize::from(mixes);
        for layer in &coupling.network.0[..drawn] {
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
        for mean in means.chunks_exact_mut(architecture.dim) {
            let drawn = (uniform(rng) * training.len() as f32) as usize;
            let place = training[drawn.min(training.len() - 1)] as usize;
            mean.copy_from_slice(&rows.values[place * rows.dim..][..architecture.dim]);
        }
    }
    nice
}

/// A random order of the features, whose halves are those of the first two couplings.
pub(super) fn order(dim: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..dim).collect();
    shuffle(&mut order, &mut generator(seed, FIRST_HALVES));
    let (first, second) = order.split_at_mut(dim / 2);
    first.sort_unstable();
    second.sort_unstable();
    order
}

/// Kept and changed elements of each coupling: the halves of `order`, the same halves exchanged, then those of a random
/// order, and so on. The context, behind all elements, is always kept.
fn halves(
    architecture: &Architecture,
    mut order: Vec<usize>,
    rng: &mut ChaCha8Rng,
) -> Vec<(Vec<usize>, Vec<usize>)> {
    let pairs = (0..architecture.couplings().div_ceil(2)).flat_map(|pair| {
        if pair > 0 {
            shuffle(&mut order, rng);
        }
        let (mut first, mut second) = {
            let (first, second) = order.split_at(order.len() / 2);
            (first.to_vec(), second.to_vec())
        };
        first.sort_unstable();
        second.sort_unstable();
        let context = || architecture.dim..architecture.dim + architecture.context;
        let beside = |half: &[usize]| half.iter().copied().chain(context()).collect();
        [(beside(&first), second.clone()), (beside(&second), first)]
    });
    pairs.take(architecture.couplings()).collect()
}

/// An endless sequence of rows, in which each row occurs once before any is repeated.
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

/// The weights of a batch: 0 for the share `trim` of the least likely rows, and one over the number of others for
/// those.
fn weigh(log_density: &[f32], trim: f64) -> Vec<f32> {
    let dropped = (trim * BATCH as f64) as usize;
    let mut order: [usize; BATCH] = std::array::from_fn(|row| row);
    // A stable sort, so that tied rows are dropped in a fixed order.
    order.sort_by(|&a, &b| log_density[a].total_cmp(&log_density[b]));
    let mut weights = vec![1.0 / (BATCH - dropped) as f32; BATCH];
    order[..dropped].iter().for_each(|&row| weights[row] = 0.0);
    weights
}

/// The share of the held-out rows, the least likely, that do not count, where so many of each batch are left out.
pub(super) fn left_out(trim: f64) -> f64 {
    trim.max(STRAY)
}

/// The mean of `−ln p` over the held-out rows, without those that do not count.
fn held_out(nice: &Nice<f32>, rows: &Rows, split: &Split, trim: f64) -> f32 {
    let log_density = rows.map(&split.held_out, |batch| nice.log_density(batch));
    let mut nll: Vec<f64> = log_density.iter().map(|log| -f64::from(*log)).collect();
    nll.sort_by(|a, b| metrics::compare(*a, *b));
    let kept = ((1.0 - left_out(trim)) * nll.len() as f64).ceil() as usize;
    (nll[..kept].iter().sum::<f64>() / kept as f64) as f32
}
