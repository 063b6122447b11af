//! Integer layers and priors compute the formulas in their documentation, to the last bit: where a half goes, and when.

use nalgebra::SVector;
use nice_flow::fixed::{
    AffineCoupling, Dense, DiagonalNormal, Exp, First, Fixed, Form, Hidden, I8, I16, Linear, Mlp,
    Narrow, Narrowing, OneWayFlow, Quad, Rectifier, Side, Storage, Tally, Triangular,
};
use nice_flow::host::fixed::{multiply_within, narrow};
use nice_flow::{Bijection, Conditioner, Density, Half, Number, Then};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

fn config() -> Config {
    Config {
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    }
}

fn state<const FRAC: u32, const D: usize>(bits: [i32; D]) -> SVector<Fixed<FRAC>, D> {
    SVector::from(bits.map(Fixed::from_bits))
}

fn forward<const D: usize, const N: usize>(
    triangle: &Triangular<D, N>,
    bits: [i32; D],
) -> [i32; D] {
    let mut x = state::<16, D>(bits);
    triangle.forward(&mut x);
    std::array::from_fn(|i| x[i].to_bits())
}

/// `⌊n / 2^shift + ½⌋`.
fn rounded(n: i128, shift: u32) -> i128 {
    let (whole, rest) = (n.div_euclid(1 << shift), n.rem_euclid(1 << shift));
    whole + i128::from(2 * rest >= 1 << shift)
}

#[test]
fn a_triangle_rounds_to_the_nearest_and_halves_up() {
    // x₁ += ¾ x₀.
    let lower = Triangular::new(Side::Lower, [3], 2);
    for (x, change) in [(1, 1), (2, 2), (3, 2), (-1, -1), (-2, -1), (-3, -2), (4, 3)] {
        assert_eq!(forward(&lower, [x, 100]), [x, 100 + change], "{x}");
    }
}

/// Quarters of two elements, a half together.
#[test]
fn a_triangle_rounds_its_sum_and_not_each_product() {
    let upper = Triangular::new(Side::Upper, [1, 1, 0], 2);
    assert_eq!(forward(&upper, [0, 1, 0]), [0, 1, 0]);
    assert_eq!(forward(&upper, [0, 1, 1]), [1, 1, 1]);
}

fn narrowed(narrowing: Narrowing, u: [i32; 4]) -> [i32; 4] {
    let mut x = [Quad::ZERO];
    narrow(narrowing, &[u], &mut x);
    x[0].activations()
}

#[test]
fn narrowing_rounds_to_the_nearest_and_halves_up() {
    let linear = Narrowing::linear(2, 100);
    assert_eq!(narrowed(linear, [4, 5, 6, 7]), [1, 1, 2, 2]);
    assert_eq!(narrowed(linear, [-4, -5, -6, -7]), [-1, -1, -1, -2]);
    // (−2 · ¾ · 2¹⁵ + 2¹⁴) >> 15: −1.5 goes up.
    let leaky = Narrowing::leaky_relu(2, 100, 24_576);
    assert_eq!(narrowed(leaky, [-8, -4, -12, 6]), [-1, -1, -2, 2]);
}

/// `z` is `u`: the constants of a normal of no scale.
fn normal<const D: usize>() -> DiagonalNormal<D> {
    DiagonalNormal::new([2; D], [0; D], 1, 0)
}

/// `ln π(f(u)) + ln |det ∂f/∂u|`, with `f(a, b) = (a, 4 b + 1)`.
#[test]
fn a_one_way_flow_adds_its_log_determinant_to_the_prior_of_the_image() {
    type Steps = Narrow<1, 2, Linear<I16, 1, 1>>;
    let bias = [[2 << 16, 4 << 16, 0, 0]];
    let steps: Steps = Narrow::new(
        Narrowing::linear(4, 32_767),
        Linear::new(Dense::new([[[0; 8]]], bias), [[1; 4]]),
    );
    let map = AffineCoupling::new(Half::Tail, Form::MulAdd, steps, Exp, [[0, 0]]);
    let flow = OneWayFlow::new(map, [], normal::<2>());
    for (a, b) in [(0, 0), (1 << 15, 3 << 16), (-5 << 16, -7)] {
        let image = state::<16, 2>([a, 4 * b + (1 << 16)]);
        // Two powers of two.
        let log_det = (2.0 * std::f64::consts::LN_2 * 65_536.0).round() as i32;
        let prior = normal::<2>().log_density(&image).to_bits();
        let found = flow.log_density(&state([a, b])).to_bits();
        assert_eq!(found, prior + log_det, "{a} {b}");
    }
    // Of a row that is clamped, the lowest there is.
    let far = flow.log_density(&state([0, 1 << 27]));
    assert_eq!(far, Fixed::<16>::LOWEST);
}

