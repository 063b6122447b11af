//! A length of time, as a user writes it.

use std::fmt;
use std::str::FromStr;

/// A length of time: `1s`, `250ms`, or a number of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Length {
    Seconds(f64),
    Samples(u32),
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let seconds = |text: &str, many: f64| {
            let number = text.trim().parse::<f64>().ok();
            number
                .filter(|x| *x > 0.0 && x.is_finite())
                .map(|x| Self::Seconds(x / many))
        };
        let found = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(number), _) => seconds(number, 1000.0),
            (None, Some(number)) => seconds(number, 1.0),
            (None, None) => text.parse().ok().filter(|x| *x > 0).map(Self::Samples),
        };
        found.ok_or_else(|| {
            "expected a time such as 1s or 250ms, or a number of samples such as 1024".into()
        })
    }
}

impl Length {
    /// In samples, at least 1.
    pub(super) fn samples(self, rate: f64) -> u32 {
        match self {
            Self::Seconds(seconds) => {
                (seconds * rate).round().clamp(1.0, f64::from(u32::MAX)) as u32
            }
            Self::Samples(samples) => samples,
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
            Self::Samples(samples) => write!(f, "{samples}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_back() {
        for text in ["1s", "0.25s", "1024"] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
        assert_eq!("250ms".parse(), Ok(Length::Seconds(0.25)));
        for text in ["", "0", "-1s", "s", "1h", "nans", "infs"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }
}
