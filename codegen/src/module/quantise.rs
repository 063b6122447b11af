//! From a flow in `f64` to an integer flow, which needs no floating-point unit.
//!
//! The state becomes `i32` in units of 2⁻¹⁶ standard deviations of the calibration rows. Additive couplings add to it and unit
//! triangular matrices are applied as lifting steps, both exactly invertible. Affine couplings and autoregressive layers scale it by
//! powers of two, and clamp it; whoever is clamped has the largest score. Weights become `i16`
//! or `i8`. Scales are chosen from the calibration rows. From the weights it is then proven that no sum overflows and
//! no state wraps, whatever the input.
//!
//! All of it is a fixed sequence of `f64` operations, so the same model and rows give the same integers on every
//! machine.

mod activation;
mod affine;
mod alpha;
mod bounds;
mod constant;
mod covariance;
mod curve;
mod dense;
mod entry;
#[cfg(test)]
mod every;
mod format;
mod integer;
mod map;
mod masks;
mod multiples;
mod network;
mod power;
mod prior;
mod rectifier;
mod rounding;
mod row;
mod samples;
mod scales;
mod source;
mod triangle;

pub use alpha::Alpha;
pub use curve::{Curve, Function};
pub use dense::QuantisedDense;
pub use format::Precision;
pub use integer::{Encoder, Quantised, QuantisedLayer, Reads};
pub use map::Map;
pub use network::{Join, Network, Offset, Part};
pub use nice_flow::Half;
pub use nice_flow::fixed::Form;
pub use prior::{Component, Mixture, Prior, Standard};
pub use rounding::fraction;
pub use triangle::Triangle;

use super::half::half;
use crate::flow::fold;
use crate::flow::ir;
use crate::flow::ir::{Flow, Parameters};
use crate::numeric::Weights;
use crate::{Error, Result};
use bounds::Bounds;
use entry::Entry;
use format::Format;
use nalgebra::DVector;
use network::Conditioned;
use samples::Samples;

/// The integer version of a flow on raw inputs; `rows` are normal rows in raw units.
///
/// An error names the layer that has no integer form, and why. If the proof that no state wraps fails, as it can behind
/// an ill-conditioned matrix, the range of the state is reduced, and then its number of fractional bits.
pub fn quantise(flow: &Flow, rows: &[f64], precision: impl Into<Precision>) -> Result<Quantised> {
    let precision = precision.into();
    let to = |fraction| quantise_to(flow, rows, precision, fraction);
    match flow.is_affine() {
        // Nothing is gained by fewer bits: what scales the state clamps it.
        true => to(16),
        false => to(16).or_else(|_| to(14)),
    }
}

/// Like [`quantise`], with a fixed number of fractional bits of the state: 16, or 14 if the flow is additive.
pub fn quantise_to(
    flow: &Flow,
    rows: &[f64],
    precision: Precision,
    fraction: u32,
) -> Result<Quantised> {
    expect_integers(flow)?;
    let scales = flow.is_affine();
    if scales && fraction != 16 {
        let message = "expected an additive flow beside one whose state needs fewer bits, found a layer that scales";
        return Err(Error::input("flow", message));
    }
    let rows = Samples::sound(flow.dim, rows);
    let entry = Entry::new(flow, &rows)?;
    let folded = fold::fold_scales(flow, &entry.diagonal(), &entry.limited(&rows, 128.0))?;
    folded.check()?;
    let attempt = |range| {
        let format = Format {
            weights: precision.weights,
            biases: precision.biases,
            fraction,
            range,
            scales,
        };
        Walk::new(format, &entry, &rows).run(flow, &folded)
    };
    let quantised = match fraction {
        16 => attempt(128).or_else(|_| attempt(64)),
        _ => attempt(64),
    };
    quantised.map_err(|error| entry.blamed(error))
}

