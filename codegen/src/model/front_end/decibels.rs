//! How much louder a band is, in the unit of those who measure vibration and sound.

use super::{FrontEnd, Kind};

/// What a doubling of energy is in decibels: `10 log₁₀ 2`.
const OCTAVE: f64 = 10.0 * std::f64::consts::LOG10_2;

impl FrontEnd {
    /// Whether an output is the level of a band, a logarithm to base 2 of energy; means and statistics are none.
    pub fn is_level(&self, output: usize) -> bool {
        let groups = if self.sum { 1 } else { self.channels.len() };
        let levels = groups * (self.bands() + self.octaves) as usize;
        self.kind == Kind::Bands && output < levels
    }

    /// How much louder the band of an output is at one value than at another, in dB; `None` if the output is no level.
    ///
    /// ```
    /// # use nice_flow_codegen::model::front_end::{FrontEnd, Kind, VERSION};
    /// let front = FrontEnd {
    ///     kind: Kind::Bands, version: VERSION, rate: 1000.0, window: 1024, hop: 1024, levels: 3, octaves: 0,
    ///     channels: vec!["x".into()], unit: vec![1.0], sum: false, mean: true,
    /// };
    /// let louder = front.decibels(4, 13.0, 10.0).expect("a level");
    /// assert!((louder - 9.03).abs() < 0.01); // eight times the energy
    /// assert_eq!(front.decibels(8, 13.0, 10.0), None); // the mean
    /// ```
    pub fn decibels(&self, output: usize, value: f64, usual: f64) -> Option<f64> {
        self.is_level(output).then_some(OCTAVE * (value - usual))
    }
}
