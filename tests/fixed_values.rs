//! Integer encoders and priors against their formulas in `f64`, and at the ends of their ranges.

#[path = "models/integer.rs"]
#[allow(dead_code)]
mod integer;
#[path = "models/network.rs"]
#[allow(dead_code)]
mod network;

use nalgebra::SVector;
use nice_flow::fixed::{
    Component, Counts, DiagonalNormal, Encode, Encoded, Fixed, Logistic, Mixture, Standardise,
};
use nice_flow::{Density, Detector, Flow, Permute};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

fn config() -> Config {
    Config {
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    }
}

/// One nat, and one standard deviation.
const ONE: f64 = 65_536.0;
/// What one value of the table of `ln(1 + e⁻ᵈ)` may be off, as `softplus.rs` says.
const TABLE: f64 = 7.8e-5;

fn state<const D: usize>(bits: [i32; D]) -> SVector<Fixed, D> {
    SVector::from(bits.map(Fixed::from_bits))
}

fn softplus(d: f64) -> f64 {
    (-d).exp().ln_1p()
}

#[test]
fn table_is_within_its_bound_everywhere() {
    let prior: Logistic<1> = Logistic::new([1 << 16], [0], 16, 0);
    for d in 0..12 << 16 {
        let nats = -f64::from(prior.log_density(&state([d])).to_bits());
        let found = (nats - f64::from(d)) / 2.0 / ONE;
        let error = (found - softplus(f64::from(d) / ONE)).abs();
        assert!(error <= TABLE, "{d}: {error}");
        assert_eq!(prior.log_density(&state([-d])).to_bits(), -nats as i32);
    }
}

/// In units of 2⁻¹⁴ a value may be off by one unit more, which the shift cuts off.
#[test]
fn table_is_within_its_bound_in_fourteen_bits() {
    let prior: Logistic<1> = Logistic::new([1 << 16], [0], 16, 0);
    for d in 0..12 << 14 {
        let u = SVector::from([Fixed::<14>::from_bits(d)]);
        let nats = -f64::from(prior.log_density(&u).to_bits());
        let error = (nats - f64::from(d)) / 2.0 / 16_384.0 - softplus(f64::from(d) / 16_384.0);
        assert!(error.abs() <= TABLE + 1.0 / 16_384.0, "{d}: {error}");
    }
}

const FACTOR: [i32; 3] = [1 << 29, -700_000_000, 300_000_000];
const OFFSET: [i32; 3] = [0, 40_000, -100_000];
const CONSTANT: i32 = -180_000;

/// The elements in standard deviations.
fn standard(u: [i32; 3]) -> [f64; 3] {
    core::array::from_fn(|i| {
        let factor = f64::from(FACTOR[i]) / f64::from(1 << 29);
        (f64::from(u[i]) * factor + f64::from(OFFSET[i])) / ONE
    })
}

/// Rounding of the elements to half of 2⁻¹⁶, of their squares, and of the sum.
fn rounding(z: [f64; 3]) -> f64 {
    (z.iter().map(|z| z.abs()).sum::<f64>() / 2.0 + 2.0) / ONE
}

fn half_squares(z: [f64; 3]) -> f64 {
    z.iter().map(|z| z * z / 2.0).sum()
}

/// Steps of the coarse state in bits; its means and factors, a component a row.
const COARSE: [u8; 3] = [7, 8, 0];
const SHIFT: u32 = 15;
const MEANS: [[i16; 3]; 3] = [[0, 0, 0], [1024, -512, 30_000], [-2048, 700, -32_767]];
const FACTORS: [[i16; 3]; 3] = [[16_384; 3], [32_767, 16_000, 9], [20_000, 300, 32_767]];
const CONSTANTS: [i32; 3] = [CONSTANT, CONSTANT - 50_000, CONSTANT - 90_000];

fn mixture() -> Mixture<3, 3> {
    let component = |k| Component::new(MEANS[k], FACTORS[k], CONSTANTS[k]);
    Mixture::new(COARSE, SHIFT, [component(0), component(1), component(2)])
}

