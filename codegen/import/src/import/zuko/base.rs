//! The bases of zuko's flows.

use crate::import::ops::{Prior, PriorKind};
use crate::import::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;

/// The `epsilon` of zuko's `GMM`.
const EPSILON: f64 = 1e-6;

/// A `DiagNormal`, `StudentT` or `GMM`; without tensors, what the user says.
pub(super) fn prior(weights: &Weights, root: &str, settings: &mut Settings) -> Result<Prior> {
    if let Some(found) = student_t(weights, root).or_else(|| mixture(weights, root)) {
        let (word, names) = match found.kind {
            PriorKind::StudentT => ("student_t", "Student-t"),
            _ => ("mixture", "mixture of normals"),
        };
        settings.stored(
            "prior",
            word,
            &format!("prior: {names} ({root}base in the file)"),
        )?;
        return Ok(found);
    }
    let generations = [("base.loc", "base.scale"), ("base._0", "base._1")];
    let generations =
        generations.map(|(loc, scale)| (format!("{root}{loc}"), format!("{root}{scale}")));
    let Some((loc, scale)) = generations.into_iter().find(|(loc, _)| weights.has(loc)) else {
        return settings.choose("prior", Source::Unknown, |word| {
            (word == "normal").then_some(Prior::standard(PriorKind::Normal))
        });
    };
    let words = format!("prior: normal ({loc}, {scale} in the file)");
    settings.stored("prior", "normal", &words)?;
    Ok(Prior {
        loc_tensor: Some(loc.into()),
        scale_tensor: Some(scale.into()),
        ..Prior::standard(PriorKind::Normal)
    })
}

/// `UnconditionalDistribution(StudentT, df, loc, scale)`, by keyword or by place.
fn student_t(weights: &Weights, root: &str) -> Option<Prior> {
    let generations = [["df", "loc", "scale"], ["_0", "_1", "_2"]];
    let generations = generations.map(|names| names.map(|name| format!("{root}base.{name}")));
    let [df, loc, scale] = generations
        .into_iter()
        .find(|[df, _, scale]| weights.has(df) && weights.has(scale))?;
    Some(Prior {
        df_tensor: Some(df.into()),
        loc_tensor: weights.has(&loc).then(|| loc.into()),
        scale_tensor: Some(scale.into()),
        ..Prior::standard(PriorKind::StudentT)
    })
}

/// A `GMM` without a context: logits, locations, logarithms of scales, and of full covariances what is below the diagonal of `L`.
fn mixture(weights: &Weights, root: &str) -> Option<Prior> {
    let parts = [0, 1, 2, 3].map(|n| format!("{root}base.phi.{n}"));
    let has = |n: usize| weights.has(&parts[n]);
    if ![0, 1, 2].into_iter().all(has) {
        return None;
    }
    let lower = has(3);
    let [logits, loc, diagonal, below] = parts;
    Some(Prior {
        weight_tensor: Some(logits.into()),
        loc_tensor: Some(loc.into()),
        log_scale_tensor: Some(diagonal.into()),
        scale_eps: Some(EPSILON),
        lower_tensor: lower.then(|| below.into()),
        ..Prior::standard(PriorKind::Mixture)
    })
}
