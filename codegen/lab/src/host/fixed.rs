//! Runs integer modules on the host, with sizes known only at run time, using the kernels that boards run.

mod lanes;
mod layers;
mod network;
pub mod one_way;
mod row;

use super::lane::{CHUNK, LANES};
use super::vectors::Vectors;
use lanes::Batch;
use layers::forward;
use nice_flow::Number;
use nice_flow::fixed::Fixed;
use nice_flow::host::fixed::{
    self as host, Parts, Saturation, diagonal_normal, log_sum_exp, logistic,
};
use nice_flow_codegen::module::fixed::{Counts, Encoder, Module};
use nice_flow_codegen::module::quantise;
use nice_flow_codegen::module::quantise::{Mixture, Prior, Standard};
use rayon::prelude::*;

/// Scores rows of `module.dim` numbers, in raw units or counts, on all cores; `progress` receives the rows of each
/// finished chunk.
///
/// Numbers are converted to the type that the board takes: raw units to `f32`, counts to `i32`. A score is returned as
/// the bits of the runtime's fixed-point number.
pub fn score<X: Copy + Into<f64> + Sync>(
    module: &Module,
    rows: &[X],
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<i32> {
    let batch = Batch::of(module);
    let mut scores = vec![0; rows.len() / module.dim];
    scores
        .par_chunks_mut(CHUNK)
        .zip(rows.par_chunks(CHUNK * module.dim))
        .for_each(|(scores, rows)| {
            score_batch(batch.as_ref(), Vectors::widest(), module, rows, scores);
            progress(scores.len());
        });
    scores
}

/// Scores rows on one core.
pub fn score_serially<X: Copy + Into<f64>>(module: &Module, rows: &[X], scores: &mut [i32]) {
    score_in(Vectors::widest(), module, rows, scores);
}

/// Scores rows on one core, with the given vector instructions.
pub fn score_in<X: Copy + Into<f64>>(
    vectors: Vectors,
    module: &Module,
    rows: &[X],
    scores: &mut [i32],
) {
    if scores.len() < LANES {
        // Fewer rows than lanes are not worth the layout for lanes.
        return score_one_by_one(module, rows, scores);
    }
    score_batch(Batch::of(module).as_ref(), vectors, module, rows, scores);
}

fn score_batch<X: Copy + Into<f64>>(
    batch: Option<&Batch>,
    vectors: Vectors,
    module: &Module,
    rows: &[X],
    scores: &mut [i32],
) {
    // The quantiser supports fractions of 16 and 14 bits only.
    match (batch, module.fraction) {
        (None, _) => score_one_by_one(module, rows, scores),
        (Some(batch), 14) => batch.score::<14>(vectors, rows, scores),
        (Some(batch), _) => batch.score::<16>(vectors, rows, scores),
    }
}

/// Scores one row after another, as a board does.
pub fn score_one_by_one<X: Copy + Into<f64>>(module: &Module, rows: &[X], scores: &mut [i32]) {
    let score_row = |row: &[X]| match module.fraction {
        14 => score_row::<14>(module, row),
        _ => score_row::<16>(module, row),
    };
    for (score, row) in scores.iter_mut().zip(rows.chunks_exact(module.dim)) {
        *score = score_row(row);
    }
}

fn score_row<const FRAC: u32>(module: &Module, row: &[impl Copy + Into<f64>]) -> i32 {
    if let Some(knots) = &module.knots {
        return one_way::score_row(module, knots, row);
    }
    let (u, saturation) = latent::<FRAC>(module, row);
    (-saturation.lower(log_density(&module.prior, &u))).to_bits()
}

/// The latent state of a row, and whether an input was at the encoder's limit or, in a flow with scales, a number of the
/// state beyond its own; `FRAC` is the module's fraction.
pub fn latent<const FRAC: u32>(
    module: &Module,
    row: &[impl Copy + Into<f64>],
) -> (Vec<Fixed<FRAC>>, Saturation) {
    let (mut u, saturation) = state(module, row);
    forward(&module.layers, &mut u);
    (u, saturation)
}

/// How far out each input of a row is, as the runtime's `Encoded` has it.
pub fn distances(module: &Module, row: &[f64]) -> Vec<i32> {
    // The fraction of a state does not change its bits.
    let (u, _) = state::<16>(module, row);
    u.into_iter().map(Number::magnitude).collect()
}

/// The state of a row, and whether an input was at the encoder's limit.
fn state<const FRAC: u32>(
    module: &Module,
    row: &[impl Copy + Into<f64>],
) -> (Vec<Fixed<FRAC>>, Saturation) {
    let row = row.iter().map(|x| -> f64 { (*x).into() });
    let mut u = vec![Fixed::default(); module.dim];
    let saturation = match &module.encoder {
        Encoder::Standardise(encoder) => {
            let quantise::Encoder {
                mean,
                factor,
                limit,
            } = encoder;
            let row: Vec<f32> = row.map(|x| x as f32).collect();
            host::standardise(mean, factor, *limit, &row, &mut u)
        }
        Encoder::Counts(Counts {
            factor,
            offset,
            shift,
            limit,
        }) => {
            let row: Vec<i32> = row.map(|x| x as i32).collect();
            host::counts(factor, offset, shift, *limit, &row, &mut u)
        }
    };
    (u, saturation)
}

fn log_density<const FRAC: u32>(prior: &Prior, u: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    match prior {
        Prior::Logistic(one) => logistic(parts(one), u),
        Prior::Normal(one) => diagonal_normal(parts(one), u),
        Prior::Mixture(mixture) => mixed(mixture, u),
    }
}

fn parts(one: &Standard) -> Parts<'_> {
    Parts {
        factor: &one.factor,
        offset: &one.offset,
        shift: one.shift.into(),
        constant: one.constant,
    }
}

fn mixed<const FRAC: u32>(mixture: &Mixture, u: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let mut v = vec![0; u.len()];
    host::coarsen(u, &mixture.coarse, &mut v);
    let terms = mixture.components.iter().map(|one| {
        let squares = host::squares(&one.mean, &one.factor, mixture.shift.into(), &v);
        host::normal(one.constant, squares)
    });
    log_sum_exp(&terms.collect::<Vec<_>>())
}
