//! Recognises couplings that keep volume: those of GIN, which libraries store under the names of other couplings.

use super::Samples;
use nice_flow_codegen::flow::ir::{Coupling, Flow, Layer};

/// What the probe then holds, in words.
pub(super) const GIN: &str = "densities of couplings that keep volume, which subtract from the logarithms of their scales the mean of these: \
     GIN. Of FrEIA's GINCouplingBlock and AllInOneBlock(gin_block=True) say so by --set gin=true; in a manifest a step `center` ends net_scale";

/// Whether the probe agrees with a flow whose affine couplings are those of GIN, `s − mean s`.
pub(super) fn is_kept(flow: &Flow, rows: &[Vec<f64>], set: &Samples, tolerance: f64) -> bool {
    let is_affine =
        |layer: &Layer| matches!(layer, Layer::Coupling(coupling) if coupling.is_affine());
    if rows.len() < 2 || !flow.layers.iter().any(is_affine) {
        return false;
    }
    let mut pairs = rows.iter().zip(set.log_density.iter().zip(&set.rounding));
    pairs.all(|(row, (theirs, rounding))| {
        let allowed = tolerance * (1.0 + theirs.abs()) + rounding;
        (log_density(flow, row) - theirs).abs() <= allowed
    })
}

fn log_density(flow: &Flow, row: &[f64]) -> f64 {
    let mut x = row.to_vec();
    let log_dets = flow.layers.iter().map(|layer| match layer {
        Layer::Coupling(coupling) if coupling.is_affine() => keep(coupling, &mut x),
        layer => layer.forward(&mut x),
    });
    log_dets.sum::<f64>() + flow.prior.log_density(&x)
}

/// Scales by the geometric mean of one, and shifts; the log-determinant is zero.
fn keep(coupling: &Coupling, x: &mut [f64]) -> f64 {
    let Some(map) = &coupling.scale else {
        return coupling.forward(x);
    };
    let kept = coupling.kept.iter().map(|&i| x[i]);
    let parameters = coupling.conditioner.eval(&kept.collect::<Vec<_>>().into());
    let (shifts, raws) = parameters.split_at(coupling.changed.len());
    let logs: Vec<f64> = raws.iter().map(|raw| map.eval(*raw).1).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    for ((&i, shift), log) in coupling.changed.iter().zip(shifts).zip(logs) {
        let scale = (log - mean).exp();
        x[i] = match coupling.backwards {
            false => x[i] * scale + shift,
            true => (x[i] - shift) / scale,
        };
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Units;
    use nalgebra::{DMatrix, DVector};
    use nice_flow_codegen::flow::ir::{Linear, Network, Parameters, Prior, ScaleMap, Stage};

    fn flow() -> Flow {
        let weight = DMatrix::from_fn(4, 1, |i, _| 0.3 + 0.2 * i as f64);
        let bias = DVector::from_column_slice(&[0.1, -0.4, 0.5, -0.2]);
        let network = Network(vec![Stage::Linear(Linear { weight, bias })]);
        let coupling = Coupling {
            kept: vec![0],
            changed: vec![1, 2],
            conditioner: Parameters::Joint(network),
            scale: Some(ScaleMap::Exp),
            backwards: false,
        };
        Flow {
            dim: 3,
            layers: vec![Layer::Coupling(coupling)],
            prior: Prior::Normal,
        }
    }

    /// Of `x`, shifts are `0.3 x₀ + 0.1` and `0.5 x₀ − 0.4`, log-scales `±(0.35 − 0.1 x₀)`.
    fn gin(x: &[f64]) -> f64 {
        let s = 0.35 - 0.1 * x[0];
        let z = [
            x[0],
            x[1] * s.exp() + 0.3 * x[0] + 0.1,
            x[2] * (-s).exp() + 0.5 * x[0] - 0.4,
        ];
        let norm = z.iter().map(|z| z * z).sum::<f64>();
        -0.5 * norm - 1.5 * (2.0 * std::f64::consts::PI).ln()
    }

    #[test]
    fn densities_of_gin_are_told_from_others() {
        let rows: Vec<Vec<f64>> = (0..9)
            .map(|n| {
                (0..3)
                    .map(|i| (1.3 * f64::from(n) + f64::from(i)).sin())
                    .collect()
            })
            .collect();
        let set = |density: &dyn Fn(&[f64]) -> f64| Samples {
            units: Units::Model,
            rows: rows.clone(),
            log_density: rows.iter().map(|row| density(row)).collect(),
            rounding: vec![0.0; 9],
            single: false,
        };
        let flow = flow();
        assert!(is_kept(&flow, &rows, &set(&gin), 1e-9));
        assert!(!is_kept(&flow, &rows, &set(&|x| flow.log_density(x)), 1e-9));
        assert!(!is_kept(&flow, &rows, &set(&|x| gin(x) + 0.01), 1e-9));
    }
}
