//! A bound is the largest magnitude that some input gives: reached, and never passed.

use super::*;
use crate::model::Biases;
use crate::numeric::Weights;
use nalgebra::SVector;
use nice_flow::Bijection;
use nice_flow::fixed::{Fixed, Side, Triangular};

/// Every state within these bounds.
fn states<const D: usize>(bounds: [i64; D]) -> Vec<[i64; D]> {
    let mut states = vec![[0; D]];
    for (i, bound) in bounds.into_iter().enumerate() {
        let with = |state: &[i64; D], x| {
            let mut state = *state;
            state[i] = x;
            state
        };
        states = (states.iter())
            .flat_map(|state| (-bound..=bound).map(move |x| with(state, x)))
            .collect();
    }
    states
}

/// The largest magnitude of each element.
fn largest<const D: usize>(states: impl Iterator<Item = [i64; D]>) -> Vec<i64> {
    let mut largest = vec![0; D];
    for state in states {
        let pairs = largest.iter_mut().zip(state);
        pairs.for_each(|(largest, x): (&mut i64, _)| *largest = x.abs().max(*largest));
    }
    largest
}

fn additive(of: Vec<i64>) -> Bounds {
    Bounds { of, limit: None }
}

#[test]
fn the_encoder_ends_at_its_range() {
    let format = Format {
        weights: Weights::I8,
        biases: Biases::Words,
        fraction: 14,
        range: 64,
        scales: false,
    };
    assert_eq!(Bounds::new(2, format).of, [64 * 16_384; 2]);
}

#[test]
fn a_permutation_takes_the_bounds_along() {
    let bounds = [1, 2, 3];
    let mut claimed = additive(bounds.to_vec());
    claimed.permute(&[2, 0, 1]);
    let moved = states(bounds).into_iter().map(|[a, b, c]| [c, a, b]);
    assert_eq!(claimed.of, largest(moved));
}

/// All states and all shifts, which the rows of a network can give together.
#[test]
fn a_coupling_reaches_its_bounds_and_no_further() {
    let (bounds, by) = ([3, 2, 5], [4, 1]);
    for first in [0, 1] {
        let mut claimed = additive(bounds.to_vec());
        claimed.shift(first, &by).unwrap();
        let shifted = states(bounds).into_iter().flat_map(|state| {
            states(by).into_iter().map(move |y| {
                let mut state = state;
                let changed = state[first..].iter_mut().zip(y);
                changed.for_each(|(x, y)| *x += y);
                state
            })
        });
        assert_eq!(claimed.of, largest(shifted), "from {first} on");
    }
}

/// What the runtime makes of every state, for coefficients of every size and sign and for each way to round.
#[test]
fn a_triangle_reaches_its_bounds_and_no_further() {
    let bounds = [4, 3, 6];
    for shift in 1..=4 {
        for (a, b, c) in (-9..=9).flat_map(|a| [(a, 3, -7), (a, -a, 5), (1, a, 0), (-4, 2, a)]) {
            let upper: [(usize, Range<usize>, &[i32]); 2] = [(0, 1..3, &[a, b]), (1, 2..3, &[c])];
            let lower: [(usize, Range<usize>, &[i32]); 2] = [(2, 0..2, &[b, c]), (1, 0..1, &[a])];
            for (side, rows) in [(Side::Upper, upper), (Side::Lower, lower)] {
                let mut claimed = additive(bounds.to_vec());
                for (i, others, row) in rows {
                    claimed.lift(i, others, row, shift).unwrap();
                }
                let triangle: Triangular<3, 3> = Triangular::new(side, [a, b, c], shift);
                let lifted = states(bounds).into_iter().map(|state| {
                    let bits = state.map(|x| Fixed::<16>::from_bits(x as i32));
                    let mut x = SVector::from(bits);
                    triangle.forward(&mut x);
                    [x[0], x[1], x[2]].map(|x| i64::from(x.to_bits()))
                });
                assert_eq!(
                    claimed.of,
                    largest(lifted),
                    "{side:?} {a} {b} {c} >> {shift}"
                );
            }
        }
    }
}

/// The first state that is refused is 2²⁴ steps before the end of an `i32`.
#[test]
fn a_state_that_could_wrap_is_refused() {
    let most = (1 << 31) - (1 << 24) - 1;
    let mut bounds = additive(vec![5, most - 10]);
    bounds.shift(1, &[10]).unwrap();
    assert_eq!(bounds.of, [5, most]);
    let error = bounds.shift(1, &[1]).unwrap_err();
    assert!(error.contains(&format!("could reach {}", most + 1)));

    let mut bounds = additive(vec![most - 20, 10]);
    bounds.lift(0, 1..2, &[4], 1).unwrap();
    assert_eq!(bounds.of, [most, 10]);
    assert!(
        additive(vec![most - 19, 10])
            .lift(0, 1..2, &[4], 1)
            .is_err()
    );
}

#[test]
fn a_sum_that_could_pass_62_bits_is_refused() {
    let row = [i32::MIN, i32::MIN];
    let half = 1 << 30;
    // 2³¹ · 2³⁰ + 2³¹ · (2³⁰ − 1), shifted to nothing.
    additive(vec![half, half - 1, 0])
        .lift(2, 0..2, &row, 62)
        .unwrap();
    let error = additive(vec![half, half, 0])
        .lift(2, 0..2, &row, 62)
        .unwrap_err();
    assert!(error.contains("can overflow 64 bits"), "{error}");
}

/// An element is clamped behind its scale; what is added there comes on top.
#[test]
fn a_scale_ends_at_its_limit() {
    let mut bounds = Bounds {
        of: vec![7, 5],
        limit: Some(LIMIT),
    };
    bounds.scale(1, &[FACTOR - 6], &[3]).unwrap();
    assert_eq!(bounds.of, [7, LIMIT + 3]);
    // A triangle clamps its elements, too.
    bounds.lift(0, 1..2, &[4], 1).unwrap();
    assert_eq!(bounds.of, [LIMIT, LIMIT + 3]);
    let error = bounds.scale(0, &[FACTOR - LIMIT], &[0]).unwrap_err();
    assert!(error.contains("could reach 1073741824"), "{error}");
}
