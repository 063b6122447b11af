//! Constants that constructors compute are right, and constants that have no meaning are refused.

use nalgebra::vector;
use nice_flow::fixed::{I8, Linear, Narrow, OneWay};
use nice_flow::float::scale::Exp;
use nice_flow::float::{
    AffineCoupling, Autoregressive, Dense, Diagonal, DiagonalNormal, FullNormal, KNOTS,
    MeanDensity, Mixture, Normal, Side, StudentT, Tail, Triangular,
};
use nice_flow::{Bijection, Combine, Coupling, Density, Ensemble, Window, fixed};
use std::f32::consts::{LN_2, PI, SQRT_2};
use std::panic::catch_unwind;

/// Near one, around the places where a logarithm is put together of parts, subnormal, and at the ends.
const FACTORS: [f32; 10] = [
    1.0,
    -0.999_999,
    SQRT_2,
    SQRT_2.next_up(),
    2.0,
    -3.0,
    1e-45,
    1.2e-38,
    3.4e38,
    0.019_346_219,
];

#[test]
fn a_diagonal_computes_its_log_determinant() {
    for factor in FACTORS {
        let expected = f64::from(factor.abs()).ln();
        let log_det = Diagonal::new([0.0], [factor]).forward(&mut vector![0.0]);
        assert_eq!(log_det, expected as f32, "{factor}");
    }
    let all = Diagonal::new([0.0; 3], [2.0, -4.0, 0.5]).forward(&mut vector![0.0, 0.0, 0.0]);
    assert_eq!(all, 2.0 * LN_2);
}

#[test]
fn a_triangle_computes_its_log_determinant() {
    let columns = [[2.0, 3.0], [9.0, -4.0]];
    for side in [Side::Lower, Side::Upper] {
        let triangle = Triangular::new(side, columns);
        assert_eq!(triangle.forward(&mut vector![0.0, 0.0]), 3.0 * LN_2);
    }
}

#[test]
fn a_normal_computes_its_constant() {
    let normal = DiagonalNormal::new([1.0, 2.0], [2.0, 0.25]);
    let expected = (2.0 * 0.25f32).ln() - (2.0 * PI).ln();
    assert!((normal.log_density(&vector![1.0, 2.0]) - expected).abs() < 1e-6);
}

#[test]
fn the_weights_of_a_mixture_are_those_of_its_components() {
    let component = |weight| DiagonalNormal::weighted(weight, [0.0], [1.0]);
    let mixture: Mixture<1, 2> = Mixture::new([component(0.3), component(0.7)]);
    let one = DiagonalNormal::new([0.0], [1.0]);
    assert!((mixture.score(&[0.5]) - one.score(&[0.5])).abs() < 1e-6);
}

#[test]
fn constants_of_heavy_tails_and_of_correlated_normals_are_taken_by_the_compiler() {
    static CAUCHY: StudentT<2> = StudentT::new([1.0, -2.0], [1.0, 4.0], [1.0, 1.0]);
    let expected = 2.0 * PI.ln() - 4f32.ln();
    assert!((CAUCHY.score(&[1.0, -2.0]) - expected).abs() < 1e-6);
    // A triangle of numbers on the diagonal alone is a diagonal normal.
    static FULL: FullNormal<2, 3> = FullNormal::weighted(0.3, [1.0, -2.0], [0.5, 0.0, 4.0]);
    let diagonal = DiagonalNormal::weighted(0.3, [1.0, -2.0], [0.5, 4.0]);
    for x in [[1.0, -2.0], [3.0, 7.0], [-30.0, 0.0]] {
        assert_eq!(FULL.score(&x), diagonal.score(&x));
    }
    assert!(catch_unwind(|| FullNormal::<2, 3>::new([0.0; 2], [1.0, 1.0, 0.0])).is_err());
    for degrees in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(catch_unwind(|| <StudentT<1>>::new([0.0], [1.0], [degrees])).is_err());
    }
}

#[test]
fn the_mean_of_equal_densities_is_that_density() {
    assert!((<MeanDensity>::new().combine(&[-4.0; 7]) + 4.0).abs() < 1e-6);
    let equal = [fixed::Fixed::<16>::from_nats(-4.0); 7];
    let mean = fixed::MeanDensity::new().combine(&equal);
    assert!((mean.to_f32() + 4.0).abs() < 6.0 * 7.8e-5);
}

