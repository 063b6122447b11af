//! Every layer computes the formula in its documentation: what the laws cannot tell.

use nalgebra::{SVector, Vector2, Vector3, vector};
use nice_flow::float::activation::{
    Activation, Atan, Elu, Gelu, GeluTanh, Hardswish, Hardtanh, Identity, LeakyRelu, Mish, Relu,
    Selu, Sigmoid, Silu, Softplus, Softsign, Tanh,
};
use nice_flow::float::scale::{self, ScaleMap};
use nice_flow::float::{
    Adds, AffineCoupling, Both, Branch, Dense, Diagonal, Gates, Mlp, Residual, Side, Stack,
    Steered, Triangular,
};
use nice_flow::{Bijection, Conditioner, Coupling, Half, Inverse, Permute};
use std::f32::consts::LN_2;

/// What an implementation is held against.
type Formula = fn(f64) -> f64;

/// `f(x)` and its log-determinant.
fn forward<const D: usize>(
    f: &impl Bijection<f32, D>,
    mut x: SVector<f32, D>,
) -> (SVector<f32, D>, f32) {
    let log_det = f.forward(&mut x);
    (x, log_det)
}

/// `a ↦ [a₀ + a₁, 10 a₁]`.
const SUM_AND_TEN: Dense<2, 2> = Dense::new([[1.0, 0.0], [1.0, 10.0]], [0.0, 0.0]);

#[test]
fn a_coupling_adds_to_its_half_what_the_other_gives() {
    let x = vector![1.0, 2.0, 3.0, 4.0];
    let tail = Coupling::new(Half::Tail, SUM_AND_TEN);
    let head = Coupling::new(Half::Head, SUM_AND_TEN);
    assert_eq!(forward(&tail, x), (vector![1.0, 2.0, 6.0, 24.0], 0.0));
    assert_eq!(forward(&head, x), (vector![8.0, 42.0, 3.0, 4.0], 0.0));
}

#[test]
fn an_affine_coupling_reads_shifts_before_raw_scales() {
    // t = a, r = 0 but for ln 2.
    let conditioner = || Dense::new([[1.0, 0.0]], [0.0, LN_2]);
    let x = vector![5.0, 3.0];
    let tail = AffineCoupling::new(Half::Tail, conditioner(), <scale::Exp>::new());
    let (z, log_det) = forward(&tail, x);
    assert!((z - vector![5.0, 11.0]).amax() < 1e-5 && (log_det - LN_2).abs() < 1e-6);
    let map = scale::Reciprocal(<scale::Exp>::new());
    let (z, log_det) = forward(
        &Inverse(AffineCoupling::new(Half::Head, conditioner(), map)),
        x,
    );
    assert!((z - vector![4.0, 3.0]).amax() < 1e-5 && (log_det - LN_2).abs() < 1e-6);
}

#[test]
fn both_is_the_first_output_and_then_the_second() {
    let both = Both::<_, _, 3>::new(
        Dense::new([[1.0]], [0.0]),
        Dense::new([[2.0, 3.0]], [0.0, 0.5]),
    );
    assert_eq!(both.eval(&vector![2.0]), vector![2.0, 4.0, 6.5]);
}

#[test]
fn a_permutation_takes_each_element_from_its_place() {
    let x = vector![10.0, 11.0, 12.0];
    assert_eq!(
        forward(&Permute::new([2, 0, 1]), x),
        (vector![12.0, 10.0, 11.0], 0.0)
    );
}

#[test]
fn a_diagonal_centres_and_then_scales() {
    let layer = Diagonal::with_log_det([101_325.0, 0.0], [0.02, -3.0], -2.8134);
    assert_eq!(
        forward(&layer, vector![101_375.0, 1.0]),
        (vector![1.0, -3.0], -2.8134)
    );
}

#[test]
fn a_triangle_is_the_matrix_of_its_side() {
    let columns = [[2.0, 3.0, 5.0], [7.0, 11.0, 13.0], [17.0, 19.0, 23.0]];
    let x = vector![1.0, 10.0, 100.0];
    let lower = forward(&Triangular::with_log_det(Side::Lower, columns, 6.5), x);
    assert_eq!(lower, (vector![2.0, 113.0, 2435.0], 6.5));
    let upper = forward(&Triangular::with_log_det(Side::Upper, columns, 6.5), x);
    assert_eq!(upper, (vector![1772.0, 2010.0, 2300.0], 6.5));
}

#[test]
fn chains_run_first_to_last() {
    let add = || Diagonal::with_log_det([-1.0], [1.0], 0.0);
    let double = || Diagonal::with_log_det([0.0], [2.0], 0.7);
    assert_eq!(
        forward(&(add(), double()), vector![3.0]),
        (vector![8.0], 0.7)
    );
    assert_eq!(
        forward(&[add(), double()], vector![3.0]),
        (vector![8.0], 0.7)
    );
    assert_eq!(
        forward(&(double(), add(), double()), vector![3.0]),
        (vector![14.0], 1.4)
    );
    assert_eq!(
        forward(&Inverse((add(), double())), vector![8.0]),
        (vector![3.0], -0.7)
    );
}

