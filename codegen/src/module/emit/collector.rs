//! What a module's detector makes vectors of samples with, where that is more than a window.

use crate::model::{Missing, Model};

/// A collector in Rust.
pub(super) struct Collector {
    /// Its type.
    pub name: String,
    /// The expression that makes one.
    pub new: String,
    /// What it needs in RAM.
    pub state: &'static str,
    /// Its constants.
    pub constants: String,
}

impl Collector {
    /// The collector of a model that takes `sample`s, a type; `None` if it is a window. Of counts, none is ever missing.
    pub(super) fn of(model: &Model, sample: &str, counts: bool) -> Option<Self> {
        let missing = if counts {
            Missing::Alarm
        } else {
            model.missing
        };
        let inner = match model.baseline {
            None => Self::window(sample),
            Some(baseline) => Self::baseline(sample, baseline.shift(), baseline.samples()),
        };
        match missing {
            Missing::Alarm => model.baseline.map(|_| inner),
            Missing::Hold(limit) => Some(inner.held(limit)),
            Missing::Ignore => Some(inner.ignoring()),
        }
    }

    fn window(sample: &str) -> Self {
        Self {
            name: format!("nice_flow::Window<{sample}, CHANNELS, D>"),
            new: "nice_flow::Window::new()".into(),
            state: "",
            constants: String::new(),
        }
    }

    fn baseline(sample: &str, shift: u8, samples: u32) -> Self {
        Self {
            name: format!("nice_flow::Baseline<{sample}, CHANNELS, D>"),
            new: "nice_flow::Baseline::new(BASELINE)".into(),
            state: " and levels",
            constants: format!(
                "
/// Of each channel, a level is taken off that follows it with a time constant of {samples} samples: 2 to the power of this.
#[allow(dead_code)]
pub const BASELINE: u8 = {shift};
"
            ),
        }
    }

    fn held(self, limit: u16) -> Self {
        let held = format!(
            "
/// A channel that is missing, a NaN, keeps its last value for at most this many samples in a row; then it is an anomaly.
#[allow(dead_code)]
pub const HOLD: u16 = {limit};
"
        );
        Self {
            name: format!("nice_flow::Hold<{}, CHANNELS>", self.name),
            new: format!("nice_flow::Hold::new({}, HOLD)", self.new),
            state: match self.state {
                "" => " and last values",
                _ => ", levels and last values",
            },
            constants: held + &self.constants,
        }
    }

    fn ignoring(self) -> Self {
        Self {
            name: format!("nice_flow::Ignore<{}>", self.name),
            new: format!("nice_flow::Ignore::new({})", self.new),
            ..self
        }
    }
}
