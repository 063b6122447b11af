//! What the network's input adds, beside its first layer: layers of their own, which a context reaches first.

use super::entered::{Entered, entered};
use super::{Part, fits};
use crate::flow::ir::Linear;
use crate::module::quantise::Format;
use crate::module::quantise::activation::Between;
use crate::module::quantise::curve::Curve;
use crate::module::quantise::dense::{self, QuantisedDense};
use crate::module::quantise::rectifier::IDENTITY;
use crate::module::quantise::row::{Inputs, Outputs};
use crate::module::quantise::samples::Samples;

/// What is added to the first numbers of a network: a layer of its input behind an activation, moved up to units of the stream.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Offset {
    pub lane: QuantisedDense,
    /// The shift that narrows its numbers.
    pub shift: u8,
    /// The largest magnitude of a narrowed one.
    pub input_limit: i32,
    /// The curve that they pass; `None` if the activation is a rectifier.
    pub entry: Option<Curve>,
    /// How many bits a unit of the activation is above one of the stream.
    pub rise: u8,
}

/// The first half of a skip to whose hidden numbers the network's input is added.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Reads the stream, and has one layer.
    pub part: Part,
    /// The layer of the network's input.
    pub lane: QuantisedDense,
}

/// The largest rise of the runtime's `Offset`.
const HIGHEST: i32 = 15;

impl Offset {
    /// What it adds to units that fill a group of four: the activation of zero.
    pub(super) fn fill(&self) -> i32 {
        self.entry.map_or(0, Curve::idle) << self.rise
    }
}

/// The network's input, narrowed as for its first layer.
pub(super) struct Lanes {
    inputs: Inputs,
    format: Format,
}

impl Lanes {
    pub fn new(kept: &Samples, format: Format) -> Result<Self, String> {
        let inputs = entered(kept, (Between::Rectifier(IDENTITY), 0), format)?.inputs;
        Ok(Self { inputs, format })
    }

    /// A layer in units of the stream, its numbers on the calibration rows, and their bounds.
    pub fn read(&self, layer: &Linear) -> Result<(QuantisedDense, Samples, Vec<i64>), String> {
        let Self { inputs, format } = self;
        let steps = Outputs::Steps {
            fraction: format.fraction,
        };
        let (lane, _) = dense::quantise(layer, inputs, &steps, *format)?;
        let reach = lane.reach(inputs.range, inputs.idle, format.weights);
        fits(&reach)?;
        Ok((lane, inputs.samples.linear(layer), reach))
    }

    /// An offset, what it adds on the calibration rows, and the bound of that.
    pub fn offset(
        &self,
        layer: &Linear,
        activation: Between,
    ) -> Result<(Offset, Samples, Vec<i64>), String> {
        let (lane, sums, reach) = self.read(layer)?;
        let Entered {
            shift,
            entry,
            inputs,
        } = entered(&sums, (activation, 0), self.format)?;
        let fraction = self.format.fraction as i32;
        let rise = entry.map_or(shift, |curve| fraction - i32::from(curve.after));
        if !(0..=HIGHEST).contains(&rise) {
            return Err(format!(
                "expected an activation of the context in steps of 2^{} to 2^{}, found 2^{}",
                -fraction,
                HIGHEST - fraction,
                rise - fraction
            ));
        }
        let (low, high) = inputs.range;
        let most = i64::from(high.max(-low)) << rise;
        let offset = Offset {
            lane,
            shift: shift as u8,
            input_limit: self.format.weights.input_limits().0,
            entry,
            rise: rise as u8,
        };
        Ok((offset, inputs.samples, vec![most; reach.len()]))
    }
}
