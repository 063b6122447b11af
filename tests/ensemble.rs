//! Ensembles: their combinations are what they say, in `f32` and in integers.

use nalgebra::{SVector, vector};
use nice_flow::fixed::{self, Encoded, Fixed, Standardise};
use nice_flow::float::{self, DiagonalNormal};
use nice_flow::{Combine, Density, Ensemble, Flow, Permute};
use proptest::prelude::*;

/// `−ln 0.05 / 15`: knots up to three nats of rarity.
const STEP: f64 = 0.199_715_484_9;

/// Knots that ascend, the last slope that of an excess of two nats.
fn tail(first: f64, gaps: &[f64; 15]) -> ([f64; 16], [f64; 16]) {
    let mut knots = [first; 16];
    for j in 1..16 {
        knots[j] = knots[j - 1] + gaps[j - 1];
    }
    let slopes = core::array::from_fn(|j| gaps.get(j).map_or(0.5, |gap| STEP / gap));
    (knots, slopes)
}

/// The definition, weight one.
fn rarity(score: f64, knots: &[f64; 16], slopes: &[f64; 16]) -> f64 {
    match knots.iter().rposition(|knot| *knot <= score) {
        Some(j) => j as f64 * STEP + slopes[j] * (score - knots[j]),
        None => 0.0,
    }
}

fn bits(value: f64) -> i32 {
    (value * 65536.0).round() as i32
}

fn gaps() -> impl Strategy<Value = [f64; 15]> {
    proptest::array::uniform15(0.05..5.0)
}

proptest! {
    // Rounding: sixteen bits of a slope of at most 4 over at most 75 nats, and the position of a knot.

    #[test]
    fn tails_are_the_definition(first in -50.0..50.0, gaps in gaps(), score in -80.0..200.0) {
        let (knots, slopes) = tail(first, &gaps);
        let expected = rarity(score, &knots, &slopes);
        let float = float::Tail::new(knots.map(|k| k as f32), slopes.map(|s| s as f32), STEP as f32);
        prop_assert!((f64::from(float.at(score as f32)) - expected).abs() < 1e-3);
        let fixed = fixed::Tail::new(knots.map(bits), slopes.map(bits), bits(STEP));
        let found = f64::from(fixed.at(Fixed::<16>::from_bits(bits(score)))) / 65536.0;
        prop_assert!((found - expected).abs() < 3e-3, "{found} {expected}");
    }

    #[test]
    fn tails_never_fall(first in -50.0..50.0, gaps in gaps(), a in any::<i32>(), b in any::<i32>()) {
        let (knots, slopes) = tail(first, &gaps);
        let tail = fixed::Tail::new(knots.map(bits), slopes.map(bits), bits(STEP));
        let at = |score: i32| tail.at(Fixed::<16>::from_bits(score));
        // Between knots a slope is rounded: it may end a little above the next knot's level.
        prop_assert!(at(a.min(b)) <= at(a.max(b)) + 8);
    }
}

/// Scores that tie leave knots at one place, 2 here: 0, 1, 2, 2, 2, 5, 6, … 15.
#[test]
fn a_score_on_a_knot_has_reached_it_and_all_that_tie_with_it() {
    let mut knots: [f64; 16] = core::array::from_fn(|j| j as f64);
    knots[3..5].fill(2.0);
    let mut slopes = [0.25; 16];
    slopes[2..4].fill(0.0);
    slopes[4] = 0.25 / 3.0;
    let float = float::Tail::new(knots.map(|k| k as f32), slopes.map(|s| s as f32), 0.25);
    let fixed = fixed::Tail::new(knots.map(bits), slopes.map(bits), bits(0.25));
    for (score, expected) in [
        (-1.0, 0.0),
        (0.0, 0.0),
        (1.0, 0.25),
        (1.5, 0.375),
        (2.0, 1.0),
        (5.0, 1.25),
        (15.0, 3.75),
    ] {
        assert_eq!(f64::from(float.at(score as f32)), expected, "{score}");
        let score_bits = Fixed::<16>::from_bits(bits(score));
        assert_eq!(fixed.at(score_bits), bits(expected), "{score}");
    }
    let just_below = Fixed::<16>::from_bits(bits(2.0) - 1);
    assert_eq!(fixed.at(just_below), bits(0.5) - 1);
    assert_eq!(float.at(2f32.next_down()), 0.5f32.next_down());
}

