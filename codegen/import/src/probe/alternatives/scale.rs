//! Alternatives for the scale maps of affine couplings.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Flow, ScaleMap};
use std::f64::consts::PI;
use std::mem::{Discriminant, discriminant};

/// Clamps to try where the map that was read has none: FrEIA's default, that of a plain tanh, and others.
const CLAMPS: [f64; 6] = [2.0, 1.0, 1.5, 1.9, 3.0, 5.0];

/// Each known scale map in place of each kind of map that the flow has.
pub(super) fn alternatives(flow: &Flow) -> Vec<Alternative> {
    let mut kinds = vec![];
    for map in flow.couplings().filter_map(|c| c.scale.as_ref()) {
        if !kinds.contains(&kind(map)) {
            kinds.push(kind(map));
        }
    }
    let targets = |kind| {
        targets()
            .into_iter()
            .map(move |target| replace(kind, target))
    };
    kinds.into_iter().flat_map(targets).collect()
}

/// A map to try; it may take over the clamp of the map that was read.
struct Target {
    manifest: String,
    clamped: bool,
    map: Box<dyn Fn(f64) -> ScaleMap>,
}

fn target(manifest: impl Into<String>, map: impl Fn(f64) -> ScaleMap + 'static) -> Target {
    Target {
        manifest: manifest.into(),
        clamped: true,
        map: Box::new(map),
    }
}

fn targets() -> Vec<Target> {
    let atan = |clamp, gain| ScaleMap::ExpAtan { clamp, gain };
    let tanh = |clamp, inner| ScaleMap::ExpTanh { clamp, inner };
    let own = [
        target("map = \"exp_atan\", gain = 0.636", move |c| atan(c, 0.636)),
        target("map = \"exp_atan\", gain = 2/π", move |c| {
            atan(c, 2.0 / PI)
        }),
        target("map = \"exp_tanh\", inner = 1.0", move |c| tanh(c, 1.0)),
        target("map = \"exp_tanh\", inner = 0.5", move |c| tanh(c, 0.5)),
        target("map = \"exp_tanh\", inner = 1/clamp", move |c| {
            tanh(c, 1.0 / c)
        }),
    ];
    let fixed = |text: String, map: ScaleMap| Target {
        clamped: false,
        ..target(text, move |_| map.clone())
    };
    let clamps = CLAMPS.into_iter().flat_map(|clamp| {
        let text = |rest: &str| format!("map = \"exp_{rest}, clamp = {clamp:?}");
        [
            fixed(text("atan\", gain = 0.636"), atan(clamp, 0.636)),
            fixed(text("tanh\", inner = 1.0"), tanh(clamp, 1.0)),
            fixed(text("tanh\", inner = 1/clamp"), tanh(clamp, 1.0 / clamp)),
        ]
    });
    let sigmoid = |bias: f64, eps: f64| {
        let text = format!("map = \"sigmoid\", bias = {bias:?}, eps = {eps:?}");
        fixed(text, ScaleMap::Sigmoid { bias, eps })
    };
    let softplus = |bias: f64, eps: f64, max: f64| {
        let limit = if max.is_finite() {
            format!(", max = {max:?}")
        } else {
            String::new()
        };
        let text = format!("map = \"softplus\", bias = {bias:?}, eps = {eps:?}{limit}");
        fixed(text, ScaleMap::Softplus { bias, eps, max })
    };
    // flowjax initialises the scale to 1: softplus(bias) = 0.99, since its maps add 0.01; computed in `f32`.
    let flowjax = 0.525_458_753_108_978_3;
    let rest = [
        fixed("map = \"exp\"".into(), ScaleMap::Exp),
        fixed(
            "map = \"exp_softclip\", bound = 6.907755278982137".into(),
            ScaleMap::ExpSoftclip {
                bound: 1000_f64.ln(),
            },
        ),
        sigmoid(2.0, 1e-3),
        sigmoid(2.0, 0.0),
        sigmoid(0.0, 1e-3),
        sigmoid(0.0, 0.0),
        softplus(0.0, 1e-3, 3.0),
        softplus(0.0, 1e-3, f64::INFINITY),
        softplus(flowjax, 0.01, f64::INFINITY),
        softplus(flowjax, 0.0, f64::INFINITY),
        softplus(0.0, 0.01, f64::INFINITY),
        softplus(0.0, 0.0, f64::INFINITY),
        fixed(
            "map = \"exp_clip\", min = -5.0, max = 3.0".into(),
            ScaleMap::ExpClip {
                min: -5.0,
                max: 3.0,
            },
        ),
    ];
    own.into_iter().chain(rest).chain(clamps).collect()
}

fn replace(from: Discriminant<ScaleMap>, target: Target) -> Alternative {
    let what = format!(
        "the scale of affine couplings is {}",
        in_words(&target.manifest)
    );
    let manifest = format!("scale = {{ {} }}", target.manifest);
    Alternative::new("scale", what, manifest, move |flow: &mut Flow| {
        for coupling in flow.couplings_mut() {
            if let Some(map) = coupling.scale.as_mut().filter(|map| kind(map) == from) {
                let inner = innermost(map);
                let clamp = clamp(inner);
                if !target.clamped || clamp.is_some() {
                    *inner = (target.map)(clamp.unwrap_or_default());
                }
            }
        }
    })
}

/// Turns `map = "exp_tanh", inner = 1.0` into `exp_tanh, inner = 1.0`.
fn in_words(manifest: &str) -> String {
    manifest.trim_start_matches("map = ").replace('"', "")
}

/// The map inside any reciprocals.
fn innermost(map: &mut ScaleMap) -> &mut ScaleMap {
    match map {
        ScaleMap::Reciprocal { of } => innermost(of),
        map => map,
    }
}

fn kind(map: &ScaleMap) -> Discriminant<ScaleMap> {
    match map {
        ScaleMap::Reciprocal { of } => kind(of),
        map => discriminant(map),
    }
}

fn clamp(map: &ScaleMap) -> Option<f64> {
    match map {
        ScaleMap::ExpAtan { clamp, .. } | ScaleMap::ExpTanh { clamp, .. } => Some(*clamp),
        _ => None,
    }
}
