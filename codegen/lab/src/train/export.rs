//! Converts a flow in training to the flow of a model.

use super::architecture::Architecture;
use super::mixture::log_softmax;
use super::network::Network;
use super::nice::{Coupling, Nice};
use super::prior::Prior;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir;
use nice_flow_codegen::flow::ir::{Diagonal, DiagonalNormal, Flow, Layer, Parameters, Stage};

impl Nice<f32> {
    /// The same function as a flow in `f64`.
    pub fn flow(&self) -> Flow {
        let parameters: Vec<f64> = self.parameters.iter().map(|p| f64::from(*p)).collect();
        let (log_scales, _) = self.ends();
        let Architecture { dim, context, .. } = self.architecture;
        let scales = log_scales.iter().map(|s| libm::exp(f64::from(*s)));
        let scales = scales.chain(std::iter::repeat_n(1.0, context));
        let couplings = self.couplings.iter();
        let couplings = couplings.map(|c| Layer::Coupling(coupling(c, &parameters)));
        let diagonal = Layer::Diagonal(Diagonal::scale(scales.collect()));
        let scored = prior(
            self.architecture.prior,
            dim,
            &parameters[self.log_scales() + dim..],
        );
        Flow {
            dim: dim + context,
            layers: couplings.chain([diagonal]).collect(),
            prior: scored.given((dim..dim + context).collect()),
        }
    }
}

fn coupling(coupling: &Coupling, parameters: &[f64]) -> ir::Coupling {
    ir::Coupling {
        kept: coupling.kept.clone(),
        changed: coupling.changed.clone(),
        conditioner: Parameters::Joint(network(&coupling.network, parameters)),
        scale: None,
        backwards: false,
    }
}

fn network(network: &Network, parameters: &[f64]) -> ir::Network {
    let linear = |layer: &super::network::Linear| {
        Stage::Linear(ir::Linear {
            weight: DMatrix::from_row_slice(
                layer.outputs,
                layer.inputs,
                &parameters[layer.weight.clone()],
            ),
            bias: DVector::from_column_slice(&parameters[layer.bias.clone()]),
        })
    };
    let relu = Stage::Activation(ir::Activation::Relu);
    let mut stages: Vec<Stage> = (network.0.iter())
        .flat_map(|layer| [linear(layer), relu.clone()])
        .collect();
    stages.pop();
    ir::Network(stages)
}

fn prior(kind: Prior, dim: usize, parameters: &[f64]) -> ir::Prior {
    let components = match kind {
        Prior::Normal => return ir::Prior::Normal,
        Prior::Logistic => return ir::Prior::Logistic,
        Prior::Mixture(components) => components,
    };
    let (logits, rest) = parameters.split_at(components);
    let (means, log_precisions) = rest.split_at(components * dim);
    let pairs = means
        .chunks_exact(dim)
        .zip(log_precisions.chunks_exact(dim));
    ir::Prior::Mixture {
        log_weights: log_softmax(logits),
        components: pairs
            .map(|(mean, log_precision)| DiagonalNormal {
                mean: mean.to_vec(),
                precision: log_precision.iter().map(|s| libm::exp(*s)).collect(),
            })
            .collect(),
    }
}
