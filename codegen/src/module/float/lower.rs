//! From a folded flow to a module, with numbers rounded to `f32`.

use super::narrow::narrow;
use super::prior::lower_prior;
use super::{Conditioner, FloatLayer, Module, Network};
use crate::flow::ir;
use crate::flow::ir::{Flow, Parameters, ScaleMap};
use crate::module::arrange::arrange;
use crate::module::half::half;
use crate::module::tree::Tree;
use crate::text::short;
use crate::{Error, Result};
use nice_flow::float::{Libm, Math};

/// The module of a folded flow; an error names a layer that the runtime does not support.
pub fn lower(flow: &Flow) -> Result<Module> {
    let layers = flow.layers.iter().enumerate().map(|(index, layer)| {
        lower_layer(layer, flow.dim)
            .map_err(|message| Error::input(format!("layers.{index}"), message))
    });
    Ok(Module {
        dim: flow.dim,
        layers: arrange(layers.collect::<Result<_>>()?),
        prior: lower_prior(&flow.prior, flow.dim)
            .map_err(|message| Error::input("prior", message))?,
    })
}

fn lower_layer(layer: &ir::Layer, dim: usize) -> std::result::Result<Tree<FloatLayer>, String> {
    match layer {
        ir::Layer::Coupling(coupling) => lower_coupling(coupling, dim),
        ir::Layer::Autoregressive(layer) => lower_autoregressive(layer),
        ir::Layer::Diagonal(diagonal) => {
            let factor = narrow("factor", &diagonal.factor)?;
            if let Some(index) = factor.iter().position(|factor| !factor.is_normal()) {
                return Err(format!(
                    "expected a factor within the range of f32, found {}",
                    short(diagonal.factor[index])
                ));
            }
            let log_det = factor
                .iter()
                .map(|factor| f64::from(factor.abs()).ln())
                .sum::<f64>() as f32;
            Ok(Tree::Leaf(FloatLayer::Diagonal {
                center: narrow("center", &diagonal.center)?,
                factor,
                log_det,
            }))
        }
        ir::Layer::Permute(order) => places(order).map(Tree::Permute),
        ir::Layer::Triangular(triangular) => Ok(Tree::Leaf(FloatLayer::Triangular {
            side: triangular.side,
            columns: narrow("matrix", triangular.matrix.as_slice())?,
            log_det: triangular.log_det() as f32,
        })),
        ir::Layer::Dense(_) => Err("expected a folded flow, found a dense layer".into()),
    }
}

/// The places of at most 65536 elements.
fn places(order: &[usize]) -> std::result::Result<Vec<u16>, String> {
    let places: std::result::Result<_, _> = order.iter().map(|&from| u16::try_from(from)).collect();
    places.map_err(|_| "expected at most 65536 elements".into())
}

fn lower_autoregressive(
    layer: &ir::Autoregressive,
) -> std::result::Result<Tree<FloatLayer>, String> {
    let lowered = FloatLayer::Autoregressive {
        order: places(&layer.order)?,
        form: layer.form,
        conditioner: match &layer.conditioner {
            Parameters::Joint(network) => Conditioner::Joint(Network::new(network)?),
            Parameters::Separate { shift, scale } => {
                Conditioner::Both(Network::new(shift)?, Network::new(scale)?)
            }
        },
        scale: keeping(&layer.scale),
    };
    Ok(Tree::leaf(lowered, layer.backwards))
}

/// A map that is 1 at zero with numbers by which it is that in `f32` too: an element of which shift and raw scale are zero, such as
/// a context, then stays as it is bit for bit.
fn keeping(map: &ScaleMap) -> ScaleMap {
    if map.eval(0.0) != (1.0, 0.0) {
        return map.clone();
    }
    match *map {
        ScaleMap::Sigmoid { bias, .. } => ScaleMap::Sigmoid {
            bias,
            eps: f64::from(1.0 - Libm::sigmoid(bias as f32)),
        },
        ScaleMap::Softplus { bias, max, .. } => ScaleMap::Softplus {
            bias,
            eps: f64::from(1.0 - Libm::softplus(bias as f32)),
            max,
        },
        ScaleMap::Reciprocal { ref of } => ScaleMap::Reciprocal {
            of: Box::new(keeping(of)),
        },
        ref other => other.clone(),
    }
}

fn lower_coupling(
    coupling: &ir::Coupling,
    dim: usize,
) -> std::result::Result<Tree<FloatLayer>, String> {
    let changes = half(coupling, dim)?;
    let layer = match (&coupling.conditioner, coupling.scale.clone()) {
        (Parameters::Joint(network), None) => FloatLayer::Coupling {
            shifts: changes,
            network: Network::new(network)?,
        },
        (Parameters::Joint(network), Some(scale)) => FloatLayer::Affine {
            changes,
            conditioner: Conditioner::Joint(Network::new(network)?),
            scale,
        },
        (
            Parameters::Separate {
                shift,
                scale: network,
            },
            Some(scale),
        ) => {
            let conditioner = Conditioner::Both(Network::new(shift)?, Network::new(network)?);
            FloatLayer::Affine {
                changes,
                conditioner,
                scale,
            }
        }
        (Parameters::Separate { .. }, None) => {
            return Err("expected a scale map for a coupling with a scale network".into());
        }
    };
    Ok(Tree::leaf(layer, coupling.backwards))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::float::ScaleMap as _;
    use nice_flow::float::scale;

    /// nflows' two maps, moved so that they are 1 at zero.
    #[test]
    fn a_map_of_one_is_one_in_single_precision() {
        for (bias, eps) in [(0.0, 1e-3), (0.3, 1e-2), (-1.0, 0.25)] {
            let softplus = ScaleMap::Softplus {
                bias,
                eps,
                max: f64::INFINITY,
            };
            let sigmoid = ScaleMap::Sigmoid { bias, eps };
            for map in [softplus, sigmoid] {
                let (centred, moved) = map.centred().unwrap();
                for r in [-3.0, 0.0, 2.5] {
                    let (there, here) = (map.eval(r), centred.eval(r - moved));
                    assert!((there.1 - here.1).abs() < 1e-14);
                }
                let (found, least) = match keeping(&centred) {
                    ScaleMap::Softplus { bias, eps, max } => {
                        let map = scale::Softplus::<Libm>::new(bias as f32, eps as f32, max as f32);
                        (map.scale(0.0), eps)
                    }
                    ScaleMap::Sigmoid { bias, eps } => {
                        let map = scale::Sigmoid::<Libm>::new(bias as f32, eps as f32);
                        (map.scale(0.0), eps)
                    }
                    _ => unreachable!("the same kind"),
                };
                assert_eq!(found, (1.0, 0.0));
                assert!((least - eps).abs() < 1e-6);
            }
        }
        assert_eq!(ScaleMap::Exp.centred(), Some((ScaleMap::Exp, 0.0)));
        let never = ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 0.0,
        };
        assert_eq!(never.centred(), None);
    }
}
