//! A moving baseline, which is taken off the channels before a model sees them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An exponentially weighted mean of each channel, with a time constant of `2^shift` samples: [`nice_flow::Baseline`],
/// written as `EWMA:256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Baseline {
    shift: u8,
}

/// The largest shift of the runtime.
const MOST: u8 = 15;

impl Baseline {
    /// The logarithm to base 2 of the time constant.
    pub fn shift(&self) -> u8 {
        self.shift
    }

    /// The time constant, in samples.
    pub fn samples(&self) -> u32 {
        1 << self.shift
    }

    /// What to tell the user who asked for a time constant that is no power of two; `None` if it is one.
    pub fn note(&self, asked: &str) -> Option<String> {
        (self.to_string() != asked).then(|| {
            format!("baseline: {self} in place of {asked}: a time constant is a power of two, so that a board only shifts")
        })
    }
}

impl FromStr for Baseline {
    type Err = String;

    /// Reads `EWMA:200`; the time constant is the nearest power of two, here 256.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let samples = text.strip_prefix("EWMA:").and_then(|n| n.parse().ok());
        let samples = samples.filter(|n: &u32| (2..=1 << MOST).contains(n));
        let samples = samples.ok_or_else(|| {
            format!("expected EWMA:N, a time constant of N samples from 2 to 32768, such as EWMA:256, found {text}")
        })?;
        let shift = libm::round(libm::log2(f64::from(samples))) as u8;
        Ok(Self { shift })
    }
}

impl TryFrom<String> for Baseline {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        text.parse()
    }
}

impl From<Baseline> for String {
    fn from(baseline: Baseline) -> Self {
        baseline.to_string()
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "EWMA:{}", self.samples())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_constant_is_the_nearest_power_of_two() {
        for (text, nearest) in [
            ("EWMA:200", "EWMA:256"),
            ("EWMA:180", "EWMA:128"),
            ("EWMA:2", "EWMA:2"),
            ("EWMA:32768", "EWMA:32768"),
        ] {
            let baseline: Baseline = text.parse().unwrap();
            assert_eq!(baseline.to_string(), nearest);
            assert_eq!(baseline.note(text).is_some(), text != nearest);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for text in ["EWMA:1", "EWMA:40000", "EWMA:", "200", "EWMA:-4", ""] {
            let error = text.parse::<Baseline>().unwrap_err();
            assert!(error.ends_with(&format!("found {text}")), "{error}");
        }
    }
}
