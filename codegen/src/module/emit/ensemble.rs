//! Values of the runtime crate's ensembles.

use super::number::number;
use super::tree::lines;
use crate::model::Combination;
use crate::model::tail::{Constants, Tail};

/// The ensemble of these flows.
pub(super) fn ensemble(flows: &str, combination: &Combination, fraction: Option<u32>) -> String {
    let combination = combined(combination, fraction);
    format!("Ensemble::new([{flows}\n],\n{combination})")
}

fn combined(value: &Combination, fraction: Option<u32>) -> String {
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
