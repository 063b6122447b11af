//! Evaluates the networks inside couplings, sixteen rows at a time.

use super::dense;
use super::lane::Lane;
use super::vectors::Vectors;
use nice_flow::float::{Activation as _, activation};
use nice_flow_codegen::flow::ir::Activation;
use nice_flow_codegen::module::float::{FloatDense, Network};

/// A network's output for each row.
pub(super) fn eval(vectors: Vectors, network: &Network, x: &[Lane]) -> Vec<Lane> {
    match network {
        Network::Dense(layer) => dense::affine(vectors, layer, x, false),
        Network::Mlp {
            input,
            inner,
            output,
            activation,
        } => {
            let first = hidden(vectors, input, *activation, x);
            let last = inner
                .iter()
                .fold(first, |h, layer| hidden(vectors, layer, *activation, &h));
            dense::affine(vectors, output, &last, false)
        }
        Network::Hidden {
            layer,
            activation,
            rest,
        } => eval(vectors, rest, &hidden(vectors, layer, *activation, x)),
        Network::Residual {
            input,
            blocks,
            output,
            activation,
        } => {
            let mut h = dense::affine(vectors, input, x, false);
            for (first, second) in blocks {
                let mut branch = h.clone();
                activate(*activation, &mut branch);
                let branch = dense::affine(
                    vectors,
                    second,
                    &hidden(vectors, first, *activation, &branch),
                    false,
                );
                for (h, branch) in h.iter_mut().zip(&branch) {
                    h.iter_mut()
                        .zip(branch)
                        .for_each(|(h, branch)| *h += branch);
                }
            }
            dense::affine(vectors, output, &h, false)
        }
    }
}

fn hidden(vectors: Vectors, layer: &FloatDense, activation: Activation, x: &[Lane]) -> Vec<Lane> {
    let relu = activation == Activation::Relu;
    let mut h = dense::affine(vectors, layer, x, relu);
    if !relu {
        activate(activation, &mut h);
    }
    h
}

fn activate(activation: Activation, h: &mut [Lane]) {
    let h = h.as_flattened_mut();
    match activation {
        Activation::Relu => activation::Relu.apply(h),
        Activation::LeakyRelu { slope } => activation::LeakyRelu {
            slope: slope as f32,
        }
        .apply(h),
        Activation::Elu { alpha } => <activation::Elu>::new(alpha as f32).apply(h),
        Activation::Tanh => <activation::Tanh>::new().apply(h),
        Activation::Sigmoid => <activation::Sigmoid>::new().apply(h),
        Activation::Silu => <activation::Silu>::new().apply(h),
        Activation::Softplus => <activation::Softplus>::new().apply(h),
        Activation::Gelu => <activation::Gelu>::new().apply(h),
        Activation::GeluTanh => <activation::GeluTanh>::new().apply(h),
        Activation::Mish => <activation::Mish>::new().apply(h),
        Activation::Selu => <activation::Selu>::new().apply(h),
        Activation::Hardtanh { min, max } => activation::Hardtanh {
            min: min as f32,
            max: max as f32,
        }
        .apply(h),
        Activation::Hardswish => activation::Hardswish.apply(h),
        Activation::Softsign => activation::Softsign.apply(h),
    }
}
