//! What a missing cell means.

use crate::text::escaped;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a model makes of a row with a missing cell, a NaN: written as `alarm`, `hold:10` or `ignore`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Missing {
    /// The row is anomalous.
    #[default]
    Alarm,
    /// The channel keeps its last value, for at most so many samples in a row: [`nice_flow::Hold`].
    Hold(u16),
    /// The row is left out, and has no verdict: [`nice_flow::Ignore`].
    Ignore,
}

/// How long a channel is held if nothing is said.
const USUAL: u16 = 10;

impl Missing {
    /// Whether it is the default.
    pub fn is_alarm(&self) -> bool {
        *self == Self::Alarm
    }
}

impl FromStr for Missing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let samples = text.strip_prefix("hold:").and_then(|n| n.parse().ok());
        match (text, samples) {
            ("alarm", _) => Ok(Self::Alarm),
            ("hold", _) => Ok(Self::Hold(USUAL)),
            ("ignore", _) => Ok(Self::Ignore),
            (_, Some(samples @ 1..)) => Ok(Self::Hold(samples)),
            _ => Err(format!(
                "expected alarm, hold, hold:N for at most N samples from 1 to 65535, or ignore, found {}",
                escaped(text)
            )),
        }
    }
}

impl TryFrom<String> for Missing {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Missing> for String {
    fn from(missing: Missing) -> Self {
        missing.to_string()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Alarm => f.write_str("alarm"),
            Self::Hold(samples) => write!(f, "hold:{samples}"),
            Self::Ignore => f.write_str("ignore"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_reads_back() {
        for (text, written) in [
            ("alarm", "alarm"),
            ("hold", "hold:10"),
            ("hold:1", "hold:1"),
            ("hold:65535", "hold:65535"),
            ("ignore", "ignore"),
        ] {
            let missing: Missing = text.parse().unwrap();
            assert_eq!(missing.to_string(), written);
            assert_eq!(written.parse(), Ok(missing));
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for text in [
            "hold:0",
            "hold:65536",
            "hold:",
            "hold:-1",
            "Hold",
            "skip",
            "",
        ] {
            let error = text.parse::<Missing>().unwrap_err();
            assert!(error.ends_with(&format!("found {text}")), "{error}");
        }
    }
}
