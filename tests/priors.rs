//! Priors are densities, the ones they say, and sampling draws from them.

use nalgebra::{SVector, vector};
use nice_flow::Density;
use nice_flow::float::{
    DiagonalNormal, FullMixture, FullNormal, Libm, Logistic, Mixture, Normal, StudentT,
};
use nice_flow::host::float::log_sum_exp;
use nice_flow::host::student_t_at_zero;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use std::f64::consts::{PI, TAU};

const INFINITY: f32 = f32::INFINITY;
const NEG_INFINITY: f32 = f32::NEG_INFINITY;

/// `ln` of the normal density with this mean and standard deviation.
fn ln_normal(x: f64, mean: f64, deviation: f64) -> f64 {
    -0.5 * ((x - mean) / deviation).powi(2) - deviation.ln() - 0.5 * TAU.ln()
}

/// `ln` of the standard logistic density, `e⁻ˣ / (1 + e⁻ˣ)²`.
fn ln_logistic(x: f64) -> f64 {
    -x.abs() - 2.0 * (-x.abs()).exp().ln_1p()
}

/// Independent normals with a weight, from means and standard deviations.
fn component<const D: usize>(
    mean: [f32; D],
    deviation: [f32; D],
    weight: f64,
) -> DiagonalNormal<D> {
    let precision = deviation.map(|s| 1.0 / s);
    let log_det: f64 = precision.iter().map(|p| f64::from(*p).ln()).sum();
    let constant = weight.ln() + log_det - 0.5 * D as f64 * TAU.ln();
    DiagonalNormal::with_constant(mean, precision, constant as f32)
}

fn two_modes() -> Mixture<1, 2> {
    Mixture::new([component([-2.0], [0.5], 0.3), component([3.0], [1.5], 0.7)])
}

fn two_modes_in_the_plane() -> Mixture<2, 2> {
    Mixture::new([
        component([-2.0, 1.0], [0.5, 2.0], 0.3),
        component([3.0, 0.0], [1.5, 0.7], 0.7),
    ])
}

/// `ln` of Student's t density; what does not depend on `x` is tested in `src/gamma.rs`.
fn ln_student_t(x: f64, location: f64, scale: f64, degrees: f64) -> f64 {
    let t = (x - location) / scale;
    student_t_at_zero(degrees) - scale.ln() - 0.5 * (degrees + 1.0) * (t * t / degrees).ln_1p()
}

/// Deviations of 1 and 2, correlated by `r`: `W = [1, 0; −r/√(1−r²), 1/√(1−r²)]`, its second column divided by 2.
fn correlated(mean: [f32; 2], r: f32, weight: f32) -> FullNormal<2, 3> {
    let root = (1.0 - r * r).sqrt();
    FullNormal::weighted(weight, mean, [1.0, -r / root, 0.5 / root])
}

/// `ln` of that density by the textbook, `−½ (a² − 2 r a b + b²) / (1 − r²) − ln(2π · 2 √(1 − r²))`.
fn ln_correlated(x: [f64; 2], mean: [f64; 2], r: f64) -> f64 {
    let (a, b) = (x[0] - mean[0], (x[1] - mean[1]) / 2.0);
    let rest = 1.0 - r * r;
    -0.5 * (a * a - 2.0 * r * a * b + b * b) / rest - (2.0 * TAU).ln() - 0.5 * rest.ln()
}

fn two_slopes() -> FullMixture<2, 3, 2> {
    FullMixture::new([
        correlated([-2.0, 1.0], 0.75, 0.25),
        correlated([3.0, 0.0], -0.5, 0.75),
    ])
}

/// The integral over `[−24, 24]ᴰ` for `D` of one or two, by sums over a grid: exact to far less than
/// rounding, as the densities are smooth over a step, but for the logistic's tail of 8e-11.
fn integral<const D: usize>(density: &impl Density<f32, D, Nats = f32>) -> f64 {
    const STEP: f64 = 0.125;
    let nodes = || (-192..=192).map(|i| f64::from(i) * STEP);
    let mass = |x: &[f64]| {
        let x = SVector::<f32, D>::from_fn(|i, _| x[i] as f32);
        f64::from(density.log_density(&x)).exp() * STEP.powi(D as i32)
    };
    if D == 1 {
        nodes().map(|x| mass(&[x])).sum()
    } else {
        nodes()
            .flat_map(|x| nodes().map(move |y| [x, y]))
            .map(|x| mass(&x))
            .sum()
    }
}

