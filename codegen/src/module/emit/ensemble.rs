//! Expressions for the runtime crate's ensembles.

use super::code::Code;
use super::number::number;
use crate::model::Combination;
use crate::model::tail::Constants;

/// The expression for an ensemble of these flows.
pub(super) fn ensemble(flows: Vec<Code>, combination: &Combination, fraction: Option<u32>) -> Code {
    let flows = flows.into_iter().enumerate();
    let flows = flows.map(|(index, flow)| flow.noted(format!("Member {index}.")));
    let flows: Vec<_> = flows.collect();
    Code::call(
        "Ensemble::new",
        [Code::array(flows), combined(combination, fraction)],
    )
}

fn combined(value: &Combination, fraction: Option<u32>) -> Code {
    let number = |value| number(value, fraction);
    let tails = value.tails().iter();
    let tails = tails.map(|one| tail(one.constants(value.weight(), number)));
    let tails = || [Code::array(tails.collect::<Vec<_>>())];
    match value {
        Combination::Tails(_) => Code::call("Tails::new", tails()),
        Combination::HighestTail(_) => Code::call("HighestTail::new", tails()),
        Combination::MeanDensity(_) => Code::Line("MeanDensity::new()".into()),
    }
}

fn tail(constants: Constants<String>) -> Code {
    let Constants {
        knots,
        slopes,
        step,
    } = constants;
    let list = |numbers: &[String]| Code::Line(format!("[{}]", numbers.join(", ")));
    Code::call("Tail::new", [list(&knots), list(&slopes), Code::Line(step)])
}