/// All normal rows scored the same: below it nothing is rare, on it the whole tail is passed.
#[test]
fn a_tail_of_equal_scores_is_a_step() {
    let mut slopes = [0.0; 16];
    slopes[15] = 1.0;
    let float = float::Tail::new([3.0; 16], slopes.map(|s: f64| s as f32), 0.25);
    let fixed = fixed::Tail::new([bits(3.0); 16], slopes.map(bits), bits(0.25));
    for (score, expected) in [(2.5, 0.0), (3.0, 3.75), (3.5, 4.25)] {
        assert_eq!(f64::from(float.at(score as f32)), expected, "{score}");
        let score_bits = Fixed::<16>::from_bits(bits(score));
        assert_eq!(fixed.at(score_bits), bits(expected), "{score}");
    }
}

#[test]
fn mean_density_is_the_logarithm_of_the_mean() {
    let [a, b]: [f64; 2] = [-3.25, -1.5];
    let expected = ((a.exp() + b.exp()) / 2.0).ln();
    let float = <float::MeanDensity>::new();
    assert!((f64::from(float.combine(&[a as f32, b as f32])) - expected).abs() < 1e-6);
    let fixed = fixed::MeanDensity::new();
    let found = fixed.combine(&[a, b].map(|p| Fixed::<16>::from_bits(bits(p))));
    assert!((f64::from(found.to_f32()) - expected).abs() < 1.5e-4);
}

/// Knots a nat apart, from 0 on.
fn fixed_tail() -> fixed::Tail {
    let (knots, slopes) = tail(0.0, &[1.0; 15]);
    fixed::Tail::new(knots.map(bits), slopes.map(bits), bits(STEP))
}

/// The same in `f32`.
fn float_tail() -> float::Tail {
    let (knots, slopes) = tail(0.0, &[1.0; 15]);
    float::Tail::new(
        knots.map(|k| k as f32),
        slopes.map(|s| s as f32),
        STEP as f32,
    )
}

#[test]
fn an_extreme_answer_of_one_member_is_not_lost() {
    let tails = float::Tails::new([float_tail(), float_tail()]);
    let highest = float::HighestTail::new([float_tail(), float_tail()]);
    for extreme in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(!tails.combine(&[-1.0, extreme]).is_finite(), "{extreme}");
        for members in [[-1.0, extreme], [extreme, -1.0], [extreme, -1e30]] {
            let combined = highest.combine(&members);
            assert_eq!(
                combined.is_nan(),
                extreme != f32::NEG_INFINITY,
                "{members:?}"
            );
            assert!(!combined.is_finite(), "{members:?}");
        }
    }
    let highest = fixed::HighestTail::new([fixed_tail(), fixed_tail()]);
    let tails = fixed::Tails::new([fixed_tail(), fixed_tail()]);
    let far = Fixed::<16>::from_bits(-i32::MAX);
    let near = Fixed::from_bits(0);
    let mean = fixed::MeanDensity::new();
    for members in [[near, far], [far, near], [far; 2]] {
        assert_eq!(tails.combine(&members).to_bits(), -i32::MAX);
        assert_eq!(highest.combine(&members).to_bits(), -i32::MAX);
        assert_eq!(mean.combine(&members).to_bits(), -i32::MAX);
    }
    let nearly = Fixed::<16>::from_bits(1 - i32::MAX);
    assert!(tails.combine(&[near, nearly]) < Fixed::from_bits(-bits(10_000.0)));
    assert_eq!(
        tails.combine(&[nearly; 2]).to_bits(),
        2 * tails.combine(&[near, nearly]).to_bits()
    );
    assert_eq!(
        mean.combine(&[near, nearly]).to_bits(),
        near.to_bits() - bits(2f64.ln())
    );
}

