//! Scale maps by name, and stored scales.

use super::schema::Scale;
use super::tensors::Tensors;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::ScaleMap;

/// A map: `Of` one that networks can use too, or one for the stored numbers of a diagonal only.
enum Map {
    Raw,
    RsqrtEps {
        eps: f64,
    },
    Of(ScaleMap),
    /// `gain · S(r) + more`, where `of` is `S`.
    Affine {
        of: ScaleMap,
        gain: f64,
        more: f64,
    },
}

/// The maps by name: what each makes of a raw number `r` by its parameters. What is in brackets may be left out.
const MAPS: [(&str, &str); 10] = [
    ("raw", "r"),
    ("exp", "exp(r) + eps, with [eps]"),
    (
        "sigmoid",
        "gain * sigmoid(r + bias) + eps, with [bias, eps, gain]",
    ),
    (
        "softplus",
        "min(softplus(r + bias) + eps, max), with [bias, eps, max]",
    ),
    (
        "softplus_beta",
        "gain * softplus(beta * r) / beta, with beta, [gain]",
    ),
    ("rsqrt_eps", "1 / sqrt(r + eps), with eps"),
    ("exp_softclip", "exp(r / (1 + abs(r) / bound)), with bound"),
    ("exp_atan", "exp(clamp * gain * atan(r)), with clamp, gain"),
    (
        "exp_tanh",
        "exp(clamp * tanh(inner * r)), with clamp, inner",
    ),
    ("exp_clip", "exp(min(max(r, min), max)), with [min, max]"),
];

/// The scale map of an affine coupling.
pub(super) fn map(scale: &Scale) -> Result<ScaleMap> {
    if scale.tensor.is_some() || scale.values.is_some() {
        let message = "expected raw scales from the network, found stored ones";
        return Err(Error::input("scale", message));
    }
    match parse(scale)? {
        Map::Of(map) => Ok(map),
        _ => Err(Error::input(
            "scale",
            format!("expected a map to positive scales, found {}", scale.map),
        )),
    }
}

/// The scales of a diagonal layer.
pub(super) fn values(scale: &Scale, dim: usize, tensors: &Tensors) -> Result<Vec<f64>> {
    let raw = match (&scale.tensor, &scale.values) {
        (Some(key), None) => &tensors.spread(key, dim)?,
        (None, Some(values)) if values.len() == dim => values,
        (None, Some(values)) => {
            let message = format!("expected {dim} values, found {}", values.len());
            return Err(Error::input("scale", message));
        }
        _ => {
            let message = "expected either tensor or values";
            return Err(Error::input("scale", message));
        }
    };
    let map = parse(scale)?;
    let eval = |r: &f64| match &map {
        Map::Raw => *r,
        Map::RsqrtEps { eps } => 1.0 / (r + eps).sqrt(),
        Map::Of(map) => map.eval(*r).0,
        Map::Affine { of, gain, more } => gain * of.eval(*r).0 + more,
    };
    Ok(raw.iter().map(eval).collect())
}

fn parse(scale: &Scale) -> Result<Map> {
    let mut rest = scale.parameters.clone();
    let mut optional = |name: &str, default: f64| rest.remove(name).unwrap_or(default);
    let (none, below) = (f64::INFINITY, f64::NEG_INFINITY);
    let known = MAPS.iter().find(|(name, _)| *name == scale.map);
    let Some((name, formula)) = known else {
        let names = MAPS.map(|(name, _)| name).join(", ");
        let message = format!("expected one of {names}, found {}", scale.map);
        return Err(Error::input("scale", message));
    };
    let map = match *name {
        "raw" => Map::Raw,
        "rsqrt_eps" => Map::RsqrtEps {
            eps: optional("eps", f64::NAN),
        },
        "exp" => affine(ScaleMap::Exp, 1.0, optional("eps", 0.0)),
        "sigmoid" => {
            let (bias, eps) = (optional("bias", 0.0), optional("eps", 0.0));
            affine(ScaleMap::Sigmoid { bias, eps }, optional("gain", 1.0), 0.0)
        }
        "softplus" => Map::Of(ScaleMap::Softplus {
            bias: optional("bias", 0.0),
            eps: optional("eps", 0.0),
            max: optional("max", none),
        }),
        "softplus_beta" => Map::Of(ScaleMap::SoftplusBeta {
            beta: optional("beta", f64::NAN),
            gain: optional("gain", 1.0),
        }),
        "exp_softclip" => Map::Of(ScaleMap::ExpSoftclip {
            bound: optional("bound", f64::NAN),
        }),
        "exp_atan" => Map::Of(ScaleMap::ExpAtan {
            clamp: optional("clamp", f64::NAN),
            gain: optional("gain", f64::NAN),
        }),
        "exp_tanh" => Map::Of(ScaleMap::ExpTanh {
            clamp: optional("clamp", f64::NAN),
            inner: optional("inner", f64::NAN),
        }),
        _ => Map::Of(ScaleMap::ExpClip {
            min: optional("min", below),
            max: optional("max", none),
        }),
    };
    if let Some(name) = rest.keys().next() {
        let message = format!(
            "expected parameters of {} = {formula}, found {name}",
            scale.map
        );
        return Err(Error::input("scale", message));
    }
    let unknown = match &map {
        Map::RsqrtEps { eps } => eps.is_nan(),
        Map::Of(map) => map.check("scale").is_err(),
        Map::Affine { of, gain, more } => {
            of.check("scale").is_err() || !gain.is_finite() || !more.is_finite()
        }
        Map::Raw => false,
    };
    if unknown {
        let found: Vec<String> = (scale.parameters.iter())
            .map(|(name, number)| format!("{name} = {number}"))
            .collect();
        let found = if found.is_empty() {
            "none".into()
        } else {
            found.join(", ")
        };
        let message = format!(
            "expected the parameters of {} = {formula}, found {found}",
            scale.map
        );
        return Err(Error::input("scale", message));
    }
    Ok(map)
}

fn affine(of: ScaleMap, gain: f64, more: f64) -> Map {
    match (gain, more) {
        (1.0, 0.0) => Map::Of(of),
        _ => Map::Affine { of, gain, more },
    }
}

/// The map `1 / S(r)`; as a map without a division where there is one.
pub(super) fn reciprocal(map: ScaleMap) -> ScaleMap {
    match map {
        ScaleMap::ExpAtan { clamp, gain } => ScaleMap::ExpAtan {
            clamp: -clamp,
            gain,
        },
        ScaleMap::ExpTanh { clamp, inner } => ScaleMap::ExpTanh {
            clamp: -clamp,
            inner,
        },
        other => ScaleMap::Reciprocal {
            of: Box::new(other),
        },
    }
}