const SWAP_LESS_ONE: fn() -> Dense<2, 2> = || Dense::new([[0.0, 1.0], [1.0, 0.0]], [-1.0, -1.0]);

#[test]
fn a_perceptron_activates_all_but_its_last_layer() {
    let x = vector![2.0, -3.0];
    // swap − 1: [−4, 1] → [0, 1]; [0, −1] → [0, 0]; [−1, −1].
    let mlp = Mlp::new(SWAP_LESS_ONE(), [SWAP_LESS_ONE()], SWAP_LESS_ONE(), Relu);
    assert_eq!(mlp.eval(&x), vector![-1.0, -1.0]);
    let leaky = LeakyRelu { slope: 0.5 };
    // [−4, 1] → [−2, 1]; [0, −3].
    let hidden = Stack::new(SWAP_LESS_ONE(), leaky, SWAP_LESS_ONE());
    assert_eq!(hidden.eval(&x), vector![0.0, -3.0]);
}

/// Weights of no meaning.
fn layer(seed: f32) -> Dense<2, 2> {
    Dense::new(
        [[0.5, -0.25 * seed], [0.125 * seed, 0.75]],
        [0.5 - seed, seed],
    )
}

fn perceptron<const N: usize, A: Activation + Copy>(inner: [f32; N], activation: A) {
    let mlp = Mlp::new(layer(1.0), inner.map(layer), layer(5.0), activation);
    for x in [vector![2.0, -3.0], vector![-1.0, 0.5], vector![8.0, 4.0]] {
        let mut h = x;
        for seed in [1.0].into_iter().chain(inner) {
            h = layer(seed).eval(&h);
            activation.apply(h.as_mut_slice());
        }
        assert_eq!(mlp.eval(&x), layer(5.0).eval(&h), "{N}");
    }
}

#[test]
fn a_perceptron_of_any_depth_is_one_layer_after_another() {
    let leaky = LeakyRelu { slope: 0.5 };
    perceptron([], leaky);
    perceptron([2.0], leaky);
    perceptron([2.0, 3.0], leaky);
    perceptron([2.0, 3.0, 4.0], leaky);
    perceptron([-2.0, 3.0, -4.0, 1.0], Relu);
}

#[test]
fn a_residual_block_activates_before_each_of_its_layers() {
    // swap − 1: h = [−4, 1]; relu [0, 1]; [0, −1]; relu [0, 0]; [−1, −1]; h = [−5, 0]; [−1, −6].
    let block = Branch::new(SWAP_LESS_ONE(), SWAP_LESS_ONE());
    let residual = Residual::new(SWAP_LESS_ONE(), [block], SWAP_LESS_ONE(), Relu);
    assert_eq!(residual.eval(&vector![2.0, -3.0]), vector![-1.0, -6.0]);
}

