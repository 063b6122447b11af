//! How a part of a network reads what comes before it.

use super::FITTING;
use crate::module::quantise::Format;
use crate::module::quantise::activation::Between;
use crate::module::quantise::curve::Curve;
use crate::module::quantise::power::{ceil_log2, exp2};
use crate::module::quantise::row::Inputs;
use crate::module::quantise::samples::Samples;
use nice_flow::fixed;
use nice_flow::host::fixed::narrowed;

/// Inputs from the state may grow by this factor over the calibration rows before they saturate.
const HEADROOM: f64 = 2.0;

/// The same in a flow that scales its state: anomalies spread farther there.
const HEADROOM_OF_SCALED: f64 = 4.0;

/// What the first layer of a part reads, and how it is narrowed to that.
pub(super) struct Entered {
    pub shift: i32,
    pub entry: Option<Curve>,
    pub inputs: Inputs,
}

/// The stream through the activation `input`; units that fill a group of four have the value `fill` in it.
pub(super) fn entered(
    stream: &Samples,
    (input, fill): (Between, i32),
    format: Format,
) -> Result<Entered, String> {
    let (limit, hidden_limit) = format.weights.input_limits();
    let samples = stream.map(|h| input.eval(h));
    let fraction = format.fraction as i32;
    let (shift, entry, step, range) = match input {
        Between::Rectifier(rectifier) => {
            let shift = input_shift(&samples, limit, format);
            (shift, None, exp2(shift - fraction), rectifier.range(limit))
        }
        Between::Curve(function) => {
            let needed = |largest: &Samples| input_shift(largest, limit, format);
            let widest = stream.map(|h| h * function.steepness());
            let curve = function.entry(fraction - needed(&widest), limit, hidden_limit)?;
            let shift = fraction - i32::from(curve.before);
            (shift, Some(curve), curve.step(), curve.range())
        }
    };
    let narrowing = fixed::Narrowing::linear(shift as u32, limit as i16);
    let filled = narrowed(narrowing, fill);
    let inputs = Inputs {
        step: vec![step; samples.width],
        range,
        idle: entry.map_or(filled, |curve| curve.of(filled)),
        samples,
    };
    Ok(Entered {
        shift,
        entry,
        inputs,
    })
}

/// The shift that makes the largest element of the stream fit `limit`.
fn input_shift(samples: &Samples, limit: i32, format: Format) -> i32 {
    let largest = samples.quantiles(FITTING).into_iter().fold(0.0, f64::max);
    let headroom = match format.scales {
        true => HEADROOM_OF_SCALED,
        false => HEADROOM,
    };
    let steps = (largest * headroom).max(1e-9) * exp2(format.fraction as i32);
    ceil_log2(steps / f64::from(limit)).clamp(1, 23)
}
