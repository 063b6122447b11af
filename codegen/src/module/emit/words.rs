//! Comments on layers, in words that both number types share.

use super::code::Code;
use super::inputs::Inputs;
use crate::flow::ir::Side;
use nice_flow::Half;

/// `Half::Head` or `Half::Tail`.
pub(super) fn half(half: Half) -> Code {
    Code::Line(format!("Half::{half:?}"))
}

/// `Side::Lower` or `Side::Upper`.
pub(super) fn side(side: Side) -> Code {
    Code::Line(format!("Side::{side:?}"))
}

/// The widths as text, such as `8 -> 64 -> 8`.
pub(super) fn widths(widths: &[usize]) -> String {
    let widths: Vec<_> = widths.iter().map(ToString::to_string).collect();
    widths.join(" -> ")
}

/// The inputs that a coupling reads and those that it changes; `widths` are those of its network, input first.
pub(super) fn ends(changes: Half, widths: &[usize], inputs: &Inputs) -> (String, String) {
    let read = widths.first().copied().unwrap_or_default();
    let changed = widths.last().copied().unwrap_or_default();
    match changes {
        Half::Head => (inputs.at(changed, changed + read), inputs.at(0, changed)),
        Half::Tail => (inputs.at(0, read), inputs.at(read, read + changed)),
    }
}

/// The comment on a layer that changes each element separately.
pub(super) fn changed(kind: &str, dim: usize, inputs: &Inputs) -> String {
    format!(
        "{kind}: scales and shifts each of {} by itself.",
        inputs.at(0, dim)
    )
}

/// The comment on a triangular layer, which mixes the inputs.
pub(super) fn triangular(side: Side, dim: usize, inputs: &mut Inputs) -> String {
    let from = match side {
        Side::Lower => "before",
        Side::Upper => "behind",
    };
    let all = inputs.at(0, dim);
    inputs.mix();
    format!("Triangular: adds to each of {all} a weighted sum of those {from} it.")
}