#[test]
fn lanes_of_a_context_gate_and_shift_branches() {
    // Of [a, b]: lanes [a, b], [1, −1], [b, a].
    let lanes = |offset: f32| {
        Dense::new(
            [
                [1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
                [0.0, 1.0, 0.0, 0.0, 1.0, 0.0],
            ],
            [0.0, 0.0, offset, -1.0, 0.0, 0.0],
        )
    };
    let branch = || [Branch::new(SWAP_LESS_ONE(), SWAP_LESS_ONE())];
    let last = || Dense::new([[1.0, 0.0], [0.0, 1.0]], [0.0; 2]);
    // h = [2 + 1, −3 + 0]; relu [3, 0]; swap − 1 [−1, 2]; plus [−3, 2] is [−4, 4]; relu [0, 4]; [3, −1]; h = [6, −4]; relu.
    let sums = Steered::new(lanes(1.0), branch(), Relu, Relu, Adds, last());
    assert_eq!(sums.eval(&vector![2.0, -3.0]), vector![6.0, 0.0]);
    // Without the offset: h = [2, 0]; [2, 0]; [−1, 1]; relu [0, 1]; [0, −1], gated by σ(0) and σ(2).
    let gates = Steered::new(lanes(0.0), branch(), Relu, Identity, <Gates>::new(), last());
    assert_eq!(
        gates.eval(&vector![2.0, 0.0]),
        vector![2.0, -1.0 / (1.0 + (-2.0f32).exp())]
    );
}

/// Many inputs, on both sides of every kink and on it.
fn inputs() -> impl Iterator<Item = f32> {
    (-200..=200).map(|i| i as f32 / 20.0)
}

/// Within 3e-7 of the truth, or of its size if that is larger: a few roundings of `f32`.
fn close(found: f32, expected: f64) -> bool {
    (f64::from(found) - expected).abs() <= 3e-7 * expected.abs().max(1.0)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.exp().ln_1p()
}

#[test]
fn activations_are_their_formulas_and_keep_a_nan() {
    let table: [(&dyn Activation, Formula); 15] = [
        (&Relu, |h| h.max(0.0)),
        (&LeakyRelu { slope: 0.25 }, |h| h.max(0.25 * h)),
        (
            &<Elu>::new(0.5),
            |h| if h < 0.0 { 0.5 * h.exp_m1() } else { h },
        ),
        (&<Tanh>::new(), f64::tanh),
        (&<Sigmoid>::new(), sigmoid),
        (&<Silu>::new(), |h| h * sigmoid(h)),
        (&<Softplus>::new(), softplus),
        (&<Gelu>::new(), |h| 0.5 * h * libm::erfc(-h / 2f64.sqrt())),
        (&<GeluTanh>::new(), |h| {
            let u = (2.0 / std::f64::consts::PI).sqrt() * (h + 0.044715 * h.powi(3));
            0.5 * h * (1.0 + u.tanh())
        }),
        (&<Mish>::new(), |h| h * softplus(h).tanh()),
        (&<Selu>::new(), |h| {
            let (scale, alpha) = (1.0507009873554805, 1.6732632423543772);
            scale * if h < 0.0 { alpha * h.exp_m1() } else { h }
        }),
        (
            &Hardtanh {
                min: -1.0,
                max: 6.0,
            },
            |h| h.clamp(-1.0, 6.0),
        ),
        (&Hardswish, |h| h * (h + 3.0).clamp(0.0, 6.0) / 6.0),
        (&Softsign, |h| h / (1.0 + h.abs())),
        (&<Atan>::new(), f64::atan),
    ];
    for (row, (activation, formula)) in table.iter().enumerate() {
        for x in inputs() {
            let mut h = [x, f32::NAN];
            activation.apply(&mut h);
            assert!(
                close(h[0], formula(f64::from(x))),
                "row {row} at {x}: {}",
                h[0]
            );
            assert!(h[1].is_nan(), "row {row}");
        }
    }
}

#[test]
fn scale_maps_are_their_formulas_and_logarithms_and_keep_a_nan() {
    // Scales and logarithms within 2e-6 of their size: from the exponential of a rounded logarithm.
    let table: [(&dyn ScaleMap, Formula); 9] = [
        (&<scale::Exp>::new(), f64::exp),
        (&<scale::Sigmoid>::new(2.0, 0.25), |r| {
            sigmoid(r + 2.0) + 0.25
        }),
        (&<scale::Softplus>::new(0.5, 0.25, 3.0), |r| {
            (softplus(r + 0.5) + 0.25).min(3.0)
        }),
        (&<scale::SoftplusBeta>::new(0.5, 1.5), |r| {
            1.5 * softplus(0.5 * r) / 0.5
        }),
        (&<scale::ExpSoftclip>::new(1.5), |r| {
            (r / (1.0 + r.abs() / 1.5)).exp()
        }),
        (&<scale::ExpAtan>::new(2.0, 0.5), |r| {
            (2.0 * 0.5 * r.atan()).exp()
        }),
        (&<scale::ExpTanh>::new(1.5, 0.5), |r| {
            (1.5 * (0.5 * r).tanh()).exp()
        }),
        (&<scale::ExpClip>::new(-5.0, 3.0), |r| {
            r.clamp(-5.0, 3.0).exp()
        }),
        (&scale::Reciprocal(<scale::ExpTanh>::new(1.5, 0.5)), |r| {
            (-1.5 * (0.5 * r).tanh()).exp()
        }),
    ];
    for (row, (map, formula)) in table.iter().enumerate() {
        for r in inputs() {
            let ((s, log_s), expected) = (map.scale(r), formula(f64::from(r)));
            let errors = [
                f64::from(s) / expected - 1.0,
                f64::from(log_s) - expected.ln(),
            ];
            assert!(
                errors.iter().all(|e| e.abs() < 2e-6),
                "row {row} at {r}: {errors:?}"
            );
        }
        let (s, log_s) = map.scale(f32::NAN);
        assert!(s.is_nan() && log_s.is_nan(), "row {row}");
    }
}

#[test]
fn any_function_of_the_right_size_conditions_a_coupling() {
    struct Product;
    impl Conditioner for Product {
        type Input = Vector2<f32>;
        type Output = SVector<f32, 1>;
        fn eval(&self, a: &Self::Input) -> Self::Output {
            vector![a.x * a.y]
        }
    }
    let x: Vector3<f32> = vector![2.0, 3.0, 1.0];
    let (z, _) = forward(&Coupling::new(Half::Tail, Product), x);
    assert_eq!(z, vector![2.0, 3.0, 7.0]);
}
