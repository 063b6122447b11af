//! Values of the runtime crate's `f32` types.

use super::number::{float, floats};
use super::tree::{Value, lines, tree};
use crate::flow::ir::{ScaleMap, Side};
use crate::module::float::{
    Conditioner, Dense, DiagonalNormal, Layer, Module, Network, Prior, activation_call, scale_name,
};
use nice_flow::Half;

/// The flow.
pub(super) fn module(module: &Module) -> String {
    let (layers, prior) = (tree(&module.layers), prior(&module.prior));
    format!("Flow::new(\n{layers},\n{prior})")
}

impl Value for Layer {
    fn value(&self) -> String {
        layer(self)
    }
}

fn layer(value: &Layer) -> String {
    match value {
        Layer::Coupling {
            shifts,
            network: net,
        } => {
            format!("Coupling::new(Half::{}, {})", half(*shifts), network(net))
        }
        Layer::Affine {
            changes,
            conditioner: both,
            scale,
        } => format!(
            "AffineCoupling::new(Half::{}, {}, {})",
            half(*changes),
            conditioner(both),
            scale_map(scale)
        ),
        Layer::Diagonal {
            center,
            factor,
            log_det,
        } => {
            format!(
                "Diagonal::new({}, {}, {log_det:?})",
                floats(center),
                floats(factor)
            )
        }
        Layer::Triangular {
            side,
            columns,
            log_det,
        } => {
            let side = match side {
                Side::Lower => "Lower",
                Side::Upper => "Upper",
            };
            format!(
                "Triangular::new(Side::{side}, {}, {log_det:?})",
                matrix(columns, columns.len().isqrt())
            )
        }
    }
}

pub(super) fn half(half: Half) -> &'static str {
    match half {
        Half::Head => "Head",
        Half::Tail => "Tail",
    }
}

fn conditioner(value: &Conditioner) -> String {
    match value {
        Conditioner::Joint(net) => network(net),
        Conditioner::Both(shift, scale) => {
            format!("Both::new({}, {})", network(shift), network(scale))
        }
    }
}

fn network(value: &Network) -> String {
    let activation = |a| match activation_call(a).1 {
        call if call.starts_with("Relu") => "activation::Relu".to_string(),
        call => format!("activation::{call}"),
    };
    match value {
        Network::Dense(layer) => dense(layer),
        Network::Mlp {
            input,
            inner,
            output,
            activation: a,
        } => format!(
            "Mlp::new({}, [{}], {}, {})",
            dense(input),
            lines(inner, dense),
            dense(output),
            activation(*a)
        ),
        Network::Hidden {
            layer,
            activation: a,
            rest,
        } => {
            format!(
                "Hidden::new({}, {}, {})",
                dense(layer),
                activation(*a),
                network(rest)
            )
        }
        Network::Residual {
            input,
            blocks,
            output,
            activation: a,
        } => format!(
            "Residual::new({}, [{}], {}, {})",
            dense(input),
            lines(blocks, |(first, second)| format!(
                "Block::new({}, {})",
                dense(first),
                dense(second)
            )),
            dense(output),
            activation(*a)
        ),
    }
}

fn dense(layer: &Dense) -> String {
    format!(
        "Dense::new({}, {})",
        matrix(&layer.columns, layer.outputs),
        floats(&layer.bias)
    )
}

fn scale_map(map: &ScaleMap) -> String {
    let parameters: Vec<f64> = match *map {
        ScaleMap::Exp => vec![],
        ScaleMap::Sigmoid { bias, eps } => vec![bias, eps],
        ScaleMap::Softplus { bias, eps, max } => vec![bias, eps, max],
        ScaleMap::SoftplusBeta { beta, gain } => vec![beta, gain],
        ScaleMap::ExpSoftclip { bound } => vec![bound],
        ScaleMap::ExpAtan { clamp, gain } => vec![clamp, gain],
        ScaleMap::ExpTanh { clamp, inner } => vec![clamp, inner],
        ScaleMap::ExpClip { min, max } => vec![min, max],
        ScaleMap::Reciprocal { ref of } => return format!("scale::Reciprocal({})", scale_map(of)),
    };
    let parameters: Vec<String> = parameters.iter().map(|p| float(*p as f32)).collect();
    format!("scale::{}::new({})", scale_name(map), parameters.join(", "))
}

fn prior(value: &Prior) -> String {
    match value {
        Prior::Normal => "Normal".into(),
        Prior::DiagonalNormal(one) => normal(one),
        Prior::Logistic => "Logistic::new()".into(),
        Prior::Mixture(components) => format!("Mixture::new([{}])", lines(components, normal)),
    }
}

fn normal(value: &DiagonalNormal) -> String {
    let (mean, precision) = (floats(&value.mean), floats(&value.precision));
    format!(
        "DiagonalNormal::new({mean}, {precision}, {:?})",
        value.constant
    )
}

/// Columns of `rows` numbers, one a line.
fn matrix(columns: &[f32], rows: usize) -> String {
    let columns: Vec<&[f32]> = columns.chunks(rows.max(1)).collect();
    format!("[{}\n]", lines(&columns, |column| floats(column)))
}
