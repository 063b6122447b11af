//! The laws of bijections: one table of them times one list of laws.

#[path = "laws/weights.rs"]
mod weights;

use nalgebra::{DMatrix, SVector};
use nice_flow::float::Side::{Lower, Upper};
use nice_flow::float::activation::{
    Atan, Elu, Gelu, GeluTanh, Hardswish, Hardtanh, Identity, LeakyRelu,
};
use nice_flow::float::activation::{Mish, Relu, Selu, Sigmoid, Silu, Softplus, Softsign, Tanh};
use nice_flow::float::{Adds, AffineCoupling, Autoregressive, Both, Form, Gates, scale};
use nice_flow::{Bijection, Coupling, Half, Inverse, Then};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError};
use weights::Weights;

/// The same cases every time; `PROPTEST_CASES` in the environment asks for more of them.
fn config() -> Config {
    Config {
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    }
}

fn largest<const D: usize>(x: &SVector<f32, D>) -> f32 {
    x.iter().fold(1.0, |largest, x| largest.max(x.abs()))
}

/// `there` and `back` again end where they began, and their log-determinants cancel.
///
/// Elements within 2e-5 of the largest on the way: a layer rounds by 6e-8 of what it adds, the longest chain
/// of the table has eight, and one may stretch the errors of those before it by four.
/// Log-determinants within 2e-5 of their size: the inverse meets conditioners at inputs as far off.
fn undoes<const D: usize>(
    x: &SVector<f32, D>,
    there: impl Fn(&mut SVector<f32, D>) -> f32,
    back: impl Fn(&mut SVector<f32, D>) -> f32,
) -> Result<(), TestCaseError> {
    let mut end = *x;
    let log_det = there(&mut end);
    let size = largest(x).max(largest(&end));
    let log_det_back = back(&mut end);
    for (end, x) in end.iter().zip(x) {
        prop_assert!((end - x).abs() <= 2e-5 * size, "{x} came back as {end}");
    }
    let (sum, limit) = (log_det + log_det_back, 2e-5 * log_det.abs().max(1.0) * size);
    prop_assert!(sum.abs() <= limit, "{log_det} and {log_det_back}");
    Ok(())
}

/// `ln |det|` of the Jacobian by differences between `x + up` and `x − down` in each element.
fn difference_log_det<const D: usize>(
    bijection: &impl Bijection<f32, D>,
    x: &SVector<f32, D>,
    up: f32,
    down: f32,
) -> f64 {
    let mut jacobian = DMatrix::<f64>::zeros(D, D);
    for (j, mut column) in jacobian.column_iter_mut().enumerate() {
        let (mut above, mut below) = (*x, *x);
        above[j] += up;
        below[j] -= down;
        let step = f64::from(above[j]) - f64::from(below[j]);
        bijection.forward(&mut above);
        bijection.forward(&mut below);
        for (slope, (above, below)) in column.iter_mut().zip(above.iter().zip(&below)) {
            *slope = (f64::from(*above) - f64::from(*below)) / step;
        }
    }
    jacobian.lu().determinant().abs().ln()
}

/// The step of the differences. Rounding, some 5e-7, gives slopes errors of 6e-5; so does the third
/// derivative, up to ten in the table, where there is one.
const STEP: f32 = 4e-3;

/// The log-determinant is that of central differences within 0.01 nats, forty times a slope's error plus a thousandth
/// for the jump in the second derivative of ELU and the soft clip.
///
/// A kink within the step makes the determinants of its two sides differ: such inputs say nothing
/// and are passed over. Curvature alone makes them differ by up to 0.1 on smooth bijections.
fn has_the_log_det_of_differences<const D: usize>(
    bijection: &impl Bijection<f32, D>,
    x: &SVector<f32, D>,
    shape: Shape,
) -> Result<(), TestCaseError> {
    if shape == Shape::Kinked {
        let sides =
            [(STEP, 0.0), (0.0, STEP)].map(|(up, down)| difference_log_det(bijection, x, up, down));
        prop_assume!((sides[0] - sides[1]).abs() < 0.01);
    }
    let expected = difference_log_det(bijection, x, STEP, STEP);
    let log_det = f64::from(bijection.forward(&mut x.clone()));
    prop_assert!(
        (log_det - expected).abs() <= 0.01,
        "{log_det}, by differences {expected}"
    );
    Ok(())
}