/// Within 1e-6: where there is mass a log-density is below ten, and rounds by less than a millionth.
fn is_one(integral: f64) -> bool {
    (integral - 1.0).abs() < 1e-6
}

#[test]
fn densities_of_a_number_integrate_to_one() {
    assert!(is_one(integral::<1>(&Normal)));
    assert!(is_one(integral::<1>(&component([1.0], [2.0], 1.0))));
    assert!(is_one(integral::<1>(&<Logistic>::new())));
    assert!(is_one(integral(&two_modes())));
    // Beyond 24 it has 3e-14 of its mass.
    assert!(is_one(integral::<1>(&<StudentT<1>>::new(
        [1.0],
        [2.0],
        [12.0]
    ))));
}

#[test]
fn densities_of_a_pair_integrate_to_one() {
    assert!(is_one(integral::<2>(&Normal)));
    assert!(is_one(integral::<2>(&component(
        [1.0, -2.0],
        [2.0, 0.5],
        1.0
    ))));
    assert!(is_one(integral::<2>(&<Logistic>::new())));
    assert!(is_one(integral(&two_modes_in_the_plane())));
    assert!(is_one(integral(&correlated([1.0, -2.0], 0.6, 1.0))));
    assert!(is_one(integral(&two_slopes())));
}

#[cfg(feature = "micromath")]
#[test]
fn micromath_densities_integrate_to_one_within_a_thousandth() {
    use nice_flow::float::Micromath;
    // Twice the error of ln(1 + eˣ), 8e-4, at its largest; less on average.
    assert!((integral::<1>(&Logistic::<Micromath>::new()) - 1.0).abs() < 1e-3);
}