/// Up to about eighty standard deviations.
fn elements() -> impl Strategy<Value = [i32; 3]> {
    proptest::array::uniform3(-4_000_000..4_000_000i32)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn normal_is_its_formula(u in elements()) {
        let prior = DiagonalNormal::new(FACTOR, OFFSET, 29, CONSTANT);
        let found = f64::from(prior.log_density(&state(u)).to_bits()) / ONE;
        let z = standard(u);
        let expected = f64::from(CONSTANT) / ONE - half_squares(z);
        prop_assert!((found - expected).abs() <= rounding(z), "{found}, expected {expected}");
    }

    #[test]
    fn logistic_is_its_formula(u in elements()) {
        let prior = Logistic::new(FACTOR, OFFSET, 29, CONSTANT);
        let found = f64::from(prior.log_density(&state(u)).to_bits()) / ONE;
        let terms = standard(u).map(|z| z.abs() + 2.0 * softplus(z.abs()));
        let expected = f64::from(CONSTANT) / ONE - terms.iter().sum::<f64>();
        let limit = 3.0 * (2.0 * TABLE + 1.0 / ONE);
        prop_assert!((found - expected).abs() <= limit, "{found}, expected {expected}");
    }

    /// Components of several means and widths, of which the second and third weigh less.
    #[test]
    fn mixture_is_its_formula(u in elements()) {
        let found = f64::from(mixture().log_density(&state(u)).to_bits()) / ONE;
        let terms: [(f64, f64); 3] = core::array::from_fn(|k| {
            let z = core::array::from_fn(|i| {
                let v = f64::from(u[i].wrapping_shr(COARSE[i].into()).clamp(-32_767, 32_767));
                let apart = (v - f64::from(MEANS[k][i])) * f64::from(FACTORS[k][i]);
                (apart / f64::from(1 << SHIFT)).clamp(-32_768.0, 32_767.0) / 256.0
            });
            // A deviation may be off by half of 2⁻⁸.
            let rounding = z.iter().map(|z: &f64| z.abs() / 512.0 + 1e-5).sum();
            (f64::from(CONSTANTS[k]) / ONE - half_squares(z).min(16_384.0), rounding)
        });
        let largest = terms.iter().fold(f64::MIN, |a, b| a.max(b.0));
        let expected = largest + terms.iter().map(|t| (t.0 - largest).exp()).sum::<f64>().ln();
        let limit = terms.iter().fold(0.0, |a: f64, b| a.max(b.1)) + 2.0 * TABLE;
        prop_assert!((found - expected).abs() <= limit, "{found}, expected {expected}");
    }

    /// Whatever the constants: no product and no sum leaves its type, which a debug build would say, and any state gets
    /// what sums of 128 bits give.
    #[test]
    fn squares_are_those_of_wide_integers(
        v in proptest::collection::vec(-32_767i16..=32_767, 40),
        ends in proptest::collection::vec(0u8..4, 40),
        mean in proptest::collection::vec(-32_767i16..=32_767, 40),
        factor in proptest::collection::vec(0i16..=32_767, 40),
        shift in 1u32..=17,
    ) {
        let end = |x: i16, end: u8| [x, x, 32_767, -32_767][usize::from(end)];
        let v: Vec<i16> = v.iter().zip(&ends).map(|(v, e)| end(*v, *e)).collect();
        let mean: Vec<i16> = mean.iter().zip(&ends).map(|(m, e)| end(*m, 5 - (*e).max(2))).collect();
        let factor: Vec<i16> =
            factor.iter().zip(&ends).map(|(f, e)| if *e > 1 { 32_767 } else { *f }).collect();
        let wide = (v.iter().zip(&mean).zip(&factor)).map(|((v, mean), factor)| {
            let product = (i128::from(*v) - i128::from(*mean)) * i128::from(*factor);
            let z = ((product + (1 << (shift - 1))) >> shift).clamp(-32_768, 32_767);
            z * z
        });
        let expected = wide.sum::<i128>();
        let found = nice_flow::host::fixed::squares(&mean, &factor, shift, &v);
        prop_assert_eq!(i128::from(found), expected);
    }

    /// Whatever the state: the score of a far one is high, not wrapped around.
    #[test]
    fn far_states_saturate(u in proptest::array::uniform3(any::<i32>()), i in 0usize..3, sign: bool) {
        let mut u = u;
        u[i] = if sign { i32::MAX - 1_000 } else { i32::MIN + 1_000 };
        let normal = DiagonalNormal::new(FACTOR, OFFSET, 29, CONSTANT);
        prop_assert_eq!(normal.score(&state(u)).to_bits(), (1 << 30) - CONSTANT);
        let wide = DiagonalNormal::new([i32::MAX; 3], [0; 3], 1, i32::MIN);
        prop_assert_eq!(wide.score(&state(u)).to_bits(), i32::MAX);
        let logistic = Logistic::new(FACTOR, OFFSET, 29, CONSTANT);
        prop_assert!(logistic.score(&state(u)).to_bits() >= 1 << 27);
        let steps = [Component::new([0; 3], [32_767; 3], 0), Component::new([0; 3], [32_767; 3], 0)];
        let mixture: Mixture<3, 2> = Mixture::new([16; 3], 1, steps);
        // Half of 128 deviations squared, less than a nat for the two components.
        prop_assert!(mixture.score(&state(u)).to_bits() >= 8191 << 16);
    }

    #[test]
    fn standardise_is_monotone(
        x in any::<f32>(), y in any::<f32>(), mean in -1e6f32..1e6, factor in 1e-3f32..1e9,
    ) {
        prop_assume!(!x.is_nan() && !y.is_nan());
        let encoder: Standardise<1> = Standardise::new([mean], [factor], 1 << 23);
        let [low, high] = if x <= y { [x, y] } else { [y, x] };
        let [low, high] = [low, high].map(|x| encoder.encode(&SVector::from([x]))[0]);
        prop_assert!(low <= high);
        prop_assert!(high.to_bits() <= 1 << 23 && low.to_bits() >= -(1 << 23));
    }

    #[test]
    fn counts_are_their_formula_and_monotone(
        x in any::<i32>(), y in any::<i32>(), factor in 1i32.., offset in -(1i64 << 62)..1 << 62, shift in 0u8..=62,
    ) {
        let encoder: Counts<1> = Counts::new([factor], [offset], [shift], 1 << 23);
        let encode = |x: i32| encoder.encode(&SVector::from([x]))[0].to_bits();
        let formula = |x: i32| (i128::from(x) * i128::from(factor) + i128::from(offset)) >> shift;
        prop_assert_eq!(i128::from(encode(x)), formula(x).clamp(-(1 << 23), 1 << 23));
        prop_assert!(encode(x.min(y)) <= encode(x.max(y)));
    }

    /// Whatever the flow makes of the state: it scores every state within the limit as normal here.
    #[test]
    fn one_saturated_measurement_has_the_largest_score(
        x in proptest::array::uniform3(-100f32..100.0), place in 0usize..3, far in 128f32.., minus: bool,
    ) {
        let prior = DiagonalNormal::new([1; 3], [0; 3], 62, 0);
        let flow = Flow::new(Permute::new([2, 0, 1]), prior);
        let model: Encoded<Standardise<3>, _> =
            Encoded::new(Standardise::new([0.0; 3], [65_536.0; 3], 1 << 23), flow);
        prop_assert_eq!(model.score(&SVector::from(x)), Fixed::from_bits(0));
        for broken in [if minus { -far } else { far }, 128.0, -128.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = x;
            x[place] = broken;
            prop_assert_eq!(model.score(&SVector::from(x)), Fixed::from_bits(i32::MAX), "{}", broken);
        }
    }

    #[test]
    fn one_saturated_count_has_the_largest_score(
        x in proptest::array::uniform3(-100i32..100), place in 0usize..3, far in 128i32.., minus: bool,
    ) {
        let prior = DiagonalNormal::new([1; 3], [0; 3], 62, 0);
        let flow = Flow::new(Permute::new([2, 0, 1]), prior);
        let model: Encoded<Counts<3>, _> =
            Encoded::new(Counts::new([65_536; 3], [0; 3], [0; 3], 1 << 23), flow);
        prop_assert_eq!(model.score(&SVector::from(x)), Fixed::from_bits(0));
        for broken in [if minus { -far } else { far }, 128, -128, i32::MIN, i32::MAX] {
            let mut x = x;
            x[place] = broken;
            prop_assert_eq!(model.score(&SVector::from(x)), Fixed::from_bits(i32::MAX), "{}", broken);
        }
    }

    #[test]
    fn counts_of_sixteen_bits_are_those_of_more(x in any::<i16>(), factor in any::<i32>(), offset in -1i64 << 40..1 << 40) {
        let encoder: Counts<1> = Counts::new([factor], [offset], [20], 1 << 23);
        let narrow: SVector<Fixed, 1> = encoder.encode(&SVector::from([x]));
        prop_assert_eq!(narrow, encoder.encode(&SVector::from([i32::from(x)])));
    }

    /// Within what a division, a sum and the cut towards zero of `encode` can lose: a bit each.
    #[test]
    fn decode_undoes_encode(bits in -8_000_000..8_000_000i32, mean in -2.0f32..2.0, factor in 2e4f32..2e5) {
        let encoder: Standardise<1> = Standardise::new([mean], [factor], 1 << 23);
        let u = state([bits]);
        let back = encoder.encode(&encoder.decode(&u))[0].to_bits();
        prop_assert!((back - bits).abs() <= 3, "{bits} came back as {back}");
    }
}

