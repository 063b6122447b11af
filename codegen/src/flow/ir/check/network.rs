//! Checks that the widths of a network's layers match.

use super::super::{Activation, Linear, Network, Stage, Steer};
use super::values::{finite, length, shape};
use crate::{Error, Result};

impl Network {
    /// An error unless the network maps `inputs` numbers to `outputs` numbers.
    pub(super) fn check(&self, place: &str, inputs: usize, outputs: usize) -> Result<()> {
        let mut width = inputs;
        for (index, stage) in self.0.iter().enumerate() {
            width = stage.check(&format!("{place}.{index}"), width)?;
        }
        if width == outputs {
            return Ok(());
        }
        let message = format!("expected {outputs} outputs, found {width}");
        Err(Error::input(place, message))
    }
}

impl Stage {
    /// The number of outputs; an error unless the stage takes `width` inputs.
    fn check(&self, place: &str, width: usize) -> Result<usize> {
        match self {
            Self::Linear(layer) => layer.check(place, width),
            Self::Activation(activation) => activation.check(place).map(|()| width),
            Self::Scale { factor, shift } => {
                for (name, values) in [("factor", factor), ("shift", shift)] {
                    let at = format!("{place}.{name}");
                    length(&at, width, values.len())?;
                    finite(&at, values.as_slice())?;
                }
                Ok(width)
            }
            Self::Normalise { eps } => {
                finite(&format!("{place}.eps"), &[*eps])?;
                if *eps >= 0.0 {
                    return Ok(width);
                }
                let message = format!("expected at least 0, found {eps}");
                Err(Error::input(format!("{place}.eps"), message))
            }
            Self::Skip(network) => {
                network.check(&format!("{place}.skip"), width, width)?;
                Ok(width)
            }
            Self::Steer(steer) => steer.check(place, width),
        }
    }
}

impl Steer {
    fn check(&self, place: &str, width: usize) -> Result<usize> {
        self.activation.check(place)?;
        let lanes = self.width.checked_mul(self.lanes());
        if self.width == 0 || lanes != Some(width) {
            let message = format!(
                "expected {} lanes of {} numbers, found {width} numbers",
                self.lanes(),
                self.width
            );
            return Err(Error::input(place, message));
        }
        for (n, branch) in self.branches.iter().enumerate() {
            for (layer, name) in branch.iter().zip(["first", "second"]) {
                let at = format!("{place}.branches.{n}.{name}");
                let outputs = layer.check(&at, self.width)?;
                length(&at, self.width, outputs)?;
            }
        }
        Ok(self.width)
    }
}

impl Linear {
    fn check(&self, place: &str, inputs: usize) -> Result<usize> {
        let outputs = self.weight.nrows();
        let at = format!("{place}.weight");
        if outputs == 0 {
            return Err(Error::input(at, "expected at least one output, found 0"));
        }
        shape(&at, (outputs, inputs), self.weight.shape())?;
        finite(&at, self.weight.as_slice())?;
        length(&format!("{place}.bias"), outputs, self.bias.len())?;
        finite(&format!("{place}.bias"), self.bias.as_slice())?;
        Ok(outputs)
    }
}

impl Activation {
    fn check(self, place: &str) -> Result<()> {
        match self {
            Self::LeakyRelu { slope } => finite(&format!("{place}.slope"), &[slope]),
            Self::Elu { alpha } => finite(&format!("{place}.alpha"), &[alpha]),
            Self::Hardtanh { min, max } => {
                finite(&format!("{place}.min"), &[min])?;
                finite(&format!("{place}.max"), &[max])?;
                if min <= max {
                    return Ok(());
                }
                let message =
                    format!("expected a minimum up to the maximum, found {min} and {max}");
                Err(Error::input(place, message))
            }
            Self::Relu | Self::Tanh | Self::Sigmoid | Self::Silu | Self::Softplus => Ok(()),
            Self::Gelu | Self::GeluTanh | Self::Mish | Self::Selu => Ok(()),
            Self::Hardswish | Self::Softsign | Self::Atan => Ok(()),
        }
    }
}