/// Each member encodes by itself; the others' answers do not hide what one of them lost.
#[test]
fn a_measurement_beyond_the_limit_of_one_member_saturates_an_ensemble() {
    let member = |factor: f32| {
        let prior = fixed::DiagonalNormal::new([1 << 29], [0], 29, -60_000);
        let flow = Flow::new(Permute::new([0]), prior);
        Encoded::<Standardise<1>, _>::new(Standardise::new([0.0], [factor], 1 << 23), flow)
    };
    let members = || [member(65_536.0), member(100_000.0)];
    let mean = Ensemble::new(members(), fixed::MeanDensity::new());
    let tails = Ensemble::new(members(), fixed::Tails::new([fixed_tail(), fixed_tail()]));
    for (x, is_lost) in [
        (80.0, false),
        (84.0, true),
        (-84.0, true),
        (128.0, true),
        (f32::NAN, true),
    ] {
        let x = SVector::from([x]);
        assert_eq!(mean.score(&x).to_bits() == i32::MAX, is_lost, "{x}");
        assert_eq!(tails.score(&x).to_bits() == i32::MAX, is_lost, "{x}");
    }
}

/// A row is as rare as the member says that finds it rarest, whichever that is.
#[test]
fn the_highest_tail_is_that_of_one_member() {
    let float = float::HighestTail::new([float_tail(), float_tail(), float_tail()]);
    let fixed = fixed::HighestTail::new([fixed_tail(), fixed_tail(), fixed_tail()]);
    for scores in [
        [0.5, 3.0, 7.25],
        [20.0, 3.0, 3.0],
        [2.0, 9.5, 2.0],
        [-4.0; 3],
    ] {
        let highest = scores.into_iter().fold(f64::MIN, f64::max);
        let singly = float_tail().at(highest as f32);
        let found = float.combine(&scores.map(|score: f64| -score as f32));
        assert_eq!(-found, singly, "{scores:?}");
        let singly = fixed_tail().at(Fixed::<16>::from_bits(bits(highest)));
        let found = fixed.combine(&scores.map(|score| Fixed::<16>::from_bits(-bits(score))));
        assert_eq!(-found.to_bits(), singly, "{scores:?}");
    }
}

#[test]
fn a_row_like_all_others_scores_a_zero_without_a_sign() {
    let log_density = float::Tails::new([float_tail(), float_tail()]).combine(&[5.0, 5.0]);
    assert_eq!((-log_density).to_bits(), 0);
    let highest = float::HighestTail::new([float_tail(), float_tail()]);
    assert_eq!((-highest.combine(&[5.0, 5.0])).to_bits(), 0);
}

#[test]
fn an_ensemble_asks_every_member() {
    let member = |mean: f32| DiagonalNormal::<1>::new([mean], [1.0]);
    let ensemble = Ensemble::new([member(-2.0), member(3.0)], <float::MeanDensity>::new());
    for x in [-2.0f32, 0.0, 3.0, 5.0] {
        let density = |mean: f64| (-0.5 * (f64::from(x) - mean).powi(2)).exp();
        let expected = ((density(-2.0) + density(3.0)) / 2.0 / (std::f64::consts::TAU).sqrt()).ln();
        let found = ensemble.log_density(&vector![x]);
        assert!((f64::from(found) - expected).abs() < 1e-5, "{x}");
    }
    assert!(ensemble.log_density(&SVector::from([f32::NAN])).is_nan());
}

#[test]
fn tails_add_up() {
    let scores = [2.5f32, 6.25, 11.0];
    let singly = scores.map(|score| float_tail().at(score));
    let tails = float::Tails::new([float_tail(), float_tail(), float_tail()]);
    let found = tails.combine(&scores.map(|score| -score));
    assert_eq!(-found, singly.iter().sum::<f32>());
    let singly = scores.map(|score| fixed_tail().at(Fixed::<16>::from_nats(score)));
    let tails = fixed::Tails::new([fixed_tail(), fixed_tail(), fixed_tail()]);
    let found = tails.combine(&scores.map(|score| Fixed::<16>::from_nats(-score)));
    assert_eq!(-found.to_bits(), singly.iter().sum::<i32>());
}