#[test]
fn a_measurement_that_is_no_number_is_at_the_limit() {
    let encoder: Standardise<1> = Standardise::new([3.0], [1000.0], 1 << 23);
    let encode = |x: f32| encoder.encode(&SVector::from([x]))[0].to_bits();
    assert_eq!(encode(f32::NAN), 1 << 23);
    assert_eq!(encode(-f32::NAN), 1 << 23);
    assert_eq!(encode(f32::INFINITY), 1 << 23);
    assert_eq!(encode(f32::MAX), 1 << 23);
    assert_eq!(encode(f32::NEG_INFINITY), -(1 << 23));
    assert_eq!(encode(3.0), 0);
    assert_eq!(encode(2.0), -1000);
}

/// Windows of raw counts, scores and thresholds in fixed point.
#[test]
fn detector_takes_counts() {
    let x: SVector<i16, 16> = SVector::from_fn(|i, _| 20 * i as i16 - 150);
    let score = integer::I8_OF_COUNTS.score(&x);
    let (samples, _) = x.as_slice().as_chunks::<4>();
    let mut below = Fixed::from_bits(score.to_bits() - 1);
    for anomalous in [true, false] {
        let mut detector = Detector::<_, i16, 4, 16>::new(&integer::I8_OF_COUNTS, below);
        let verdicts: Vec<_> = samples
            .iter()
            .map(|sample| detector.push(*sample))
            .collect();
        assert!(verdicts[..3].iter().all(|verdict| verdict.is_none()));
        let verdict = verdicts[3].unwrap();
        assert_eq!((verdict.score, verdict.anomalous), (score, anomalous));
        below = score;
    }
}
