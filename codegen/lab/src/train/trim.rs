//! What training does with rows that may be anomalies, though no label says so.

use std::fmt;
use std::str::FromStr;

/// Which of the least likely rows are not learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trim {
    /// This share of each batch, at most a half.
    Share(f64),
    /// The rows that a first training finds too unlikely, as many as there are, and then 5 % of each batch.
    Auto,
}

/// A first training finds anomalies that are far from the other rows; some are left for the second.
const AFTERWARDS: f64 = 0.05;

impl Trim {
    /// The share of the least likely rows of a batch that is left out of the loss.
    pub fn share(self) -> f64 {
        match self {
            Self::Share(share) => share,
            Self::Auto => AFTERWARDS,
        }
    }
}

impl Default for Trim {
    fn default() -> Self {
        Self::Share(0.0)
    }
}

impl FromStr for Trim {
    type Err = String;

    /// Reads `auto` or a share such as `0.05`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            number => number.parse().map(Self::Share).map_err(|_| {
                format!("expected a share from 0 to 0.5, such as 0.05, or auto, found {text:?}")
            }),
        }
    }
}

impl fmt::Display for Trim {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{share}"),
            Self::Auto => write!(f, "auto"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_and_auto_read_back() {
        for text in ["0", "0.05", "auto"] {
            assert_eq!(text.parse::<Trim>().unwrap().to_string(), text);
        }
        let error = "all".parse::<Trim>().unwrap_err();
        assert!(error.ends_with("or auto, found \"all\""), "{error}");
    }
}
