//! Encoders of integers for sixteen rows at a time.

use super::Lane;
use crate::host::lane::{LANES, map};
use crate::host::vectors::Vectors;
use nice_flow::fixed::Fixed;
use nice_flow::host::fixed::{self as host, Saturation};
use nice_flow_codegen::module::fixed::{Counts, Encoder, Module};
use nice_flow_codegen::module::quantise;

/// Makes `u` the state of up to sixteen rows; returns which of them have an element at the limit.
pub(super) fn state<const FRAC: u32>(
    vectors: Vectors,
    module: &Module,
    rows: &[impl Copy + Into<f64>],
    u: &mut [Lane],
) -> [Saturation; LANES] {
    match &module.encoder {
        Encoder::Standardise(encoder) => reals(vectors, encoder, rows, u),
        Encoder::Counts(encoder) => counts::<FRAC>(encoder, rows, u),
    }
}

fn reals(
    vectors: Vectors,
    encoder: &quantise::Encoder,
    rows: &[impl Copy + Into<f64>],
    u: &mut [Lane],
) -> [Saturation; LANES] {
    let (dim, limit) = (u.len(), encoder.limit);
    let mut saturation = [Saturation::NONE; LANES];
    let mut x = [0.0; LANES];
    vectors.run(
        #[inline(always)]
        || {
            let constants = encoder.mean.iter().zip(&encoder.factor);
            for (i, (u, (mean, factor))) in u.iter_mut().zip(constants).enumerate() {
                for (x, row) in x.iter_mut().zip(rows.chunks_exact(dim)) {
                    *x = row[i].into() as f32;
                }
                *u = map(&x, |x| host::element(x, *mean, *factor, limit));
                for (saturation, u) in saturation.iter_mut().zip(u) {
                    *saturation = saturation.or_at_limit(*u, limit);
                }
            }
        },
    );
    saturation
}

fn counts<const FRAC: u32>(
    encoder: &Counts,
    rows: &[impl Copy + Into<f64>],
    u: &mut [Lane],
) -> [Saturation; LANES] {
    let Counts {
        factor,
        offset,
        shift,
        limit,
    } = encoder;
    let mut saturation = [Saturation::NONE; LANES];
    let mut state = vec![Fixed::<FRAC>::default(); u.len()];
    let rows = rows.chunks_exact(u.len()).zip(&mut saturation);
    for (lane, (row, saturation)) in rows.enumerate() {
        let row: Vec<i32> = row.iter().map(|x| (*x).into() as i32).collect();
        *saturation = host::counts(factor, offset, shift, *limit, &row, &mut state);
        for (u, state) in u.iter_mut().zip(&state) {
            u[lane] = state.to_bits();
        }
    }
    saturation
}