/// An error if a layer scores in many passes, or an activation or the prior has no integer form.
pub fn expect_integers(flow: &Flow) -> Result<()> {
    for (index, layer) in flow.layers.iter().enumerate() {
        let fits = match layer {
            ir::Layer::Autoregressive(layer) if layer.backwards => Err(PASSES.into()),
            ir::Layer::Autoregressive(layer) => activation::expect(&layer.conditioner),
            ir::Layer::Coupling(coupling) => activation::expect(&coupling.conditioner),
            _ => Ok(()),
        };
        fits.map_err(|message| Error::input(format!("layers.{index}"), message))?;
    }
    prior::expect_integers(&flow.prior).map_err(|message| Error::input("prior", message))
}

const PASSES: &str = "expected an autoregressive layer that scores in one pass, found one with a pass for each element, which only f32 takes";
const AFFINE: &str = "expected an additive coupling, found an affine one";

/// The layers quantised so far, the calibration rows behind the last of them, and bounds of the state there.
struct Walk {
    format: Format,
    encoder: Encoder,
    state: Samples,
    bounds: Bounds,
    layers: Vec<QuantisedLayer>,
    maps: Vec<affine::Shared>,
}

impl Walk {
    fn new(format: Format, entry: &Entry, rows: &Samples) -> Self {
        Self {
            format,
            encoder: entry.encoder(format),
            state: entry.encode(rows, f64::from(format.range)),
            bounds: Bounds::new(rows.width, format),
            layers: vec![],
            maps: vec![],
        }
    }

    fn run(mut self, raw: &Flow, folded: &Flow) -> Result<Quantised> {
        let [
            ir::Layer::Diagonal(entry),
            layers @ ..,
            ir::Layer::Diagonal(exit),
        ] = folded.layers.as_slice()
        else {
            return Err(Error::input("flow", "expected a diagonal at both ends"));
        };
        let (mut rest, mut index) = (0, 0);
        while index < layers.len() {
            let step = step(&layers[index..]);
            let place = match step.iter().any(ir::Layer::has_networks) {
                true => {
                    let at = with_networks(raw, rest);
                    rest = at + 1;
                    format!("layers.{at}")
                }
                false => matrices(raw, rest),
            };
            self.push(step)
                .map_err(|message| Error::input(place, message))?;
            index += step.len();
        }
        let maps = self.maps.iter().map(affine::Shared::table);
        let maps = maps
            .collect::<std::result::Result<_, _>>()
            .map_err(|message| Error::input("scale maps", message))?;
        let prior = prior::quantise(&folded.prior, entry, exit, self.format.fraction)
            .map_err(|message| Error::input("prior", message))?;
        Ok(Quantised {
            weights: self.format.weights,
            fraction: self.format.fraction,
            encoder: self.encoder,
            layers: self.layers,
            maps,
            prior,
        })
    }

    fn push(&mut self, step: &[ir::Layer]) -> std::result::Result<(), String> {
        use ir::Layer::{Autoregressive, Coupling, Diagonal, Permute, Triangular};
        let layer = match step {
            [Permute(order)] => self.permute(order)?,
            [Coupling(coupling)] => self.coupling(coupling)?,
            [Diagonal(before), Coupling(coupling), Diagonal(after)] => {
                self.affine(before, coupling, after)?
            }
            [Diagonal(before), Autoregressive(layer), Diagonal(after)] => {
                self.autoregressive(before, layer, after)?
            }
            [Triangular(triangular)] => self.triangle(triangular)?,
            layers => {
                let kinds: Vec<_> = layers.iter().map(ir::Layer::kind).collect();
                return Err(format!(
                    "expected a folded flow, found a {} layer",
                    kinds.join(", ")
                ));
            }
        };
        self.layers.push(layer);
        match self.state.values.iter().all(|u| u.is_finite()) {
            true => Ok(()),
            false => {
                Err("expected the calibration rows to stay finite, found one that does not".into())
            }
        }
    }

    fn permute(&mut self, order: &[usize]) -> std::result::Result<QuantisedLayer, String> {
        self.state = self.state.pick(order);
        self.bounds.permute(order);
        let order = order
            .iter()
            .map(|&from| u16::try_from(from))
            .collect::<std::result::Result<_, _>>();
        order
            .map(QuantisedLayer::Permute)
            .map_err(|_| "expected at most 65536 elements".into())
    }

