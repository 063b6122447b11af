//! The activations of a manifest.

use super::schema::{Key, Step};
use super::tensors::Tensors;
use super::write::written;
use crate::import::settings;
use nalgebra::DVector;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Activation, Network, Stage};

/// An elementwise function with numbers in the manifest.
pub(super) fn activation(step: &Step) -> std::result::Result<Activation, String> {
    let Step::Act {
        function,
        slope,
        alpha,
        min,
        max,
        ..
    } = step
    else {
        return Err("expected an act".into());
    };
    let bare = min.is_none() && max.is_none();
    Ok(match (function.as_str(), slope, alpha) {
        ("leaky_relu", &Some(slope), None) if bare => Activation::LeakyRelu { slope },
        ("elu", None, alpha) if bare => Activation::Elu {
            alpha: alpha.unwrap_or(1.0),
        },
        ("hardtanh", None, None) => Activation::Hardtanh {
            min: min.unwrap_or(-1.0),
            max: max.unwrap_or(1.0),
        },
        (name, None, None) if bare && settings::named(name).is_some() => {
            settings::named(name).unwrap_or(Activation::Relu)
        }
        _ => {
            return Err(format!(
                "expected relu, leaky_relu with slope, elu with alpha, prelu with w, hardtanh with min and max, tanh, \
                 sigmoid, silu, softplus, gelu, gelu_tanh, mish, selu, relu6, hardswish, softsign or atan, found {}",
                written(step)
            ));
        }
    })
}

/// A PReLU: `h` if positive, else `slope · h`, with one slope or one of each element.
///
/// Slopes that differ are `h + (1 − slope) · relu(−h)`.
pub(super) fn learned(
    step: &Step,
    slopes: &Key,
    width: usize,
    tensors: &Tensors,
    wrong: &dyn Fn(String) -> Error,
) -> Result<Stage> {
    let prelu = matches!(step, Step::Act { function, slope: None, alpha: None, min: None, max: None, .. } if function == "prelu");
    if !prelu {
        return Err(wrong(
            "expected prelu beside w, found another function".into(),
        ));
    }
    let slopes = tensors.spread(slopes, width)?;
    if let Some(&slope) = slopes.first()
        && slopes.iter().all(|other| *other == slope)
    {
        return Ok(Stage::Activation(Activation::LeakyRelu { slope }));
    }
    let zero = DVector::zeros(width);
    let scale = |factor| Stage::Scale {
        factor,
        shift: zero.clone(),
    };
    Ok(Stage::Skip(Network(vec![
        scale(DVector::from_element(width, -1.0)),
        Stage::Activation(Activation::Relu),
        scale(DVector::from_vec(slopes).map(|slope| 1.0 - slope)),
    ])))
}
