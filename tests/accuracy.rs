//! The errors of `Libm` and `Micromath` against `f64`, as their documentation states them.
#![cfg(feature = "micromath")]

use nice_flow::float::{Libm, Math, Micromath};

/// How an error is counted.
#[derive(Clone, Copy, Debug)]
enum Error {
    /// As a fraction of the true value.
    Relative,
    /// In the unit of the result.
    Absolute,
}
use Error::{Absolute, Relative};

/// A function, its truth, the range on which its error is stated, and the error stated there.
type Claim = (
    &'static str,
    fn(f32) -> f32,
    fn(f64) -> f64,
    [f32; 2],
    Error,
    f64,
);

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// 200 001 numbers evenly from `low` to `high`, and as many evenly in their bits, that is in their
/// logarithms: both the middle of a range and its small numbers are met.
fn sweep([low, high]: [f32; 2]) -> impl Iterator<Item = f32> {
    const N: i64 = 200_000;
    // Bits as a monotonic integer.
    let rank = |x: f32| {
        let bits = i64::from(x.to_bits() as i32);
        if bits < 0 {
            i64::from(i32::MIN) - bits
        } else {
            bits
        }
    };
    let unrank = |rank: i64| {
        let bits = if rank < 0 {
            i64::from(i32::MIN) - rank
        } else {
            rank
        };
        f32::from_bits(bits as i32 as u32)
    };
    let (first, last) = (rank(low), rank(high));
    (0..=N).flat_map(move |i| {
        let even = f64::from(low) + (f64::from(high) - f64::from(low)) * (i as f64 / N as f64);
        [even as f32, unrank(first + (last - first) * i / N)]
    })
}

/// The largest error on the range and where it is. A NaN is an infinite error.
fn worst(&(_, f, truth, range, error, _): &Claim) -> (f64, f32) {
    let mut worst = (0.0, range[0]);
    for x in sweep(range) {
        let (found, expected) = (f64::from(f(x)), truth(f64::from(x)));
        let difference = (found - expected).abs();
        let size = match error {
            Relative if difference > 0.0 => difference / expected.abs(),
            _ => difference,
        };
        let size = if size.is_nan() { f64::INFINITY } else { size };
        if size > worst.0 {
            worst = (size, x);
        }
    }
    worst
}

/// Each claim holds, and is not looser than twice what was measured.
fn check(claims: &[Claim]) {
    let mut broken = 0;
    for claim in claims {
        let (name, _, _, range, error, bound) = claim;
        let (size, x) = worst(claim);
        println!("{name} on {range:?}: {size:.2e} {error:?} at {x:?}, stated {bound:e}");
        broken += usize::from(size > *bound || *bound > 2.0 * size);
    }
    assert_eq!(broken, 0, "claims broken");
}

#[test]
fn libm_errs_by_what_its_documentation_says() {
    check(&[
        ("exp", Libm::exp, f64::exp, [-87.0, 88.7], Relative, 8e-8),
        ("ln", Libm::ln, f64::ln, [1e-45, f32::MAX], Relative, 8e-8),
        (
            "ln_1p",
            Libm::ln_1p,
            f64::ln_1p,
            [-0.9999, f32::MAX],
            Relative,
            8e-8,
        ),
        (
            "tanh",
            Libm::tanh,
            f64::tanh,
            [-20.0, 20.0],
            Relative,
            1.6e-7,
        ),
        (
            "atan",
            Libm::atan,
            f64::atan,
            [-f32::MAX, f32::MAX],
            Relative,
            8e-8,
        ),
        (
            "sigmoid",
            Libm::sigmoid,
            sigmoid,
            [-87.0, 87.0],
            Relative,
            1.5e-7,
        ),
        (
            "softplus",
            Libm::softplus,
            softplus,
            [-87.0, f32::MAX],
            Relative,
            1.2e-7,
        ),
    ]);
}

