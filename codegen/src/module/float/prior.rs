//! From a prior to the numbers of a module.

use super::narrow::narrow;
use super::{DiagonalNormal, FullNormal, Prior, StudentT};
use crate::flow::ir;

/// The prior as the module has it, numbers of a context between the others.
pub(super) fn lower_prior(prior: &ir::Prior, dim: usize) -> std::result::Result<Prior, String> {
    let context = prior.context();
    let normal = |normal: &ir::DiagonalNormal, log_weight: f64| -> std::result::Result<_, String> {
        let whole = normal.beside(context);
        Ok(DiagonalNormal {
            mean: narrow("mean", &whole.mean)?,
            precision: narrow("precision", &whole.precision)?,
            constant: (normal.constant() + log_weight) as f32,
        })
    };
    let scored = prior.scored();
    Ok(match scored {
        ir::Prior::Normal if !context.is_empty() => {
            let standard = ir::DiagonalNormal::standard(dim - context.len());
            Prior::DiagonalNormal(normal(&standard, 0.0)?)
        }
        ir::Prior::Normal => Prior::Normal,
        ir::Prior::DiagonalNormal(one) => Prior::DiagonalNormal(normal(one, 0.0)?),
        ir::Prior::Logistic => Prior::Logistic,
        ir::Prior::Mixture {
            log_weights,
            components,
        } => {
            let pairs = log_weights.iter().zip(components);
            Prior::Mixture(
                pairs
                    .map(|(w, c)| normal(c, *w))
                    .collect::<std::result::Result<_, _>>()?,
            )
        }
        ir::Prior::StudentT(one) => Prior::StudentT(student_t(one, context)?),
        ir::Prior::FullMixture {
            log_weights,
            components,
        } => {
            let pairs = log_weights.iter().zip(components);
            let components = pairs.map(|(weight, one)| full_normal(one, *weight, context));
            Prior::FullMixture(components.collect::<std::result::Result<_, _>>()?)
        }
        ir::Prior::Given { .. } => return Err("expected one context, found another in it".into()),
    })
}

fn student_t(one: &ir::StudentT, context: &[usize]) -> std::result::Result<StudentT, String> {
    let whole = one.beside(context);
    let pairs = whole.precision.iter().zip(&whole.degrees);
    let factor: Vec<f64> = pairs
        .map(|(precision, degrees)| precision / libm::sqrt(*degrees))
        .collect();
    let power: Vec<f64> = whole
        .degrees
        .iter()
        .map(|degrees| 0.5 * (degrees + 1.0))
        .collect();
    Ok(StudentT {
        location: narrow("location", &whole.location)?,
        factor: narrow("precision", &factor)?,
        power: narrow("number of degrees of freedom", &power)?,
        constant: one.constant() as f32,
    })
}

fn full_normal(
    one: &ir::FullNormal,
    log_weight: f64,
    context: &[usize],
) -> std::result::Result<FullNormal, String> {
    let whole = one.beside(context);
    Ok(FullNormal {
        mean: narrow("mean", &whole.mean)?,
        rows: narrow("precision", &whole.rows())?,
        constant: (one.constant() + log_weight) as f32,
    })
}
