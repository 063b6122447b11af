//! Turns the couplings of a manifest into layers.

use super::masked::{giving, reading};
use super::network::constant;
use super::scale;
use super::schema::{Coupling, Form, Io, Law, MaskOne, Params, Sign, Step};
use super::steered;
use super::tensors::Tensors;
use nalgebra::DVector;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir;
use nice_flow_codegen::flow::ir::{Network, Parameters, ScaleMap, Stage};

pub(super) fn coupling(op: &Coupling, dim: usize, tensors: &Tensors) -> Result<ir::Coupling> {
    partition(op, dim)?;
    masks(op, dim, tensors)?;
    let (scale, backwards) = law(op)?;
    Ok(ir::Coupling {
        kept: op.cond.clone(),
        changed: op.trans.clone(),
        conditioner: parameters(op, dim, tensors)?,
        scale,
        backwards,
    })
}

fn partition(op: &Coupling, dim: usize) -> Result<()> {
    let mut all = [op.cond.as_slice(), &op.trans].concat();
    all.sort_unstable();
    if op.cond.is_empty() || op.trans.is_empty() || !all.iter().copied().eq(0..dim) {
        let (last, cond, trans) = (dim - 1, &op.cond, &op.trans);
        let message = format!(
            "expected each of 0 to {last} once in cond or trans, found {cond:?} and {trans:?}"
        );
        return Err(Error::input("cond, trans", message));
    }
    Ok(())
}

/// An error if a stored mask contradicts the indices.
fn masks(op: &Coupling, dim: usize, tensors: &Tensors) -> Result<()> {
    if let Some(key) = &op.mask_tensor {
        let ones = match op.mask_one {
            Some(MaskOne::Cond) => &op.cond,
            Some(MaskOne::Trans) => &op.trans,
            None => {
                let message = "expected mask_one = \"cond\" or \"trans\" beside mask_tensor";
                return Err(Error::input("mask_one", message));
            }
        };
        let mask = tensors.vector(key, dim)?;
        if (0..dim).any(|i| ones.contains(&i) != (mask[i] != 0.0)) {
            let found: Vec<_> = (0..dim).filter(|&i| mask[i] != 0.0).collect();
            return Err(tensors.error(key, format!("expected ones at {ones:?}, found {found:?}")));
        }
    }
    for (key, expected) in [(&op.cond_tensor, &op.cond), (&op.trans_tensor, &op.trans)] {
        if let Some(key) = key {
            let found = tensors.indices(key, dim)?;
            if found != *expected {
                return Err(tensors.error(key, format!("expected {expected:?}, found {found:?}")));
            }
        }
    }
    Ok(())
}

/// The scale map, and whether the coupling computes its inverse in `forward`.
pub(super) fn law(op: &Coupling) -> Result<(Option<ScaleMap>, bool)> {
    match op.law {
        Law::Additive => {
            let affine = op.form.is_some() || op.params.is_some() || op.scale.is_some();
            if affine || op.net_scale.is_some() {
                let message = "expected no form, params, scale or net_scale, found one of them";
                return Err(Error::input("law = \"additive\"", message));
            }
            match op.sign {
                Some(sign) => Ok((None, sign == Sign::Minus)),
                None => Err(Error::input("sign", "expected \"+\" or \"-\", found none")),
            }
        }
        Law::Affine => {
            let (Some(form), Some(given), None) = (op.form, &op.scale, op.sign) else {
                let message = "expected form and scale, and no sign";
                return Err(Error::input("law = \"affine\"", message));
            };
            let map = scale::map(given)?;
            match form {
                Form::MulAdd => Ok((Some(map), false)),
                Form::SubDiv => Ok((Some(map), true)),
                Form::SubMul => Ok((Some(scale::reciprocal(map)), true)),
                Form::Mul => {
                    let message = "expected mul_add, sub_div or sub_mul, found mul";
                    Err(Error::input("form", message))
                }
            }
        }
    }
}

pub(super) fn parameters(op: &Coupling, dim: usize, tensors: &Tensors) -> Result<Parameters> {
    // The number of outputs of each kind, and the indices of those that belong to the changed elements.
    let (each, places): (usize, Vec<usize>) = match op.io {
        Io::Gathered => (op.trans.len(), (0..op.trans.len()).collect()),
        Io::MaskedFull => (dim, op.trans.clone()),
    };
    let rows = |f: &dyn Fn(usize) -> usize| places.iter().map(|&i| f(i)).collect::<Vec<_>>();
    let (first, second) = (rows(&|i| i), rows(&|i| each + i));
    let (even, odd) = (rows(&|i| 2 * i), rows(&|i| 2 * i + 1));
    let net =
        |steps: &[Step], rows: &[usize], width: usize| one(op, steps, rows, width, dim, tensors);
    if op.law == Law::Additive {
        return Ok(Parameters::Joint(net(&op.net, &first, each)?));
    }
    let rows = match (op.params, &op.net_scale) {
        (Some(Params::Separate), Some(scale)) => {
            let shift = match op.net.is_empty() {
                true => constant(0.0, op.cond.len(), op.trans.len()),
                false => net(&op.net, &first, each)?,
            };
            let scale = net(scale, &first, each)?;
            return Ok(Parameters::Separate { shift, scale });
        }
        (Some(Params::ConcatShiftScale), None) => [first, second],
        (Some(Params::ConcatScaleShift), None) => [second, first],
        (Some(Params::InterleavedShiftScale), None) => [even, odd],
        (Some(Params::InterleavedScaleShift), None) => [odd, even],
        _ => {
            let message = "expected one of concat_shift_scale, concat_scale_shift, \
                           interleaved_shift_scale, interleaved_scale_shift, or separate with net_scale";
            return Err(Error::input("params", message));
        }
    };
    Ok(Parameters::Joint(net(&op.net, &rows.concat(), 2 * each)?))
}

/// A network of the kept elements only, with outputs for the changed elements only.
fn one(
    op: &Coupling,
    steps: &[Step],
    rows: &[usize],
    width: usize,
    dim: usize,
    tensors: &Tensors,
) -> Result<Network> {
    let inputs = match op.io {
        Io::Gathered => op.cond.len(),
        Io::MaskedFull => dim,
    };
    let given = tensors.context();
    let (mut network, outputs) = steered::network(steps, inputs, tensors)?;
    if outputs != width {
        let message = format!("expected {width} outputs, found {outputs}");
        let last = steps.iter().rev().find_map(|step| match step {
            Step::Linear { w, .. } => Some(w),
            _ => None,
        });
        return Err(last.map_or(Error::input("net", &message), |w| {
            tensors.error(w, &message)
        }));
    }
    if op.io == Io::MaskedFull {
        let context = match steps.first() {
            _ if steered::is_steered(steps) => dim..dim + given,
            Some(Step::Given {}) => dim..dim + given,
            _ => dim..dim,
        };
        let width = context.end;
        let kept: Vec<usize> = op.cond.iter().copied().chain(context).collect();
        network = reading(network, &kept, width);
    }
    if !rows.iter().copied().eq(0..width) {
        network = giving(network, rows, width);
    }
    if let Some(factor) = op.out_mul {
        network.0.push(Stage::Scale {
            factor: DVector::from_element(rows.len(), factor),
            shift: DVector::zeros(rows.len()),
        });
    }
    Ok(network)
}