#[test]
fn micromath_errs_by_what_its_documentation_says() {
    check(&[
        (
            "exp",
            Micromath::exp,
            f64::exp,
            [-87.0, 88.7],
            Relative,
            2.4e-3,
        ),
        (
            "ln",
            Micromath::ln,
            f64::ln,
            [1e-45, f32::MAX],
            Absolute,
            7e-5,
        ),
        (
            "ln_1p",
            Micromath::ln_1p,
            f64::ln_1p,
            [-0.9999, f32::MAX],
            Absolute,
            7e-5,
        ),
        (
            "ln_1p",
            Micromath::ln_1p,
            f64::ln_1p,
            [0.0, 1.0],
            Relative,
            1e-3,
        ),
        // The series, up to where its next term would count.
        (
            "ln_1p",
            Micromath::ln_1p,
            f64::ln_1p,
            [0.0, 0.031],
            Relative,
            1e-5,
        ),
        (
            "tanh",
            Micromath::tanh,
            f64::tanh,
            [-20.0, 20.0],
            Absolute,
            1.1e-3,
        ),
        (
            "atan",
            Micromath::atan,
            f64::atan,
            [-f32::MAX, f32::MAX],
            Absolute,
            2.9e-3,
        ),
        (
            "sigmoid",
            Micromath::sigmoid,
            sigmoid,
            [-87.0, 87.0],
            Relative,
            8e-4,
        ),
        (
            "softplus",
            Micromath::softplus,
            softplus,
            [-87.0, f32::MAX],
            Relative,
            2.4e-3,
        ),
    ]);
}

/// The functions of one source, in one order.
fn functions<M: Math>() -> [fn(f32) -> f32; 7] {
    [
        M::exp,
        M::ln,
        M::ln_1p,
        M::tanh,
        M::atan,
        M::sigmoid,
        M::softplus,
    ]
}

#[test]
fn nan_gives_nan() {
    for f in functions::<Libm>().iter().chain(&functions::<Micromath>()) {
        assert!(f(f32::NAN).is_nan());
        assert!(f(-f32::NAN).is_nan());
    }
}

#[test]
fn infinities_give_the_limits() {
    use std::f32::consts::FRAC_PI_2;
    const INFINITY: f32 = f32::INFINITY;
    for [exp, ln, ln_1p, tanh, atan, sigmoid, softplus] in
        [functions::<Libm>(), functions::<Micromath>()]
    {
        assert_eq!([exp(-INFINITY), exp(INFINITY)], [0.0, INFINITY]);
        assert_eq!([ln(INFINITY), ln_1p(INFINITY)], [INFINITY; 2]);
        assert_eq!([tanh(-INFINITY), tanh(INFINITY)], [-1.0, 1.0]);
        // libm's is the float below, 8e-8 less.
        let from_limit = [atan(-INFINITY) + FRAC_PI_2, atan(INFINITY) - FRAC_PI_2];
        assert!(from_limit.iter().all(|d| d.abs() < 1.3e-7));
        assert_eq!([sigmoid(-INFINITY), sigmoid(INFINITY)], [0.0, 1.0]);
        assert_eq!([softplus(-INFINITY), softplus(INFINITY)], [0.0, INFINITY]);
    }
}

#[test]
fn the_edges_of_the_logarithms_are_those_of_the_real_ones() {
    for [_, ln, ln_1p, ..] in [functions::<Libm>(), functions::<Micromath>()] {
        assert_eq!([ln(0.0), ln(-0.0), ln_1p(-1.0)], [f32::NEG_INFINITY; 3]);
        assert!(ln(-1e-45).is_nan() && ln(f32::NEG_INFINITY).is_nan() && ln_1p(-1.5).is_nan());
        assert_eq!(ln(1.0).abs(), 0.0);
    }
}

#[test]
fn beyond_its_range_exp_is_zero_or_infinite() {
    for [exp, ..] in [functions::<Libm>(), functions::<Micromath>()] {
        assert!([-104.0, -1e30].iter().all(|x| exp(*x) == 0.0));
        assert!([88.73, 89.0, 1e30].iter().all(|x| exp(*x) == f32::INFINITY));
        // A subnormal or zero, never what a wrapped exponent would give.
        assert!(sweep([-104.0, -87.0]).all(|x| (0.0..2e-38).contains(&exp(x))));
    }
}
