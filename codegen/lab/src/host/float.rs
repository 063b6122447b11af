//! Runs modules on the host, with sizes known only at run time, on many rows at a time, bit for bit like on a board.
//!
//! Sixteen rows are evaluated side by side, one in each SIMD lane. Each lane does the operations of the runtime crate
//! on one row in the same order, so batches, single rows and boards agree in every bit.

use super::lane::{CHUNK, LANES};
use super::vectors::Vectors;
use super::workbench::Workbench;
use super::{layers, prior};
use nice_flow_codegen::module::float::Module;
use rayon::prelude::*;

/// Scores rows of `module.dim` numbers in raw units, on all cores; `progress` receives the rows of each finished chunk.
pub fn score(module: &Module, rows: &[f32], progress: &(dyn Fn(usize) + Sync)) -> Vec<f32> {
    let dim = module.dim;
    let mut scores = vec![0.0; rows.len() / dim];
    scores
        .par_chunks_mut(CHUNK)
        .zip(rows.par_chunks(CHUNK * dim))
        .for_each(|(scores, rows)| {
            score_serially(module, rows, scores);
            progress(scores.len());
        });
    scores
}

/// Scores rows on one core.
pub fn score_serially(module: &Module, rows: &[f32], scores: &mut [f32]) {
    score_in(Vectors::widest(), module, rows, scores);
}

/// Scores rows on one core, with the given vector instructions.
pub fn score_in(vectors: Vectors, module: &Module, rows: &[f32], scores: &mut [f32]) {
    let dim = module.dim;
    let mut bench = Workbench::new(vectors);
    let mut x = vec![[0.0; LANES]; dim];
    for (scores, rows) in scores.chunks_mut(LANES).zip(rows.chunks(LANES * dim)) {
        for (lane, row) in rows.chunks_exact(dim).enumerate() {
            x.iter_mut()
                .zip(row)
                .for_each(|(x, value)| x[lane] = *value);
        }
        bench.vectors = match scores.len() {
            1 => vectors.alone(),
            _ => vectors,
        };
        let mut total = layers::forward(&mut bench, &module.layers, &mut x);
        let prior = prior::log_density(bench.vectors, &module.prior, &x);
        total
            .iter_mut()
            .zip(prior)
            .for_each(|(total, prior)| *total += prior);
        scores
            .iter_mut()
            .zip(total)
            .for_each(|(score, total)| *score = -total);
    }
}
