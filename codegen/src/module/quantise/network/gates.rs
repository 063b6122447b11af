//! Gates: layers of a network's input whose sigmoids multiply what its skips give.

use super::entered::entered;
use crate::flow::ir::{Activation, Linear};
use crate::module::quantise::Format;
use crate::module::quantise::activation::Between;
use crate::module::quantise::dense::{self, QuantisedDense};
use crate::module::quantise::rectifier::IDENTITY;
use crate::module::quantise::row::Outputs;
use crate::module::quantise::samples::Samples;

/// Fractional bits of what opens a gate.
const GATE: u32 = 10;

/// The gates, and how far they open on the calibration rows; nothing of a network without.
pub(super) fn gates(
    layers: &[Linear],
    kept: &Samples,
    format: Format,
) -> Result<(Vec<QuantisedDense>, Vec<Samples>), String> {
    if layers.is_empty() {
        return Ok(Default::default());
    }
    let inputs = entered(kept, (Between::Rectifier(IDENTITY), 0), format)?.inputs;
    let steps = Outputs::Steps { fraction: GATE };
    let (mut gates, mut openings) = (vec![], vec![]);
    for layer in layers {
        gates.push(dense::quantise(layer, &inputs, &steps, format)?.0);
        let sums = inputs.samples.linear(layer);
        openings.push(sums.map(|k| Activation::Sigmoid.eval(k)));
    }
    Ok((gates, openings))
}
