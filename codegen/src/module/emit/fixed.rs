//! Expressions for the runtime crate's integer types.

mod network;

use super::code::Code;
use super::inputs::Inputs;
use super::number::{floats, integer, joined};
use super::tree::{Value, permutation, tree};
use super::words::{ends, half, side, triangular, widths};
use crate::module::fixed::{Counts, Encoder, FixedLayer, Module, ScaleMap};
use crate::module::quantise::{Component, Prior, Reads, Standard};
use network::{narrow, networks, sizes};
use nice_flow::fixed::Form;

/// The expression for the model.
pub(super) fn module(module: &Module, inputs: &mut Inputs) -> Code {
    let encoder = encoder(&module.encoder).noted("From measurements to integers.".into());
    let layers = tree(&module.layers, inputs);
    let flow = match &module.knots {
        None => Code::call("Flow::new", [layers, prior(&module.prior)]),
        Some(knots) => Code::call(
            "OneWayFlow::new",
            [layers, integer(knots), prior(&module.prior)],
        ),
    };
    Code::call("Encoded::new", [encoder, flow])
}

fn encoder(value: &Encoder) -> Code {
    match value {
        Encoder::Standardise(encoder) => {
            let (mean, factor) = (floats(&encoder.mean), floats(&encoder.factor));
            Code::call("Standardise::new", [mean, factor, integer(encoder.limit)])
        }
        Encoder::Counts(Counts {
            factor,
            offset,
            shift,
            limit,
        }) => {
            let parts = [
                integer(factor),
                integer(offset),
                integer(shift),
                integer(limit),
            ];
            Code::call("Counts::new", parts)
        }
    }
}

impl Value for FixedLayer {
    fn code(&self) -> Code {
        match self {
            Self::Coupling(coupling) => {
                let network = narrow(&coupling.network);
                let network = match coupling.rectified {
                    true => Code::call("Rectified", [network]),
                    false => network,
                };
                Code::call("Coupling::new", [half(coupling.shifts), network])
            }
            Self::Affine(affine) => {
                let form = match affine.form {
                    Form::MulAdd => "Form::MulAdd",
                    Form::SubMul => "Form::SubMul",
                };
                let reads = match &affine.reads {
                    Reads::Other(changes) => half(*changes),
                    Reads::All(order) => permutation(order),
                };
                let parts = [
                    reads,
                    Code::Line(form.into()),
                    networks(affine),
                    scale(affine.scale),
                    integer(&affine.constants),
                ];
                let new = match affine.reads {
                    Reads::Other(_) => "AffineCoupling::new",
                    Reads::All(_) => "Autoregressive::new",
                };
                Code::call(new, parts)
            }
            Self::Triangular(triangle) => {
                let rows = triangle.side.rows(&triangle.strict, triangle.dim);
                let (of, shift) = (side(triangle.side), integer(triangle.shift));
                let strict = joined(rows, |t| t.to_string());
                Code::call("Triangular::new", [of, strict, shift])
            }
        }
    }

    fn note(&self, inputs: &mut Inputs) -> String {
        match self {
            Self::Coupling(coupling) => {
                let widths = sizes(&coupling.network);
                let (kept, shifted) = ends(coupling.shifts, &widths, inputs);
                format!(
                    "Coupling: {kept} shift {shifted} ({}).",
                    self::widths(&widths)
                )
            }
            Self::Affine(affine) => {
                let networks: Vec<_> = affine.networks.iter().map(sizes).collect();
                let widths: Vec<_> = networks.iter().map(|sizes| widths(sizes)).collect();
                let widths = widths.join(" and ");
                match affine.reads {
                    Reads::Other(changes) => {
                        let of = [networks[0][0], affine.constants.len()];
                        let (kept, changed) = ends(changes, &of, inputs);
                        format!("Affine coupling: {kept} scale and shift {changed} ({widths}).")
                    }
                    Reads::All(_) => {
                        let all = inputs.at(0, affine.constants.len());
                        format!(
                            "Autoregressive: each of {all} by those before it in its order ({widths})."
                        )
                    }
                }
            }
            Self::Triangular(triangle) => triangular(triangle.side, triangle.dim, inputs),
        }
    }
}

fn scale(value: ScaleMap) -> Code {
    match value {
        ScaleMap::Exp => Code::Line("Exp".into()),
        ScaleMap::Table {
            first,
            range: [low, high],
            density,
            fraction,
        } => Code::Line(format!(
            "Table::new({first}, [{low}, {high}], {density}, {fraction})"
        )),
    }
}

fn prior(value: &Prior) -> Code {
    match value {
        Prior::Logistic(one) => standard("Logistic::new", one),
        Prior::Normal(one) => standard("DiagonalNormal::new", one),
        Prior::Mixture(mixture) => {
            let components = mixture.components.iter().map(component).collect::<Vec<_>>();
            let (coarse, shift) = (integer(&mixture.coarse), integer(mixture.shift));
            Code::call("Mixture::new", [coarse, shift, Code::array(components)])
        }
    }
}

fn standard(name: &str, one: &Standard) -> Code {
    let (factor, offset) = (integer(&one.factor), integer(&one.offset));
    let parts = [factor, offset, integer(one.shift), integer(one.constant)];
    Code::call(name, parts)
}

fn component(one: &Component) -> Code {
    let (mean, factor) = (integer(&one.mean), integer(&one.factor));
    Code::call("Component::new", [mean, factor, integer(one.constant)])
}