proptest! {
    #![proptest_config(Config { rng_seed: RngSeed::Fixed(0), failure_persistence: None, ..Config::default() })]

    // Six roundings of 6e-8 a term, D + 1 sums, all of one sign but the constant: within 1e-6 of the size
    // of the terms, here that of the log-density or ten.

    #[test]
    fn normal_is_the_textbook_formula(x in proptest::array::uniform7(-30.0f32..30.0)) {
        let expected: f64 = x.iter().map(|x| ln_normal(f64::from(*x), 0.0, 1.0)).sum();
        let found = f64::from(Normal.log_density(&SVector::from(x)));
        prop_assert!((found - expected).abs() <= 1e-6 * expected.abs().max(10.0));
    }

    #[test]
    fn diagonal_normal_is_the_textbook_formula(
        x in proptest::array::uniform7(-30.0f32..30.0),
        mean in proptest::array::uniform7(-30.0f32..30.0),
        deviation in proptest::array::uniform7(0.1f32..10.0),
    ) {
        let expected: f64 = (0..7)
            .map(|i| ln_normal(x[i].into(), mean[i].into(), deviation[i].into()))
            .sum();
        let found = f64::from(component(mean, deviation, 1.0).log_density(&SVector::from(x)));
        prop_assert!((found - expected).abs() <= 1e-6 * expected.abs().max(10.0));
    }

    #[test]
    fn logistic_is_the_textbook_formula(x in proptest::array::uniform7(-90.0f32..90.0)) {
        let expected: f64 = x.iter().map(|x| ln_logistic(f64::from(*x))).sum();
        let found = f64::from(<Logistic>::new().log_density(&SVector::from(x)));
        prop_assert!((found - expected).abs() <= 1e-6 * expected.abs().max(10.0));
    }

    #[test]
    fn mixture_is_the_textbook_formula(x in proptest::array::uniform2(-9.0f32..9.0)) {
        let [a, b] = x.map(f64::from);
        let densities = [
            0.3 * (ln_normal(a, -2.0, 0.5) + ln_normal(b, 1.0, 2.0)).exp(),
            // 0.7 as an f32, since that is the deviation the model has.
            0.7 * (ln_normal(a, 3.0, 1.5) + ln_normal(b, 0.0, f64::from(0.7f32))).exp(),
        ];
        let expected = (densities[0] + densities[1]).ln();
        let found = f64::from(two_modes_in_the_plane().log_density(&SVector::from(x)));
        prop_assert!((found - expected).abs() <= 1e-6 * expected.abs().max(10.0));
    }

    // Beside the roundings of the others, `ln_1p` is within 1.2e-7 of its size, however small `t²` is.
    #[test]
    fn student_t_is_the_textbook_formula(
        x in proptest::array::uniform7(-30.0f32..30.0),
        near in -12i32..1,
        location in proptest::array::uniform7(-30.0f32..30.0),
        precision in proptest::array::uniform7(0.1f32..10.0),
        degrees in proptest::array::uniform7(-2.0f32..5.0),
    ) {
        let degrees = degrees.map(|power| 10f32.powf(power));
        // From far outside to a trillionth of a unit away, where `1 + t²` is one.
        let x: [f32; 7] = std::array::from_fn(|i| x[i] * 10f32.powi(near));
        let location = if near < -6 { [0.0; 7] } else { location };
        let terms: [f64; 7] = std::array::from_fn(|i| {
            ln_student_t(x[i].into(), location[i].into(), 1.0 / f64::from(precision[i]), degrees[i].into())
        });
        let expected: f64 = terms.iter().sum();
        let found = f64::from(<StudentT<7>>::new(location, precision, degrees).log_density(&SVector::from(x)));
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        prop_assert!((found - expected).abs() <= 1e-6 * size.max(10.0), "{found} {expected}");
    }

    // Of a large power and a tiny square the product is exact, where `ln(1 + t²)` by rounding would be zero.
    #[test]
    fn small_distances_keep_their_digits(t in 1e-6f32..1e-3, degrees in 1e3f32..1e7) {
        let one = <StudentT<1>>::with_constant([0.0], [1.0 / degrees.sqrt()], [0.5 * (degrees + 1.0)], 0.0);
        let (t, degrees) = (f64::from(t), f64::from(degrees));
        let expected = 0.5 * (degrees + 1.0) * (t * t / degrees).ln_1p();
        let found = f64::from(one.score(&[t as f32]));
        prop_assert!((found - expected).abs() <= 6e-7 * expected, "{found} {expected}");
    }

    #[test]
    fn full_normals_and_their_mixture_are_the_textbook_formula(x in proptest::array::uniform2(-9.0f32..9.0)) {
        let wide = x.map(f64::from);
        let terms = [
            0.25f64.ln() + ln_correlated(wide, [-2.0, 1.0], 0.75),
            0.75f64.ln() + ln_correlated(wide, [3.0, 0.0], -0.5),
        ];
        let one = f64::from(correlated([-2.0, 1.0], 0.75, 0.25).log_density(&SVector::from(x)));
        // A correlation of 0.75 makes squares of sums of what is larger than they are.
        prop_assert!((one - terms[0]).abs() <= 3e-6 * terms[0].abs().max(10.0), "{one} {terms:?}");
        let expected = terms[0].max(terms[1]) + (-(terms[0] - terms[1]).abs()).exp().ln_1p();
        let found = f64::from(two_slopes().log_density(&SVector::from(x)));
        prop_assert!((found - expected).abs() <= 3e-6 * expected.abs().max(10.0), "{found} {expected}");
    }

    #[test]
    fn a_nan_makes_every_log_density_nan(x in proptest::array::uniform2(-9.0f32..9.0), i in 0usize..2) {
        let mut x = SVector::from(x);
        x[i] = f32::NAN;
        prop_assert!(Normal.log_density(&x).is_nan());
        prop_assert!(<Logistic>::new().log_density(&x).is_nan());
        prop_assert!(two_modes_in_the_plane().log_density(&x).is_nan());
        prop_assert!(<StudentT<2>>::new([0.0; 2], [1.0; 2], [3.0; 2]).log_density(&x).is_nan());
        prop_assert!(correlated([0.0; 2], 0.5, 1.0).log_density(&x).is_nan());
        prop_assert!(two_slopes().log_density(&x).is_nan());
    }
}

#[test]
fn log_sum_exp_neither_overflows_nor_loses_the_largest() {
    use std::f32::consts::LN_2;
    let sum = log_sum_exp::<Libm>;
    assert_eq!(sum(&[1e30, -1e30]), 1e30);
    assert_eq!(sum(&[-1e30, -1e30]), -1e30);
    assert_eq!(sum(&[f32::MAX, f32::MIN]), f32::MAX);
    assert_eq!(sum(&[-7.25]), -7.25);
    assert_eq!(sum(&[NEG_INFINITY, 3.0]), 3.0);
    assert!((sum(&[100.0, 100.0]) - 100.0 - LN_2).abs() < 1e-5);
    assert_eq!(sum(&[NEG_INFINITY; 3]), NEG_INFINITY);
    assert_eq!(sum(&[INFINITY, 1.0, INFINITY]), INFINITY);
    assert_eq!(sum(&[]), NEG_INFINITY);
}

