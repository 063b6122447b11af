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
    for (lane, row) in rows.chunks_exact(dim).enumerate() {
        for (u, x) in u.iter_mut().zip(row) {
            u[lane] = ((*x).into() as f32).to_bits() as i32;
        }
    }
    let mut saturation = [Saturation::NONE; LANES];
    vectors.compile(
        #[inline(always)]
        || {
            let mut all = [Saturation::NONE; LANES];
            let constants = encoder.mean.iter().zip(&encoder.factor);
            for (u, (mean, factor)) in u.iter_mut().zip(constants) {
                let (mean, factor) = (*mean, *factor);
                let state = map(u, |x| {
                    element((f32::from_bits(x as u32) - mean) * factor, limit)
                });
                for (saturation, u) in all.iter_mut().zip(&state) {
                    *saturation = saturation.or_at_limit(*u, limit);
                }
                *u = state;
            }
            saturation = all;
        },
    );
    saturation
}

/// `t` towards zero, clamped to `±limit`; of a NaN `limit`: the runtime's `element`, of bits, for which there are vector
/// instructions everywhere. `limit` is at most 2²⁴, which `f32` holds exactly.
#[inline(always)]
fn element(t: f32, limit: i32) -> i32 {
    let bits = t.to_bits();
    let size = bits & 0x7fff_ffff;
    let clamped = size.min((limit as f32).to_bits());
    // Twice the significand; the exponent of 2²⁴ is 151.
    let twice = (clamped & 0x7f_ffff | 0x80_0000) << 1;
    let u = (twice >> (151 - (clamped >> 23)).min(31)) as i32;
    let is_negative = bits >> 31 == 1 && size <= f32::INFINITY.to_bits();
    if is_negative { -u } else { u }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_give_what_the_runtime_gives() {
        let ends = [
            0,
            1,
            0x7f_ffff,
            f32::INFINITY.to_bits(),
            0x7f80_0001,
            0x7fff_ffff,
        ];
        // Each exponent, with significands at both ends and between.
        let others = (0..0xff).flat_map(|exponent| {
            [0, 1, 0x2a_aaab, 0x7f_fffe, 0x7f_ffff].map(|bits| exponent << 23 | bits)
        });
        for bits in ends.into_iter().chain(others) {
            for t in [bits, bits | 1 << 31].map(f32::from_bits) {
                for limit in [1, 2, 12_345, 1 << 23, (1 << 24) - 1, 1 << 24] {
                    let expected = host::element(t, 0.0, 1.0, limit);
                    assert_eq!(element(t, limit), expected, "{t:e}, limit {limit}");
                }
            }
        }
    }
}