    fn coupling(&mut self, coupling: &ir::Coupling) -> std::result::Result<QuantisedLayer, String> {
        let Parameters::Joint(network) = &coupling.conditioner else {
            return Err(AFFINE.into());
        };
        let kept = self.state.pick(&coupling.kept);
        let Conditioned {
            network,
            outputs,
            reach,
        } = network::quantise(network, &kept, self.format)?;
        let shifts = half(coupling, self.state.width)?;
        let first = coupling.changed.first().copied().unwrap_or(0);
        self.bounds.shift(first, &reach)?;
        let sign = if coupling.backwards { -1.0 } else { 1.0 };
        self.state.shift(first, &outputs.map(|y| sign * y));
        Ok(QuantisedLayer::Coupling {
            shifts,
            backwards: coupling.backwards,
            network: Box::new(network),
        })
    }

    fn triangle(
        &mut self,
        triangular: &ir::Triangular,
    ) -> std::result::Result<QuantisedLayer, String> {
        self.state = self.state.linear(&ir::Linear {
            weight: triangular.matrix.clone(),
            bias: DVector::zeros(triangular.dim()),
        });
        Triangle::new(triangular, &mut self.bounds).map(QuantisedLayer::Triangle)
    }
}

/// The layers that become one: three where one scales the state between its diagonals, else the first.
fn step(layers: &[ir::Layer]) -> &[ir::Layer] {
    match layers {
        [
            ir::Layer::Diagonal(_),
            ir::Layer::Coupling(_) | ir::Layer::Autoregressive(_),
            ir::Layer::Diagonal(_),
            ..,
        ] => &layers[..3],
        _ => &layers[..1],
    }
}

/// The index of the first layer with networks of the unfolded flow from layer `from` on; folding keeps their order.
fn with_networks(flow: &Flow, from: usize) -> usize {
    let mut layers = flow.layers.iter().enumerate().skip(from);
    let found = layers.find(|(_, layer)| layer.has_networks());
    found.map_or(flow.layers.len(), |(index, _)| index)
}

/// Names the matrices of the unfolded flow between layer `from` and the next one with networks, for errors about a triangular
/// layer that folding made from them.
fn matrices(flow: &Flow, from: usize) -> String {
    let is_matrix = |index: &usize| {
        let layer = &flow.layers[*index];
        matches!(layer, ir::Layer::Dense(_) | ir::Layer::Triangular(_))
    };
    let found = (from..with_networks(flow, from)).filter(is_matrix);
    let names: Vec<_> = found.map(|index| format!("layers.{index}")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{
        Activation, Network, Parameters, Prior, ScaleMap, Stage, Steer, Steering,
    };

    fn autoregressive(backwards: bool, stages: Vec<Stage>) -> Flow {
        let layer = ir::Autoregressive {
            order: vec![0, 1],
            conditioner: Parameters::Joint(Network(stages)),
            scale: ScaleMap::Exp,
            form: ir::Form::MulAdd,
            backwards,
        };
        Flow {
            dim: 2,
            layers: vec![
                ir::Layer::Permute(vec![1, 0]),
                ir::Layer::Autoregressive(layer),
            ],
            prior: Prior::Normal,
        }
    }

    #[test]
    fn what_has_no_integers_is_refused_by_its_place() {
        let tanh = || vec![Stage::Activation(Activation::Tanh)];
        assert!(expect_integers(&autoregressive(false, tanh())).is_ok());
        let steered = |activation| {
            vec![Stage::Steer(Steer {
                width: 1,
                activation,
                offset: true,
                how: Steering::Add,
                branches: vec![],
            })]
        };
        assert!(expect_integers(&autoregressive(false, steered(Activation::Tanh))).is_ok());
        let softsign = vec![Stage::Activation(Activation::Softsign)];
        for (flow, reason) in [
            (autoregressive(true, tanh()), "scores in one pass"),
            (
                autoregressive(false, steered(Activation::Softsign)),
                "a context that steers",
            ),
            (autoregressive(false, softsign), "found Softsign"),
        ] {
            let error = expect_integers(&flow).unwrap_err().to_string();
            assert!(
                error.contains("layers.1") && error.contains(reason),
                "{error}"
            );
        }
    }
}
