//! Values of the runtime crate's ensembles.

use super::tree::lines;
use super::{number, value};
use crate::model::ensemble::{Combination, Constants, Tail};
use crate::module::Several;

/// The ensemble.
pub(super) fn several(several: &Several) -> String {
    format!(
        "Ensemble::new([{}\n],\n{})",
        lines(several.members(), value),
        combination(several.combination(), several.first().fraction())
    )
}

fn combination(value: &Combination, fraction: Option<u32>) -> String {
    match value {
        Combination::Tails(tails) => {
            let tail = |one: &Tail| tail(one.constants(value.weight(), |x| number(x, fraction)));
            format!("Tails::new([{}\n])", lines(tails, tail))
        }
        Combination::MeanDensity(_) => {
            format!("MeanDensity::new({})", number(value.ln_members(), fraction))
        }
    }
}

fn tail(constants: Constants<String>) -> String {
    let Constants {
        knots,
        slopes,
        step,
    } = constants;
    format!(
        "Tail::new([{}], [{}], {step})",
        knots.join(", "),
        slopes.join(", ")
    )
}