/// A broken sensor shows in the latent vector, whichever element it is.
fn keeps_a_nan<const D: usize>(
    bijection: &impl Bijection<f32, D>,
    x: &SVector<f32, D>,
) -> Result<(), TestCaseError> {
    for i in 0..D {
        let mut x = *x;
        x[i] = f32::NAN;
        bijection.forward(&mut x);
        prop_assert!(x.iter().any(|z| z.is_nan()), "lost a NaN in element {i}");
    }
    Ok(())
}

/// Whether slopes jump anywhere.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Smooth,
    Kinked,
}

macro_rules! laws {
    ($($name:ident: $d:literal, $shape:ident, |$w:ident| $bijection:expr;)+) => {$(
        mod $name {
            use super::*;

            fn bijection(seed: u64) -> impl Bijection<f32, $d> {
                let $w = &mut Weights(seed);
                $bijection
            }

            proptest! {
                #![proptest_config(config())]

                #[test]
                fn inverse_undoes_forward(seed: u64, x in proptest::array::uniform(-3.0f32..3.0)) {
                    let f = bijection(seed);
                    undoes::<$d>(&SVector::from(x), |x| f.forward(x), |z| f.inverse(z))?;
                }

                #[test]
                fn forward_undoes_inverse(seed: u64, z in proptest::array::uniform(-3.0f32..3.0)) {
                    let f = bijection(seed);
                    undoes::<$d>(&SVector::from(z), |z| f.inverse(z), |x| f.forward(x))?;
                }

                #[test]
                fn log_det_is_that_of_differences(seed: u64, x in proptest::array::uniform(-3.0f32..3.0)) {
                    has_the_log_det_of_differences::<$d>(&bijection(seed), &SVector::from(x), Shape::$shape)?;
                }

                #[test]
                fn a_nan_is_not_lost(seed: u64, x in proptest::array::uniform(-3.0f32..3.0)) {
                    keeps_a_nan::<$d>(&bijection(seed), &SVector::from(x))?;
                }
            }
        }
    )+};
}

/// Four couplings, alternating: unlike one of them, its Jacobian is not a triangle.
fn alternating<M>(mut conditioner: impl FnMut() -> M) -> [Coupling<M>; 4] {
    [Half::Tail, Half::Head, Half::Tail, Half::Head].map(|half| Coupling::new(half, conditioner()))
}

/// An affine coupling of an odd vector with a network of six hidden units.
macro_rules! affine {
    ($w:ident, $half:ident, $scale:expr) => {
        AffineCoupling::new(
            Half::$half,
            $w.mlp::<2, 6, 6, 0, _>(Tanh::<nice_flow::float::Libm>::new()),
            $scale,
        )
    };
}