/// `½ z²` in bits: 2¹⁶ of `z²` are half a bit of 2⁻¹⁶.
#[test]
fn half_a_square_is_rounded_to_the_nearest_and_halves_up() {
    let score = |z: i32| normal().score(&state::<16, 1>([z])).to_bits();
    for (z, expected) in [(0, 0), (255, 0), (256, 1), (443, 1), (444, 2), (-256, 1)] {
        assert_eq!(score(z), expected, "{z}");
    }
    let score = |z: i32| normal().score(&state::<14, 1>([z])).to_bits();
    assert_eq!([127, 128].map(score), [0, 1]);
}

/// 181² + 182² is above 2¹⁶, 2 · 181² below, and each square by itself is less than half a bit.
#[test]
fn half_the_squares_are_rounded_once() {
    let score = |z: [i32; 2]| normal().score(&state::<16, 2>(z)).to_bits();
    assert_eq!([[181, 182], [181, 181], [181, 0]].map(score), [1, 0, 0]);
}

/// A half of what is shifted off goes up, before the offset.
#[test]
fn a_prior_rounds_what_it_standardises() {
    let prior = DiagonalNormal::new([1 << 9], [0], 10, 0);
    let score = |u: i32| prior.score(&state::<16, 1>([u])).to_bits();
    // z of 511 is 255.5, of −511 −255.5.
    assert_eq!([510, 511, -511, -512].map(score), [0, 1, 0, 1]);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_triangle_is_its_formula(
        t in proptest::array::uniform3(any::<i32>()), x in proptest::array::uniform3(any::<i32>()), shift in 1u32..=62,
    ) {
        // Two products below 2⁶⁰ and the half: below 2⁶³, as the generator proves of every row.
        let t = t.map(|t| t / 4);
        let change = |terms: &[(i32, i32)]| {
            let terms = terms.iter().map(|(t, x)| i128::from(*t) * i128::from(*x));
            rounded(terms.sum(), shift) as i32
        };
        let upper = Triangular::new(Side::Upper, t, shift);
        let expected = [
            x[0].wrapping_add(change(&[(t[0], x[1]), (t[1], x[2])])),
            x[1].wrapping_add(change(&[(t[2], x[2])])),
            x[2],
        ];
        prop_assert_eq!(forward(&upper, x), expected);
        let lower = Triangular::new(Side::Lower, t, shift);
        let expected = [
            x[0],
            x[1].wrapping_add(change(&[(t[0], x[0])])),
            x[2].wrapping_add(change(&[(t[1], x[0]), (t[2], x[1])])),
        ];
        prop_assert_eq!(forward(&lower, x), expected);
    }

    #[test]
    fn narrowing_is_its_formula(
        u in any::<i32>(), shift in 1u32..=31, limit in 0i16.., slope in 0i32..=32_768,
    ) {
        let v = rounded(i128::from(u), shift).clamp(-i128::from(limit), i128::from(limit));
        let x = if v < 0 { rounded(v * i128::from(slope), 15) } else { v };
        let found = narrowed(Narrowing::leaky_relu(shift, limit, slope), [u; 4]);
        prop_assert_eq!(found.map(i128::from), [x; 4]);
    }

    /// `constant − ⌊½ Σ z² + ½⌋` with `z = ⌊u · factor / 2^shift + ½⌋ + offset`, clamped to ±2²⁷, and the sum to 2³⁰.
    #[test]
    fn a_normal_is_its_formula(
        u in proptest::array::uniform3(any::<i32>()), near in 0u32..24,
        factor in proptest::array::uniform3(any::<i32>()), shift in 20u32..=62,
        offset in proptest::array::uniform3(-1_000_000..1_000_000), constant in any::<i32>(),
    ) {
        // As often near the middle of the density as far out.
        let u = u.map(|u| u >> near);
        let z: [i128; 3] = std::array::from_fn(|i| {
            let z = rounded(i128::from(u[i]) * i128::from(factor[i]), shift);
            (z + i128::from(offset[i])).clamp(-(1 << 27), 1 << 27)
        });
        let squares: i128 = z.iter().map(|z| z * z).sum();
        let expected = |frac: u32| {
            let nats = i128::from(constant) - rounded(squares, frac + 1).min(1 << 30);
            nats.max(-i128::from(i32::MAX))
        };
        let prior = DiagonalNormal::new(factor, offset, shift, constant);
        let of_16 = prior.log_density(&state::<16, 3>(u)).to_bits();
        prop_assert_eq!(i128::from(of_16), expected(16));
        let of_14 = prior.log_density(&state::<14, 3>(u)).to_bits();
        prop_assert_eq!(i128::from(of_14), expected(14));
    }
}