#[test]
fn factors_without_inverse_are_refused() {
    for factor in [0.0, -0.0, f32::INFINITY, f32::NAN] {
        assert!(catch_unwind(|| Diagonal::new([0.0], [factor])).is_err());
        assert!(catch_unwind(|| Triangular::new(Side::Lower, [[factor]])).is_err());
        assert!(catch_unwind(|| DiagonalNormal::new([0.0], [factor])).is_err());
        assert!(catch_unwind(|| DiagonalNormal::weighted(factor, [0.0], [1.0])).is_err());
    }
}

#[test]
fn knots_that_do_not_ascend_are_refused() {
    let ascending: [f32; KNOTS] = core::array::from_fn(|i| i as f32);
    let tail = |knots: [f32; KNOTS]| catch_unwind(|| Tail::new(knots, [1.0; KNOTS], 1.0));
    let integers = |knots: [f32; KNOTS]| {
        catch_unwind(|| fixed::Tail::new(knots.map(|knot| knot as i32), [1; KNOTS], 1))
    };
    assert!(tail(ascending).is_ok() && integers(ascending).is_ok());
    assert!(tail([3.0; KNOTS]).is_ok() && integers([3.0; KNOTS]).is_ok());
    for place in 1..KNOTS {
        let mut knots = ascending;
        knots[place] = knots[place - 1] - 1.0;
        assert!(tail(knots).is_err() && integers(knots).is_err());
        knots[place] = f32::NAN;
        assert!(tail(knots).is_err());
    }
}

fn fits<B: Bijection<f32, D>, const D: usize>() -> bool {
    B::MISFIT.is_none()
}

/// A coupling's two parts are the whole; a network of shifts and raw scales gives two numbers an element.
#[test]
fn layers_fit_one_length_only() {
    assert!(fits::<Coupling<Dense<2, 3>>, 5>() && fits::<Coupling<Dense<3, 2>>, 5>());
    assert!(!fits::<Coupling<Dense<2, 3>>, 6>() && !fits::<Coupling<Dense<3, 2>>, 1>());
    assert!(fits::<AffineCoupling<Dense<2, 6>, Exp>, 5>());
    assert!(!fits::<AffineCoupling<Dense<2, 6>, Exp>, 2>());
    assert!(!fits::<AffineCoupling<Dense<2, 6>, Exp>, 6>());
    assert!(!fits::<AffineCoupling<Dense<2, 6>, Exp>, 14>());
    assert!(!fits::<AffineCoupling<Dense<5, 6>, Exp>, 2>());
    // Of five numbers, two are shifts and one is left over.
    assert!(!fits::<AffineCoupling<Dense<2, 5>, Exp>, 4>());
    assert!(fits::<Autoregressive<Dense<4, 8>, Exp, 4>, 4>());
    assert!(!fits::<Autoregressive<Dense<4, 6>, Exp, 4>, 4>());
    assert!(!fits::<Autoregressive<Dense<2, 1>, Exp, 2>, 2>());
}

#[test]
fn a_window_of_parts_of_samples_or_of_none_is_refused() {
    assert!(catch_unwind(Window::<f32, 3, 9>::new).is_ok());
    assert!(catch_unwind(Window::<f32, 3, 8>::new).is_err());
    assert!(catch_unwind(Window::<f32, 3, 0>::new).is_err());
    assert!(catch_unwind(Window::<f32, 0, 8>::new).is_err());
}

#[test]
fn an_ensemble_of_none_is_refused() {
    let of_none = || Ensemble::<Normal, MeanDensity, 0>::new([], <MeanDensity>::new());
    assert!(catch_unwind(of_none).is_err());
    assert!(<Ensemble<Normal, MeanDensity, 0> as Density<f32, 1>>::MISFIT.is_some());
    assert!(<Ensemble<Normal, MeanDensity, 1> as Density<f32, 1>>::MISFIT.is_none());
}

fn fits_one_way<B: OneWay<D>, const D: usize>() -> bool {
    B::MISFIT.is_none()
}

#[test]
fn integer_layers_that_scale_fit_one_length_only() {
    type Network<const OUT: usize> = Narrow<2, OUT, Linear<I8, 1, 2>>;
    type Layer<const OUT: usize> = fixed::AffineCoupling<Network<OUT>, fixed::Exp, 3>;
    assert!(fits_one_way::<Layer<6>, 5>());
    // Other lengths than 2 + 3, and other outputs than two for each of three elements.
    assert!(!fits_one_way::<Layer<6>, 4>() && !fits_one_way::<Layer<6>, 6>());
    assert!(!fits_one_way::<Layer<5>, 5>() && !fits_one_way::<Layer<3>, 5>());
}
