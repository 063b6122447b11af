//! Names the constants that are often missing from a log-density, or added to it.

use nice_flow_codegen::flow::ir::Diagonal;
use std::f64::consts::TAU;

/// The likely meaning of a difference in nats that is the same in every row.
pub(super) fn name(constant: f64, dim: usize, preprocessing: Option<&Diagonal>) -> String {
    let d = dim as f64;
    let mut known = vec![
        (0.5 * d * TAU.ln(), "½ D ln 2π: the normal prior's constant"),
        (d * 256.0_f64.ln(), "D ln 256: the dequantisation of images"),
    ];
    if let Some(preprocessing) = preprocessing {
        let name = "the log-determinant of the standardisation";
        known.insert(0, (preprocessing.log_det(), name));
    }
    let close = |value: f64| (constant.abs() - value.abs()).abs() <= 1e-3 * (1.0 + value.abs());
    match known.into_iter().find(|(value, _)| close(*value)) {
        Some((_, name)) => format!("{name}, which one of the two leaves out"),
        None => "likely the log-determinant of a standardisation that one of the two leaves out"
            .to_owned(),
    }
}