/// The first row of a lower triangle and the last one of an upper have no products.
#[test]
fn a_triangle_of_a_clamped_state_clamps_every_element() {
    for side in [Side::Lower, Side::Upper] {
        for far in 0..3 {
            let mut x = [1, 2, 3];
            x[far] = (1 << 28) + 5;
            let mut u = x.map(Fixed::from_bits);
            let mut tally = Tally::new(&[]);
            multiply_within(side, &[0; 3], 2, &mut u, &mut tally);
            x[far] = 1 << 28;
            assert_eq!(u.map(Fixed::to_bits), x, "{side:?} {far}");
            assert!(tally.is_far(), "{side:?} {far}");
        }
    }
}

/// Perceptrons of one width against the same layers one after another.
fn perceptrons<S: Storage>(block: fn(u32) -> S::Block) {
    let hidden = |n: u32| {
        let dense = Dense::new([[block(n)]], [[900, -700, 40 * n as i32, 3_000]]);
        Hidden::<S, 1, 1>::new(dense, Rectifier::relu(12))
    };
    let last = || Linear::<S, 1, 1>::new(Dense::new([[block(7)]], [[1, 2, 3, 4]]), [[0; 4]]);
    let x = [Quad::of([300, -200, 500, 50])];
    let one = Mlp::new(hidden(1), [], last()).eval(&x);
    assert_eq!(one, (hidden(1), last()).eval(&x));
    let two = Mlp::new(hidden(1), [hidden(2)], last()).eval(&x);
    assert_eq!(two, (hidden(1), (hidden(2), last())).eval(&x));
    let three = Mlp::new(hidden(1), [hidden(2), hidden(3)], last()).eval(&x);
    let rest = (hidden(2), (hidden(3), last()));
    assert_eq!(three, (hidden(1), rest).eval(&x));
    let four = Mlp::new(hidden(1), [hidden(2), hidden(3), hidden(4)], last()).eval(&x);
    let rest = (hidden(2), (hidden(3), (hidden(4), last())));
    assert_eq!(four, (hidden(1), rest).eval(&x));
    let depths = [one, two, three, four];
    assert!(depths.windows(2).all(|depths| depths[0] != depths[1]));
}

#[test]
fn a_perceptron_of_any_depth_is_one_layer_after_another() {
    // Small weights, of both signs.
    perceptrons::<I8>(|n| {
        [0x0112_0302, 0x1402_fe04, 0x0301_2100, 0x0205_0119].map(|w| w + 0x0102 * n)
    });
    perceptrons::<I16>(|n| core::array::from_fn(|i| 0x0500_0300 + n * (7 * i as u32 + 1)));
}

/// Rows of 16-bit weights as a block has them.
fn block(rows: [[i32; 4]; 4]) -> [u32; 8] {
    let pair = |low: i32, high: i32| (low as u32 & 0xffff) | (high as u32) << 16;
    core::array::from_fn(|i| match (i / 4, rows[i % 4]) {
        (0, [_, w1, _, w3]) => pair(w1, w3),
        (_, [w0, _, w2, _]) => pair(w0, w2),
    })
}

/// `max(0, W [x, c] >> shift)`, whatever stands where the constant belongs.
#[test]
fn a_first_layer_reads_its_constant_as_the_fourth_activation() {
    let rows = [
        [3, -5, 7, 11],
        [2, 0, -9, -4],
        [1, 1, 1, 1],
        [-6, 4, 8, 100],
    ];
    let ones = core::array::from_fn(|i| core::array::from_fn(|j| i32::from(i == j)));
    let as_it_is = Linear::new(Dense::new([[block(ones)]], [[0; 4]]), [[0; 4]]);
    let network = Then(First::<I16, 1>::new([block(rows)], 1_000, 2), as_it_is);
    for [x0, x1, x2] in [[40, -30, 20], [-1, -1, -1], [900, 0, 1_200]] {
        let expected = rows.map(|[w0, w1, w2, w3]| {
            let sum = w0 * x0 + w1 * x1 + w2 * x2 + w3 * 1_000;
            (sum >> 2).max(0)
        });
        for fourth in [0, -1, 77] {
            let x = [Quad::of([x0, x1, x2, fourth])];
            assert_eq!(network.eval(&x), [expected], "{x0} {fourth}");
        }
    }
}
