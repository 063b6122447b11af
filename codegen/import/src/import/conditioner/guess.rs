//! A network that is not understood, as steps with question marks.

use super::modules::linear_step;
use crate::import::Weights;
use crate::import::ops::{Scale, Step};

/// The matrices below `at` as linear layers, with a question mark for what stands between them and one for each other tensor.
pub(super) fn guess(weights: &Weights, at: &str) -> Vec<Step> {
    let prefix = format!("{at}.");
    let mut names = weights.ordered();
    names.retain(|name| name.starts_with(&prefix));
    let is_matrix = |name: &str| weights.shape(name).is_ok_and(|shape| shape.len() == 2);
    let weight = |stem: &str| Some(format!("{stem}.weight")).filter(|weight| is_matrix(weight));
    let mut net: Vec<Step> = vec![];
    for name in names {
        let Some((stem, part)) = name.rsplit_once('.') else {
            continue;
        };
        match (part, weight(stem)) {
            ("weight", Some(_)) => {
                if net.iter().any(|step| matches!(step, Step::Linear { .. })) {
                    net.push(unknown());
                }
                net.push(linear_step(stem, weights.has(&format!("{stem}.bias"))));
            }
            ("bias", Some(_)) | ("num_batches_tracked", _) => {}
            _ => net.push(Step::Scale {
                scale: Scale::map("?", &[]).of(name),
                divide: false,
            }),
        }
    }
    net
}

fn unknown() -> Step {
    Step::Act {
        function: "?".into(),
        slope: None,
        alpha: None,
        min: None,
        max: None,
        w: None,
    }
}
