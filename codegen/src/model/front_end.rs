//! What is computed of raw samples before a model sees them.

mod check;
mod decibels;
mod names;

use serde::{Deserialize, Serialize};

/// A front end of `nice_flow::front`, with what its counts mean: declared once, when a model is made, and read from the model
/// ever after.
///
/// Its outputs are integers, Q16; the inputs of the model are these divided by 65536. For levels of bands that is the
/// logarithm to base 2 of a square of counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontEnd {
    /// What is computed.
    pub kind: Kind,
    /// Which bits come out of the same samples: [`VERSION`].
    pub version: u32,
    /// Samples a second.
    pub rate: f64,
    /// Samples of a window.
    pub window: u32,
    /// Samples from the start of a window to that of the next.
    pub hop: u32,
    /// Of bands, how often the spectrum is halved: 3 levels are eight bands, 4 sixteen. Of statistics, 0.
    pub levels: u32,
    /// Of bands, how many octaves there are below the lowest. Of statistics, 0.
    pub octaves: u32,
    /// The names of the channels of a sample.
    pub channels: Vec<String>,
    /// What a count of each channel is, in the unit of the recordings.
    pub unit: Vec<f64>,
    /// Whether the energies of bands are summed over the channels.
    pub sum: bool,
    /// Whether the mean of each channel is an input beside its bands.
    pub mean: bool,
}

/// What a front end computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How loud each band of frequencies is: `nice_flow::front::Bands`.
    Bands,
    /// Mean, deviation, peak to peak, crossings and slope: `nice_flow::front::Statistics`.
    Statistics,
}

/// The version of the front ends' bits.
pub const VERSION: u32 = 1;

/// The most octaves below the lowest band.
pub const MOST_OCTAVES: u32 = 8;

/// How many parts of a window a hop may be.
pub const HOPS: [u32; 4] = [1, 2, 4, 8];

/// Statistics of a channel.
const STATISTICS: [&str; 5] = ["mean", "deviation", "peak-to-peak", "crossings", "slope"];

impl FrontEnd {
    /// Bands of a channel, octaves aside; 0 of statistics.
    pub fn bands(&self) -> u32 {
        match self.kind {
            Kind::Bands => 1 << self.levels,
            Kind::Statistics => 0,
        }
    }

    /// Hops of a window.
    pub fn hops(&self) -> u32 {
        self.window / self.hop.max(1)
    }

    /// What the samples of a hop must be a multiple of.
    pub fn step(&self) -> u32 {
        match self.kind {
            Kind::Bands => 16.max(self.bands() << self.octaves),
            Kind::Statistics => 1,
        }
    }

    /// Seconds until the first verdict.
    pub fn seconds(&self) -> f64 {
        f64::from(self.window) / self.rate
    }

    /// The names of the outputs, with their frequencies: `x 62-125 Hz`.
    pub fn features(&self) -> Vec<String> {
        names::features(self)
    }

    /// The type in Rust, of `CHANNELS` channels and `D` outputs.
    pub fn type_name(&self) -> String {
        match (self.kind, self.levels, self.hops()) {
            (Kind::Statistics, ..) => "nice_flow::front::Statistics<CHANNELS, D>".into(),
            (Kind::Bands, 3, 1) => {
                format!("nice_flow::front::Bands<CHANNELS, {}, D>", self.octaves)
            }
            (Kind::Bands, levels, hops) => {
                let tree = if levels == 3 { "Eight" } else { "Sixteen" };
                let hops = if hops == 1 {
                    String::new()
                } else {
                    format!(", {hops}")
                };
                format!(
                    "nice_flow::front::Bands<CHANNELS, {}, D, nice_flow::front::{tree}{hops}>",
                    self.octaves
                )
            }
        }
    }

    /// The expression in Rust that makes one.
    pub fn expression(&self) -> String {
        let name = match self.kind {
            Kind::Bands => "Bands",
            Kind::Statistics => "Statistics",
        };
        format!("nice_flow::front::{name}::new({})", self.window)
    }
}

#[cfg(test)]
mod tests;