laws! {
    coupling_of_two: 2, Kinked, |w| Coupling::new(Half::Tail, w.mlp::<1, 4, 1, 0, _>(Relu));
    coupling_of_sixteen: 16, Kinked, |w| Coupling::new(Half::Head, w.mlp::<8, 32, 8, 1, _>(Relu));
    coupling_of_odd_tail: 5, Kinked, |w| Coupling::new(Half::Tail, w.mlp::<2, 8, 3, 1, _>(Relu));
    coupling_of_odd_head: 5, Kinked, |w| Coupling::new(Half::Head, w.mlp::<2, 8, 3, 1, _>(Relu));

    relu_of_one_layer: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(Relu));
    relu_of_two_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(Relu));
    relu_of_three_layers: 8, Kinked, |w| alternating(|| w.mlp::<4, 9, 4, 2, _>(Relu));
    leaky_relu_of_one_layer: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(LeakyRelu { slope: 0.2 }));
    leaky_relu_of_two_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(LeakyRelu { slope: 0.2 }));
    leaky_relu_of_three_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 2, _>(LeakyRelu { slope: 0.2 }));
    elu_of_one_layer: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(<Elu>::new(1.0)));
    elu_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Elu>::new(1.0)));
    elu_of_three_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 2, _>(<Elu>::new(0.5)));
    tanh_of_one_layer: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(<Tanh>::new()));
    tanh_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Tanh>::new()));
    tanh_of_three_layers: 8, Smooth, |w| alternating(|| w.mlp::<4, 8, 4, 2, _>(<Tanh>::new()));
    sigmoid_of_one_layer: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(<Sigmoid>::new()));
    sigmoid_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Sigmoid>::new()));
    sigmoid_of_three_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 2, _>(<Sigmoid>::new()));
    silu_of_one_layer: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(<Silu>::new()));
    silu_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Silu>::new()));
    silu_of_three_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 2, _>(<Silu>::new()));
    softplus_of_one_layer: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 0, _>(<Softplus>::new()));
    softplus_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Softplus>::new()));
    softplus_of_three_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 2, _>(<Softplus>::new()));
    gelu_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Gelu>::new()));
    gelu_tanh_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<GeluTanh>::new()));
    mish_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Mish>::new()));
    selu_of_two_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Selu>::new()));
    hardtanh_of_two_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(Hardtanh { min: 0.0, max: 6.0 }));
    hardswish_of_two_layers: 4, Kinked, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(Hardswish));
    softsign_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(Softsign));
    atan_of_two_layers: 4, Smooth, |w| alternating(|| w.mlp::<2, 6, 2, 1, _>(<Atan>::new()));

    different_widths: 6, Kinked, |w| alternating(|| {
        let last = w.dense::<4, 3>();
        let inner = w.hidden::<9, 4, _, _>(Relu, last);
        w.hidden::<3, 9, _, _>(<Tanh>::new(), inner)
    });
    residual_of_one_block: 4, Kinked, |w| alternating(|| w.residual::<2, 6, 2, 1, _>(Relu));
    residual_of_three_blocks: 6, Smooth, |w| alternating(|| w.residual::<3, 5, 3, 3, _>(<Tanh>::new()));
    steered_by_gates: 4, Kinked, |w| alternating(|| w.steered::<2, 12, 4, 2, 2, _, _, _>(Relu, Identity, <Gates>::new()));
    steered_by_sums: 4, Smooth, |w| alternating(|| w.steered::<2, 18, 6, 1, 2, _, _, _>(<Tanh>::new(), <Tanh>::new(), Adds));
    linear_conditioner: 4, Smooth, |w| alternating(|| w.dense::<2, 2>());

    affine_exp: 5, Smooth, |w| affine!(w, Tail, <scale::Exp>::new());
    affine_of_odd_head: 5, Smooth, |w| affine!(w, Head, <scale::Exp>::new());
    affine_sigmoid: 5, Smooth, |w| affine!(w, Tail, <scale::Sigmoid>::new(2.0, 1e-3));
    affine_softplus: 5, Kinked, |w| affine!(w, Tail, <scale::Softplus>::new(0.5, 1e-3, 2.0));
    affine_softplus_beta: 5, Smooth, |w| affine!(w, Tail, <scale::SoftplusBeta>::new(0.7, 1.4));
    affine_exp_softclip: 5, Smooth, |w| affine!(w, Tail, <scale::ExpSoftclip>::new(1.5));
    affine_exp_atan: 5, Smooth, |w| affine!(w, Tail, <scale::ExpAtan>::new(2.0, 0.636));
    affine_exp_tanh: 5, Smooth, |w| affine!(w, Tail, <scale::ExpTanh>::new(1.5, 0.8));
    affine_exp_clip: 5, Kinked, |w| affine!(w, Tail, <scale::ExpClip>::new(-0.5, 0.7));
    affine_reciprocal: 5, Smooth, |w| affine!(w, Tail, scale::Reciprocal(<scale::Exp>::new()));
    affine_reciprocal_sigmoid: 5, Smooth, |w| affine!(w, Tail, scale::Reciprocal(<scale::Sigmoid>::new(1.0, 0.1)));
    affine_of_two_networks: 4, Smooth, |w| {
        let both = Both::new(w.mlp::<2, 5, 2, 0, _>(<Tanh>::new()), w.mlp::<2, 3, 2, 1, _>(<Silu>::new()));
        AffineCoupling::<Both<_, _, 4>, _>::new(Half::Tail, both, <scale::ExpTanh>::new(1.0, 1.0))
    };
    affine_chain: 5, Smooth, |w| (
        affine!(w, Tail, <scale::ExpTanh>::new(0.5, 1.0)),
        w.permute(),
        affine!(w, Head, scale::Reciprocal(<scale::Sigmoid>::new(2.0, 0.1))),
    );

    autoregressive: 5, Smooth, |w| {
        let net = w.masked::<5, 9, 10, _>([0, 1, 2, 3, 4], <Tanh>::new());
        Autoregressive::new([0, 1, 2, 3, 4], Form::MulAdd, net, <scale::Exp>::new())
    };
    autoregressive_by_division: 5, Smooth, |w| {
        let net = w.masked::<5, 9, 10, _>([3, 0, 4, 2, 1], <Tanh>::new());
        Autoregressive::new([1, 4, 3, 0, 2], Form::SubDiv, net, <scale::Sigmoid>::new(2.0, 1e-3))
    };
    autoregressive_backwards: 4, Smooth, |w| {
        let net = w.masked::<4, 9, 8, _>([3, 2, 1, 0], <Tanh>::new());
        Inverse(Autoregressive::new([3, 2, 1, 0], Form::MulAdd, net, <scale::Softplus>::new(0.5, 1e-3, 9.0)))
    };
    autoregressive_of_two_networks: 4, Kinked, |w| {
        let order = [0, 1, 2, 3];
        let both = Both::new(w.masked::<4, 6, 4, _>(order, Relu), w.masked::<4, 8, 4, _>(order, Relu));
        Autoregressive::new([0, 1, 2, 3], Form::MulAdd, both, <scale::ExpTanh>::new(1.0, 1.0))
            as Autoregressive<Both<_, _, 8>, _, 4>
    };

    triangle_of_one: 1, Smooth, |w| w.triangular(Lower, false);
    lower_triangle: 5, Smooth, |w| w.triangular(Lower, false);
    upper_triangle: 5, Smooth, |w| w.triangular(Upper, false);
    unit_lower_triangle: 16, Smooth, |w| w.triangular(Lower, true);
    unit_upper_triangle: 16, Smooth, |w| w.triangular(Upper, true);
    lu_layer: 8, Smooth, |w| (w.permute(), w.triangular(Upper, false), w.triangular(Lower, true));

    diagonal_of_one: 1, Smooth, |w| w.diagonal();
    diagonal: 7, Smooth, |w| w.diagonal();
    permutation: 9, Smooth, |w| w.permute();
    inverse: 5, Smooth, |w| Inverse(affine!(w, Tail, <scale::Exp>::new()));
    array: 6, Smooth, |w| [(); 3].map(|()| w.diagonal());
    then: 4, Smooth, |w| Then(w.diagonal(), Then(w.triangular(Lower, false), w.diagonal()));
    empty_array: 3, Smooth, |w| [(); 0].map(|()| w.diagonal());
    tuple_of_one: 3, Smooth, |w| (w.diagonal(),);
    tuple_of_eight: 2, Smooth, |w| (
        w.diagonal(), w.permute(), w.diagonal(), w.permute(),
        w.triangular(Lower, false), w.permute(), w.triangular(Upper, false), w.diagonal(),
    );
    nested: 4, Smooth, |w| Inverse((
        w.diagonal(),
        [(); 2].map(|()| (Coupling::new(Half::Tail, w.mlp::<2, 6, 2, 1, _>(<Tanh>::new())), w.permute())),
        Inverse(w.triangular(Lower, false)),
    ));
}