#[test]
fn log_sum_exp_is_nan_wherever_the_nan_stands() {
    for other in [NEG_INFINITY, -1e30, 0.0, 1e30, INFINITY] {
        for terms in [
            [f32::NAN, other, other],
            [other, f32::NAN, other],
            [other, other, f32::NAN],
        ] {
            assert!(log_sum_exp::<Libm>(&terms).is_nan(), "{terms:?}");
        }
    }
}

#[test]
fn far_from_every_component_the_score_is_infinite_not_nan() {
    let far = Mixture::<1, 2>::new([
        component([1e30], [1.0], 0.5),
        component([-1e30], [1.0], 0.5),
    ]);
    assert_eq!(far.score(&vector![0.0]), f32::INFINITY);
    assert_eq!(two_modes().score(&vector![-1e30]), f32::INFINITY);
    assert_eq!(two_modes().score(&vector![f32::INFINITY]), f32::INFINITY);
    assert_eq!(Normal.score(&vector![1e30]), f32::INFINITY);
    assert_eq!(
        <Logistic>::new().score(&vector![f32::NEG_INFINITY]),
        f32::INFINITY
    );
    assert_eq!(<Logistic>::new().score(&vector![1e30]), 1e30);
    let heavy = <StudentT<1>>::new([0.0], [1.0], [3.0]);
    assert!(heavy.score(&vector![1e18]) < 170.0);
    assert_eq!(heavy.score(&vector![1e30]), f32::INFINITY);
    assert_eq!(heavy.score(&vector![NEG_INFINITY]), f32::INFINITY);
    assert_eq!(two_slopes().score(&vector![1e30, 0.0]), f32::INFINITY);
}

#[test]
fn a_component_of_a_mixture_at_the_edge_of_f32_is_still_found() {
    // Precision 1, so the distance of the other component squares to infinity.
    let wide = Mixture::<1, 2>::new([component([1e30], [1.0], 0.5), component([0.0], [1.0], 0.5)]);
    let expected = 0.5f64.ln() - 0.5 * (2.0 * PI).ln();
    assert!((f64::from(wide.log_density(&vector![0.0])) - expected).abs() < 1e-6);
}

#[cfg(feature = "rand")]
mod sampling {
    use super::*;
    use nice_flow::float::{Dense, Diagonal, Stack, activation::Relu};
    use nice_flow::{Coupling, Flow, Half, Sample};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{SeedableRng, TryRng};
    use std::convert::Infallible;

    const N: usize = 40_000;

