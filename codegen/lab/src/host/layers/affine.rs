//! Scales and shifts that networks give: of affine couplings and of autoregressive layers.

use super::split;
use crate::host::lane::{LANES, Lane};
use crate::host::network::eval;
use crate::host::workbench::Workbench;
use nice_flow::Half;
use nice_flow::float::{ScaleMap as _, scale};
use nice_flow_codegen::flow::ir::ScaleMap;
use nice_flow_codegen::module::float::{Conditioner, Network};

/// Scales and shifts the half that `changes`, by what the conditioner makes of the other; returns the logarithms of the scales.
pub(super) fn rescale(
    bench: &mut Workbench,
    changes: Half,
    conditioner: &Conditioner,
    map: &ScaleMap,
    x: &mut [Lane],
    combine: impl Fn(f32, f32, f32) -> f32,
) -> Lane {
    let outputs: usize = conditioner.networks().map(Network::outputs).sum();
    let (kept, changed) = split(changes, x, outputs / 2);
    let parameters = parameters(bench, conditioner, kept);
    let (shifts, raws) = parameters.split_at(outputs / 2);
    let mut log_det = [0.0; LANES];
    for ((x, shift), raw) in changed.iter_mut().zip(shifts).zip(raws) {
        for lane in 0..LANES {
            let (scale, log_scale) = eval_scale(map, raw[lane]);
            x[lane] = combine(x[lane], scale, shift[lane]);
            log_det[lane] += log_scale;
        }
    }
    log_det
}

/// All shifts, then all raw scales.
pub(super) fn parameters(
    bench: &mut Workbench,
    conditioner: &Conditioner,
    kept: &[Lane],
) -> Vec<Lane> {
    let networks = conditioner.networks();
    networks
        .flat_map(|network| eval(bench, network, kept))
        .collect()
}

/// Maps element `i` of an autoregressive layer, `x·S + t` if it `multiplies`, else `(x − t)/S`; adds to the log-determinants.
pub(super) fn rescale_element(
    multiplies: bool,
    map: &ScaleMap,
    parameters: &[Lane],
    i: usize,
    x: &mut [Lane],
    log_det: &mut Lane,
) {
    let (shifts, raws) = parameters.split_at(x.len());
    for lane in 0..LANES {
        let (scale, log) = eval_scale(map, raws[i][lane]);
        let (value, log) = match multiplies {
            true => (x[i][lane] * scale + shifts[i][lane], log),
            false => ((x[i][lane] - shifts[i][lane]) / scale, -log),
        };
        x[i][lane] = value;
        log_det[lane] += log;
    }
}

fn eval_scale(map: &ScaleMap, raw: f32) -> (f32, f32) {
    match *map {
        ScaleMap::Exp => scale::Exp::<nice_flow::float::Libm>::new().scale(raw),
        ScaleMap::Sigmoid { bias, eps } => {
            <scale::Sigmoid>::new(bias as f32, eps as f32).scale(raw)
        }
        ScaleMap::Softplus { bias, eps, max } => {
            <scale::Softplus>::new(bias as f32, eps as f32, max as f32).scale(raw)
        }
        ScaleMap::SoftplusBeta { beta, gain } => {
            <scale::SoftplusBeta>::new(beta as f32, gain as f32).scale(raw)
        }
        ScaleMap::ExpSoftclip { bound } => <scale::ExpSoftclip>::new(bound as f32).scale(raw),
        ScaleMap::ExpAtan { clamp, gain } => {
            <scale::ExpAtan>::new(clamp as f32, gain as f32).scale(raw)
        }
        ScaleMap::ExpTanh { clamp, inner } => {
            <scale::ExpTanh>::new(clamp as f32, inner as f32).scale(raw)
        }
        ScaleMap::ExpClip { min, max } => <scale::ExpClip>::new(min as f32, max as f32).scale(raw),
        ScaleMap::Reciprocal { ref of } => {
            let (scale, log_scale) = eval_scale(of, raw);
            (1.0 / scale, -log_scale)
        }
    }
}
