//! The prior that names of tensors tell of: those of `torch.distributions`, and what people call theirs.

use super::ops::{Prior, PriorKind};

/// What modules and tensors of a prior are called.
const PLACES: [&str; 13] = [
    "q0",
    "base",
    "base_dist",
    "base_density",
    "base_distribution",
    "prior",
    "prior_dist",
    "latent",
    "latent_dist",
    "latent_distribution",
    "distribution",
    "pz",
    "p_z",
];

/// A tensor's name and shape.
pub(super) type Shaped<'a> = (&'a str, &'a [usize]);

/// The prior that the tensors below such a place make; `None` if there is none, or one of them says something else.
///
/// Its kind follows from what there is: degrees of freedom, weights, or several rows of locations. Else it is a normal, which a probe must
/// prove.
pub(super) fn prior(tensors: &[Shaped]) -> Option<Prior> {
    let place = tensors.iter().find_map(|(name, _)| place(name))?;
    let mut prior = Prior::standard(PriorKind::Normal);
    for (name, shape) in tensors {
        let Some(rest) = name.strip_prefix(place) else {
            continue;
        };
        let rows = shape.iter().rev().skip(1).product::<usize>();
        let slot = slot(&mut prior, word(rest))?;
        if slot.replace((*name).into()).is_some() {
            return None;
        }
        if word(rest) == "loc" && rows > 1 {
            prior.kind = PriorKind::Mixture;
        }
    }
    if prior.weight_tensor.is_some() || prior.probs_tensor.is_some() {
        prior.kind = PriorKind::Mixture;
    }
    if prior.df_tensor.is_some() || prior.log_df_tensor.is_some() {
        prior.kind = PriorKind::StudentT;
    }
    Some(prior)
}

/// The length of the vector, if a tensor of the prior tells it.
pub(super) fn dim(prior: &Prior, tensors: &[Shaped]) -> Option<usize> {
    let named = [
        &prior.loc_tensor,
        &prior.scale_tensor,
        &prior.log_scale_tensor,
        &prior.covariance_tensor,
        &prior.precision_tensor,
        &prior.scale_tril_tensor,
    ];
    let mut shapes = named.into_iter().flatten().filter_map(|key| {
        let (_, shape) = tensors.iter().find(|(name, _)| key == &(*name).into())?;
        shape.last().copied()
    });
    shapes.find(|extent| *extent > 1)
}

/// The name up to and with the first part that says that it is of a prior, and the dot or underscore behind it.
fn place(name: &str) -> Option<&str> {
    let mut start = 0;
    loop {
        let rest = &name[start..];
        let module = rest.split('.').next().unwrap_or(rest);
        let end = start + module.len();
        if end == name.len() {
            // A tensor of the module above, as in `prior_loc`.
            let found = PLACES.iter().filter_map(|place| {
                let behind = rest.strip_prefix(place)?.strip_prefix('_')?;
                is_part(word(behind)).then(|| &name[..name.len() - behind.len()])
            });
            return found.max_by_key(|prefix| prefix.len());
        }
        if PLACES.contains(&module.trim_matches('_')) {
            return Some(&name[..=end]);
        }
        start = end + 1;
    }
}

/// The usual word for what the last part of a name says.
fn word(name: &str) -> &str {
    let last = name.rsplit('.').next().unwrap_or(name).trim_matches('_');
    let last = last.strip_prefix("unbroadcasted_").unwrap_or(last);
    match last {
        "locs" | "location" | "mean" | "means" | "mu" => "loc",
        "scales" | "std" | "stddev" | "sigma" => "scale",
        "log_scales" | "logscale" | "log_std" | "log_sigma" => "log_scale",
        "covariances" | "covariance_matrix" | "cov" => "covariance",
        "precisions" | "precision_matrix" => "precision",
        "tril" | "cholesky" | "chol" => "scale_tril",
        "weight_scores" | "log_weights" | "weight_logits" => "logits",
        "weights" | "mixture_weights" | "pi" => "probs",
        "dof" | "nu" | "degrees_of_freedom" => "df",
        "log_dof" | "log_nu" => "log_df",
        other => other,
    }
}

fn is_part(word: &str) -> bool {
    slot(&mut Prior::standard(PriorKind::Normal), word).is_some()
}

/// Where a prior names the tensor of this word.
fn slot<'a>(prior: &'a mut Prior, word: &str) -> Option<&'a mut Option<super::ops::Key>> {
    Some(match word {
        "loc" => &mut prior.loc_tensor,
        "scale" => &mut prior.scale_tensor,
        "log_scale" => &mut prior.log_scale_tensor,
        "covariance" => &mut prior.covariance_tensor,
        "precision" => &mut prior.precision_tensor,
        "scale_tril" => &mut prior.scale_tril_tensor,
        "logits" => &mut prior.weight_tensor,
        "probs" => &mut prior.probs_tensor,
        "df" => &mut prior.df_tensor,
        "log_df" => &mut prior.log_df_tensor,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_end_behind_what_says_that_they_are_of_a_prior() {
        assert_eq!(place("net.q0.loc"), Some("net.q0."));
        assert_eq!(
            place("flow._distribution.log_scale"),
            Some("flow._distribution.")
        );
        assert_eq!(place("model.prior_loc"), Some("model.prior_"));
        assert_eq!(place("base_dist_mean"), Some("base_dist_"));
        assert_eq!(place("base_net.0.weight"), None);
        assert_eq!(place("layers.0.loc"), None);
    }

    #[test]
    fn the_kind_follows_from_what_there_is() {
        let kind = |tensors: &[(&str, &[usize])]| prior(tensors).map(|prior| prior.kind);
        let (one, rows): (&[usize], &[usize]) = (&[4], &[3, 4]);
        assert_eq!(
            kind(&[("q0.loc", one), ("q0.log_scale", one)]),
            Some(PriorKind::Normal)
        );
        assert_eq!(
            kind(&[
                ("prior.df", &[]),
                ("prior.loc", one),
                ("net.0.weight", rows)
            ]),
            Some(PriorKind::StudentT)
        );
        let tensors: [Shaped; 3] = [
            ("prior.mix.logits", &[3]),
            ("prior.comp.loc", rows),
            ("prior.comp._unbroadcasted_scale_tril", &[3, 4, 4]),
        ];
        assert_eq!(kind(&tensors), Some(PriorKind::Mixture));
        let found = prior(&tensors).unwrap();
        assert_eq!(found.scale_tril_tensor, Some(tensors[2].0.into()));
        assert_eq!(dim(&found, &tensors), Some(4));
        // A module that is called a prior, and is a net.
        assert_eq!(
            kind(&[("prior.loc", one), ("prior.net.weight", rows)]),
            None
        );
        assert_eq!(kind(&[("prior.a.loc", one), ("prior.b.loc", one)]), None);
    }
}