    /// `N` draws, always the same.
    fn draws<const D: usize>(density: &impl Sample<f32, D>) -> Vec<SVector<f32, D>> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        (0..N).map(|_| density.sample(&mut rng)).collect()
    }

    /// Every limit below is four standard errors: a right sampler fails one seed in 16 000, and this seed never.
    fn within_sampling_error(found: f64, expected: f64, variance: f64) -> bool {
        (found - expected).abs() < 4.0 * (variance / N as f64).sqrt()
    }

    /// Mean, variance, and the distribution function everywhere (Kolmogorov's test at one in 2000).
    fn is_drawn_from(
        draws: impl Iterator<Item = f32>,
        mean: f64,
        variance: f64,
        kurtosis: f64,
        distribution: impl Fn(f64) -> f64,
    ) {
        let mut draws: Vec<f64> = draws.map(f64::from).collect();
        draws.sort_by(f64::total_cmp);
        let n = draws.len() as f64;
        let found_mean = draws.iter().sum::<f64>() / n;
        let found_variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        assert!(
            within_sampling_error(found_mean, mean, variance),
            "mean {found_mean}"
        );
        assert!(
            within_sampling_error(
                found_variance,
                variance,
                (kurtosis - 1.0) * variance.powi(2)
            ),
            "variance {found_variance}"
        );
        let distance = draws
            .iter()
            .enumerate()
            .map(|(i, x)| (distribution(*x) - (i as f64 + 0.5) / n).abs())
            .fold(0.0, f64::max);
        assert!(distance < 2.04 / n.sqrt(), "distribution off by {distance}");
    }

    fn normal_distribution(x: f64) -> f64 {
        0.5 * libm::erfc(-x / 2.0f64.sqrt())
    }

    #[test]
    fn normal_draws_are_normal_in_each_element() {
        let draws = draws::<2>(&Normal);
        for i in 0..2 {
            is_drawn_from(
                draws.iter().map(|x| x[i]),
                0.0,
                1.0,
                3.0,
                normal_distribution,
            );
        }
        let covariance = draws.iter().map(|x| f64::from(x[0] * x[1])).sum::<f64>() / N as f64;
        assert!(within_sampling_error(covariance, 0.0, 1.0));
    }

    #[test]
    fn diagonal_normal_draws_have_its_means_and_deviations() {
        let draws = draws(&component([5.0, -1.0], [0.5, 4.0], 1.0));
        for (i, (mean, deviation)) in [(5.0, 0.5), (-1.0, 4.0)].into_iter().enumerate() {
            is_drawn_from(
                draws.iter().map(|x| x[i]),
                mean,
                deviation * deviation,
                3.0,
                |x| normal_distribution((x - mean) / deviation),
            );
        }
    }

    #[test]
    fn logistic_draws_are_logistic() {
        let draws = draws::<1>(&<Logistic>::new());
        let distribution = |x: f64| 1.0 / (1.0 + (-x).exp());
        is_drawn_from(
            draws.iter().map(|x| x[0]),
            0.0,
            PI * PI / 3.0,
            4.2,
            distribution,
        );
    }

    #[test]
    fn mixture_draws_its_components_by_weight_whatever_their_width() {
        let draws = draws(&two_modes());
        let distribution = |x: f64| {
            0.3 * normal_distribution((x + 2.0) / 0.5) + 0.7 * normal_distribution((x - 3.0) / 1.5)
        };
        // Moments of the two about the common mean of 1.5.
        let [near, far] = [(0.3, -3.5, 0.25), (0.7, 1.5, 2.25)];
        let second = |(w, d, v): (f64, f64, f64)| w * (d * d + v);
        let fourth = |(w, d, v): (f64, f64, f64)| w * (d.powi(4) + 6.0 * d * d * v + 3.0 * v * v);
        let variance = second(near) + second(far);
        let kurtosis = (fourth(near) + fourth(far)) / (variance * variance);
        is_drawn_from(
            draws.iter().map(|x| x[0]),
            1.5,
            variance,
            kurtosis,
            distribution,
        );
    }

    #[test]
    fn student_t_draws_are_those_of_their_degrees_of_freedom() {
        // Of six degrees of freedom the kurtosis is 6; the distribution function is elementary.
        let six = |t: f64| {
            let s = t / (6.0 + t * t).sqrt();
            0.5 + 0.5 * s * (1.875 - 1.25 * s * s + 0.375 * s.powi(4))
        };
        let draws = draws(&<StudentT<2>>::new([5.0, 1.0], [2.0, 4.0], [6.0, 1.0]));
        is_drawn_from(draws.iter().map(|x| x[0]), 5.0, 1.5 / 4.0, 6.0, |x| {
            six((x - 5.0) * 2.0)
        });
        // Cauchy's has no moments: by its distribution function made uniform, of variance 1/12 and kurtosis 1.8.
        let uniform = |x: f32| (0.5 + ((f64::from(x) - 1.0) * 4.0).atan() / PI) as f32;
        is_drawn_from(
            draws.iter().map(|x| uniform(x[1])),
            0.5,
            1.0 / 12.0,
            1.8,
            |u| u,
        );
    }

    #[test]
    fn full_normal_draws_are_as_correlated() {
        let draws = draws(&correlated([5.0, -1.0], 0.75, 1.0));
        for (i, (mean, deviation)) in [(5.0, 1.0), (-1.0, 2.0)].into_iter().enumerate() {
            let distribution = |x: f64| normal_distribution((x - mean) / deviation);
            is_drawn_from(
                draws.iter().map(|x| x[i]),
                mean,
                deviation * deviation,
                3.0,
                distribution,
            );
        }
        let product = |x: &SVector<f32, 2>| f64::from((x[0] - 5.0) * (x[1] + 1.0) / 2.0);
        let covariance = draws.iter().map(product).sum::<f64>() / N as f64;
        // The variance of a product of standard normals is 1 + r².
        assert!(
            within_sampling_error(covariance, 0.75, 1.5625),
            "{covariance}"
        );
    }

    #[test]
    fn full_mixture_draws_its_components_by_weight() {
        let draws = draws(&two_slopes());
        let distribution =
            |x: f64| 0.25 * normal_distribution(x + 2.0) + 0.75 * normal_distribution(x - 3.0);
        // Moments about the common mean of 1.75.
        let [near, far] = [(0.25, -3.75f64), (0.75, 1.25)];
        let second = |(w, d): (f64, f64)| w * (d * d + 1.0);
        let fourth = |(w, d): (f64, f64)| w * (d.powi(4) + 6.0 * d * d + 3.0);
        let variance = second(near) + second(far);
        let kurtosis = (fourth(near) + fourth(far)) / (variance * variance);
        is_drawn_from(
            draws.iter().map(|x| x[0]),
            1.75,
            variance,
            kurtosis,
            distribution,
        );
    }

    /// A coupling, which keeps volume, and a diagonal, which has a log-determinant of ln 3.
    /// Of two, noise of the wrong sign chooses as often.
    #[test]
    fn three_components_are_drawn_by_weight() {
        let weights = [0.1, 0.2, 0.7];
        let mixture = Mixture::<1, 3>::new([
            component([-20.0], [1.0], weights[0]),
            component([0.0], [0.1], weights[1]),
            component([20.0], [2.0], weights[2]),
        ]);
        let draws = draws(&mixture);
        for (mean, weight) in [-20.0f32, 0.0, 20.0].into_iter().zip(weights) {
            let near = draws.iter().filter(|x| (x[0] - mean).abs() < 10.0).count();
            let share = near as f64 / N as f64;
            let variance = weight * (1.0 - weight);
            assert!(
                within_sampling_error(share, weight, variance),
                "{mean}: {share}"
            );
        }
    }

    /// `mean + z / precision`, of the `z` that a normal density draws.
    #[test]
    fn a_draw_is_that_of_a_normal_moved() {
        let z = draws(&Normal);
        let moved = draws(&DiagonalNormal::new([3.0], [4.0]));
        for (z, x) in z.iter().zip(moved) {
            let z: &SVector<f32, 1> = z;
            assert_eq!(x[0], 3.0 + z[0] / 4.0);
        }
    }

    fn flow<P>(prior: P) -> Flow<(Coupling<Stack<1, 2, Relu, Dense<2, 1>>>, Diagonal<2>), P> {
        let last = Dense::new([[0.5], [-1.0]], [0.25]);
        let conditioner = Stack::new(Dense::new([[1.0, -2.0]], [0.1, 0.0]), Relu, last);
        let diagonal = Diagonal::with_log_det([2.0, -1.0], [6.0, 0.5], 3f32.ln());
        Flow::new((Coupling::new(Half::Tail, conditioner), diagonal), prior)
    }

    fn mean_score(flow: &(impl Density<f32, 2, Nats = f32> + Sample<f32, 2>)) -> f64 {
        draws(flow)
            .iter()
            .map(|x| f64::from(flow.score(x)))
            .sum::<f64>()
            / N as f64
    }

    #[test]
    fn a_flow_scores_its_own_draws_by_its_entropy() {
        // The entropy of the prior less the log-determinant; the variance of −ln π is D / 2 for the
        // normal, and D (4 − π²/3) for the logistic.
        let normal = 1.0 + TAU.ln() - 3.0f64.ln();
        assert!(within_sampling_error(
            mean_score(&flow(Normal)),
            normal,
            1.0
        ));
        let logistic = 4.0 - 3.0f64.ln();
        let variance = 2.0 * (4.0 - PI * PI / 3.0);
        assert!(within_sampling_error(
            mean_score(&flow(<Logistic>::new())),
            logistic,
            variance
        ));
    }

    /// A generator that is stuck.
    struct Stuck(u32);

    impl TryRng for Stuck {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(self.0)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(u64::from(self.0) << 32 | u64::from(self.0))
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn draws_are_finite_at_both_ends_of_the_generator() {
        for bits in [0, u32::MAX] {
            let rng = &mut Stuck(bits);
            // ln(2²⁴) = 16.64; √(2 · 16.64) = 5.77.
            let logistic: SVector<f32, 1> = <Logistic>::new().sample(rng);
            assert!(logistic[0].abs() < 16.7, "{logistic}");
            let normal: SVector<f32, 1> = Normal.sample(rng);
            assert!(normal[0].abs() < 5.8, "{normal}");
            assert!(two_modes().sample(rng)[0].is_finite());
            assert!(two_slopes().sample(rng)[0].is_finite());
            let cauchy: SVector<f32, 1> = <StudentT<1>>::new([0.0], [1.0], [1.0]).sample(rng);
            assert!(cauchy[0].is_finite());
        }
    }
}
