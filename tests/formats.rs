//! Every public type can be logged on a target, with feature `defmt`.
#![cfg(feature = "defmt")]

use defmt::Format;
use nice_flow::float::activation::{
    Atan, Elu, Gelu, GeluTanh, Hardswish, Hardtanh, Identity, LeakyRelu,
};
use nice_flow::float::activation::{Mish, Relu, Selu, Sigmoid, Silu, Softplus, Softsign, Tanh};
use nice_flow::float::*;
use nice_flow::*;

fn is_logged<T: Format>() {}

#[test]
fn models_and_their_parts_are_logged() {
    is_logged::<Flow<[Coupling<Mlp<8, 32, 8, 1>>; 4], Normal>>();
    is_logged::<Flow<(Triangular<16>, Inverse<Diagonal<16>>, Permute<16>), Mixture<16, 3>>>();
    is_logged::<Coupling<Stack<2, 3, Relu, Dense<3, 2>>>>();
    is_logged::<Coupling<Residual<2, 3, 2, 2, Tanh>>>();
    is_logged::<Coupling<Steered<2, 6, 3, 1, Tanh, Identity, Gates, Dense<3, 2>>>>();
    is_logged::<Coupling<Steered<2, 6, 3, 1, Relu, Relu, Adds, Dense<3, 2>>>>();
    is_logged::<AffineCoupling<Both<Dense<2, 2>, Dense<2, 2>, 4>, scale::Exp>>();
    is_logged::<(Autoregressive<Dense<2, 4>, scale::Exp, 2>, Form)>();
    is_logged::<(Branch<4>, Half, Side)>();
    is_logged::<(DiagonalNormal<4>, Logistic<Libm>, Logistic, Libm)>();
    is_logged::<(StudentT<4>, FullNormal<2, 3>, FullMixture<2, 3, 2>)>();
    #[cfg(feature = "micromath")]
    is_logged::<(Logistic<Micromath>, Micromath)>();
}

#[test]
fn activations_and_scale_maps_are_logged() {
    is_logged::<(Relu, LeakyRelu, Elu, Tanh, Sigmoid, Silu, Softplus)>();
    is_logged::<(
        Atan,
        Gelu,
        GeluTanh,
        Mish,
        Selu,
        Hardtanh,
        Hardswish,
        Softsign,
    )>();
    is_logged::<(scale::Exp, scale::Sigmoid, scale::Softplus)>();
    is_logged::<(scale::SoftplusBeta, scale::ExpSoftclip, scale::ExpAtan)>();
    is_logged::<(scale::ExpTanh, scale::ExpClip)>();
    is_logged::<scale::Reciprocal<scale::Exp>>();
}

#[test]
fn integer_models_and_their_parts_are_logged() {
    use nice_flow::fixed::*;
    type Model<C> = Encoded<Standardise<4>, Flow<Coupling<Narrow<2, 2, C>>, DiagonalNormal<4>>>;
    is_logged::<Model<Mlp<I8, 1, 2, 1, 1>>>();
    is_logged::<Model<(Hidden<I16, 1, 2>, Linear<I16, 2, 1>)>>();
    is_logged::<Model<Then<First<I8, 2>, Linear<I8, 2, 1>>>>();
    is_logged::<Model<Residual<I16, 1, 2, 1, 1>>>();
    is_logged::<(Rectified<Linear<I8, 1, 1>>, Branch<I8, 2>, Dense<I8, 1, 1>)>();
    is_logged::<(
        Rectifier,
        Quad,
        I8,
        I16,
        Narrowing,
        Fixed,
        Triangular<4, 6>,
        Counts<4>,
    )>();
    is_logged::<(Logistic<4>, Mixture<4, 2>, Component<4>, host::fixed::Parts)>();
    is_logged::<(Verdict<Fixed>, Window<i16, 2, 8>)>();
    is_logged::<Detector<Model<Mlp<I8, 1, 2, 1, 1>>, f32, 2, 4>>();
}

#[test]
fn streams_and_verdicts_are_logged() {
    is_logged::<Verdict<f32>>();
    is_logged::<Window<f32, 2, 8>>();
    is_logged::<Detector<Flow<Diagonal<8>, Normal>, f32, 2, 8>>();
}

/// A user's source of functions need not be logged itself.
#[derive(Debug)]
struct Own;

#[test]
fn a_source_of_functions_need_not_be_logged() {
    is_logged::<(Logistic<Own>, Mixture<2, 2, Own>)>();
    is_logged::<(Tanh<Own>, Elu<Own>, scale::Exp<Own>)>();
}
