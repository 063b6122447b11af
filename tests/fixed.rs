//! The laws of integer flows: what is undone is undone to the bit, for every state there is.
//!
//! Each of the bijections is tried on `NICE_FLOW_STATES` random states: 20,000 by default, which take a few seconds,
//! and 500 in a debug build, which is slow. CI asks for 590,000, ten million in all.

#[path = "fixed/words.rs"]
mod words;

use nalgebra::SVector;
use nice_flow::fixed::*;
use nice_flow::{Bijection, Coupling, Half, Inverse, Number};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError};
use words::Words;

/// The same cases every time; `PROPTEST_CASES` in the environment asks for more of them.
fn config() -> Config {
    Config {
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    }
}

fn states() -> usize {
    let default = if cfg!(debug_assertions) { 500 } else { 20_000 };
    let asked = std::env::var("NICE_FLOW_STATES");
    asked.map_or(default, |states| {
        states.parse().expect("a number of states")
    })
}

/// Any element, one in five at an end of its range or by zero.
fn element() -> impl Strategy<Value = i32> {
    let edges = [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX];
    prop_oneof![4 => any::<i32>(), 1 => proptest::sample::select(edges.to_vec())]
}

fn state<const D: usize, const FRAC: u32>(bits: [i32; D]) -> SVector<Fixed<FRAC>, D> {
    SVector::from(bits.map(Fixed::from_bits))
}

/// `forward` and `inverse` undo each other, and say that they keep volume.
fn is_exact<const D: usize, const FRAC: u32>(
    bijection: &impl Bijection<Fixed<FRAC>, D>,
    x: SVector<Fixed<FRAC>, D>,
) -> Result<(), TestCaseError> {
    let mut there = x;
    prop_assert_eq!(bijection.forward(&mut there), Fixed::ZERO);
    prop_assert_eq!(bijection.inverse(&mut there), Fixed::ZERO);
    prop_assert_eq!(there, x);
    bijection.inverse(&mut there);
    bijection.forward(&mut there);
    prop_assert_eq!(there, x);
    Ok(())
}

macro_rules! laws {
    ($($name:ident: $d:literal, $frac:literal, |$w:ident| $bijection:expr;)+) => {$(
        mod $name {
            use super::*;

            fn bijection(seed: u64) -> impl Bijection<Fixed<$frac>, $d> {
                let $w = &mut Words(seed);
                $bijection
            }

            proptest! {
                #![proptest_config(config())]

                #[test]
                fn inverse_is_exact(seed: u64, x in proptest::array::uniform(element())) {
                    is_exact::<$d, $frac>(&bijection(seed), state(x))?;
                }
            }

            #[test]
            fn inverse_is_exact_for_many_states() {
                let f = bijection(1);
                let mut words = Words(2);
                for _ in 0..states() {
                    let x = [(); $d].map(|()| words.word() as i32);
                    is_exact::<$d, $frac>(&f, state(x)).unwrap();
                }
            }

            /// Unless it changes something, its laws say nothing.
            #[test]
            fn states_move() {
                let x = state([100_000; $d]);
                let mut there = x;
                bijection(3).forward(&mut there);
                assert_ne!(there, x);
            }
        }
    )+};
}

/// Alternating halves.
fn couplings<C>(mut conditioner: impl FnMut() -> C) -> [Coupling<C>; 4] {
    [Half::Tail, Half::Head, Half::Tail, Half::Head].map(|half| Coupling::new(half, conditioner()))
}

laws! {
    network_of_bytes: 16, 16, |w| couplings(|| w.narrow::<8, 8, 16, _, _, _>(|w| w.mlp::<I8, 2, 16, 2, 1>(0)));
    network_of_halfwords: 16, 16, |w| couplings(|| w.narrow::<8, 8, 16, _, _, _>(|w| w.mlp::<I16, 2, 16, 2, 1>(0)));
    leaky_bytes: 4, 16, |w| couplings(|| w.narrow::<2, 2, 16, _, _, _>(|w| w.mlp::<I8, 1, 3, 1, 0>(6_554)));
    leaky_halfwords: 4, 16, |w| couplings(|| w.narrow::<2, 2, 16, _, _, _>(|w| w.mlp::<I16, 1, 3, 1, 2>(328)));
    odd_tail: 7, 16, |w| Coupling::new(Half::Tail, w.narrow::<2, 5, 16, _, _, _>(|w| w.mlp::<I8, 1, 2, 2, 1>(0)));
    odd_head: 7, 16, |w| Coupling::new(Half::Head, w.narrow::<5, 2, 16, _, _, _>(|w| w.mlp::<I16, 2, 2, 1, 1>(0)));
    linear_bytes: 5, 16, |w| Coupling::new(Half::Head, w.narrow::<1, 4, 16, _, _, _>(|w| w.output::<I8, 1, 1>()));
    linear_halfwords: 5, 16, |w| Coupling::new(Half::Head, w.narrow::<4, 1, 16, _, _, _>(|w| w.output::<I16, 1, 1>()));
    different_widths: 6, 16, |w| couplings(|| w.narrow::<3, 3, 16, _, _, _>(|w| {
        (w.hidden::<I8, 1, 5>(0), (w.hidden::<I8, 5, 2>(0), w.output::<I8, 2, 1>()))
    }));
    residual_bytes: 10, 16, |w| couplings(|| w.narrow::<5, 5, 16, _, _, _>(|w| w.residual::<I8, 2, 3, 2, 2>(0)));
    residual_halfwords: 10, 16, |w| couplings(|| w.narrow::<5, 5, 16, _, _, _>(|w| w.residual::<I16, 2, 3, 2, 1>(6_554)));
    rectified: 6, 16, |w| couplings(|| Rectified(w.narrow::<3, 3, 16, _, _, _>(|w| w.mlp::<I8, 1, 2, 1, 0>(0))));
    fourteen_bits: 6, 14, |w| couplings(|| w.narrow::<3, 3, 14, _, _, _>(|w| w.mlp::<I8, 1, 2, 1, 0>(0)));

    lower_triangle: 5, 16, |w| w.triangular::<5, 10>(Side::Lower);
    upper_triangle: 5, 16, |w| w.triangular::<5, 10>(Side::Upper);
    wide_triangle: 33, 14, |w| w.triangular::<33, 528>(Side::Upper);
    chain: 8, 16, |w| (
        w.permute::<8>(),
        w.triangular::<8, 28>(Side::Upper),
        w.triangular::<8, 28>(Side::Lower),
        couplings(|| w.narrow::<4, 4, 16, _, _, _>(|w| w.mlp::<I8, 1, 4, 1, 1>(0))),
        Inverse((w.triangular::<8, 28>(Side::Upper), w.permute::<8>())),
        Inverse(Coupling::new(Half::Tail, w.narrow::<4, 4, 16, _, _, _>(|w| w.output::<I16, 1, 1>()))),
    );
}
