//! Priors of integers for sixteen rows at a time.

use super::Lane;
use crate::host::fixed::parts;
use crate::host::lane::{LANES, map};
use crate::host::vectors::Vectors;
use nice_flow::fixed::Fixed;
use nice_flow::host::fixed as host;
use nice_flow_codegen::module::quantise::{Component, Mixture, Prior, Standard};

/// The log-densities, in bits of `Fixed<FRAC>`.
pub(super) fn log_density<const FRAC: u32>(vectors: Vectors, prior: &Prior, u: &[Lane]) -> Lane {
    match prior {
        Prior::Normal(one) => normal::<FRAC>(vectors, one, u),
        Prior::Mixture(mixture) => mixed::<FRAC>(vectors, mixture, u),
        Prior::Logistic(one) => std::array::from_fn(|lane| {
            let row = u.iter().map(|u| Fixed::<FRAC>::from_bits(u[lane]));
            host::logistic(parts(one), &row.collect::<Vec<_>>()).to_bits()
        }),
    }
}

fn normal<const FRAC: u32>(vectors: Vectors, one: &Standard, u: &[Lane]) -> Lane {
    let shift = one.shift.into();
    vectors.compile(
        #[inline(always)]
        || {
            let mut sums = [0u64; LANES];
            let constants = one.factor.iter().zip(&one.offset);
            for (u, (factor, offset)) in u.iter().zip(constants) {
                for (sum, u) in sums.iter_mut().zip(u) {
                    let z = i64::from(host::deviation(*u, *factor, *offset, shift));
                    *sum = sum.wrapping_add((z * z) as u64);
                }
            }
            map(&sums, |sum| {
                host::standard_normal::<FRAC>(one.constant, sum).to_bits()
            })
        },
    )
}

fn mixed<const FRAC: u32>(vectors: Vectors, mixture: &Mixture, u: &[Lane]) -> Lane {
    let mut v = vec![[0; LANES]; u.len()];
    vectors.compile(
        #[inline(always)]
        || {
            for (v, (u, bits)) in v.iter_mut().zip(u.iter().zip(&mixture.coarse)) {
                *v = map(u, |u| host::coarse(u, *bits).into());
            }
        },
    );
    let terms = mixture.components.iter().map(|one| {
        vectors.compile(
            #[inline(always)]
            || component::<FRAC>(one, mixture.shift.into(), &v),
        )
    });
    let terms: Vec<Lane> = terms.collect();
    std::array::from_fn(|lane| {
        let row = terms
            .iter()
            .map(|term| Fixed::<FRAC>::from_bits(term[lane]));
        host::log_sum_exp(&row.collect::<Vec<_>>()).to_bits()
    })
}

#[inline(always)]
fn component<const FRAC: u32>(one: &Component, shift: u32, v: &[Lane]) -> Lane {
    let mut sums = [0u64; LANES];
    for (v, (mean, factor)) in v.iter().zip(one.mean.iter().zip(&one.factor)) {
        let (mean, factor) = (i32::from(*mean), i32::from(*factor));
        for (sum, v) in sums.iter_mut().zip(v) {
            *sum = sum.wrapping_add(u64::from(host::square(*v, mean, factor, shift)));
        }
    }
    map(&sums, |squares| {
        host::normal::<FRAC>(one.constant, squares).to_bits()
    })
}
