//! Debouncing: how many of the last verdicts must be anomalous for an alarm.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Alarm while at least `needed` of the last `of` verdicts are anomalous: [`nice_flow::Debounce`], written as `3/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Debounce {
    needed: u32,
    of: u32,
}

impl Debounce {
    /// How many of the last verdicts must be anomalous.
    pub fn needed(&self) -> u32 {
        self.needed
    }

    /// How many of the last verdicts are looked at.
    pub fn of(&self) -> u32 {
        self.of
    }

    /// For each verdict of the stream, whether there is an alarm after it.
    pub fn alarms(&self, verdicts: &[bool]) -> Vec<bool> {
        let mut debounce = nice_flow::Debounce::new(self.needed, self.of);
        let alarms = verdicts.iter().map(|anomalous| debounce.push(*anomalous));
        alarms.collect()
    }

    /// The largest possible share of verdicts with an alarm, however the rows depend on each other:
    /// `rate · of / needed`, where `rate` is the share of anomalous verdicts.
    pub fn largest_rate(&self, rate: f64) -> f64 {
        (rate * f64::from(self.of) / f64::from(self.needed)).min(1.0)
    }

    /// The runtime's value as a Rust expression.
    pub fn expression(&self) -> String {
        format!("nice_flow::Debounce::new({}, {})", self.needed, self.of)
    }
}

impl FromStr for Debounce {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((needed, of)) if 1 <= needed && needed <= of && of <= u32::BITS => {
                Ok(Self { needed, of })
            }
            _ => Err(format!(
                "expected K/N with K from 1 to N and N up to 32, such as 3/5, found {text}"
            )),
        }
    }
}

impl TryFrom<String> for Debounce {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Debounce> for String {
    fn from(debounce: Debounce) -> Self {
        debounce.to_string()
    }
}

impl fmt::Display for Debounce {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.needed, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_and_the_rest_reads_back() {
        for text in ["0/5", "6/5", "1/33", "3", "a/5", "3/5/7", "-1/2", ""] {
            let error = text.parse::<Debounce>().unwrap_err();
            assert!(error.ends_with(&format!("found {text}")), "{error}");
        }
        for text in ["1/1", "3/5", "32/32"] {
            assert_eq!(text.parse::<Debounce>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_largest_rate_is_reached_by_rows_that_are_odd_together() {
        // 3 rows in a row are flagged in every 100: a rate of 0.03. With 3/5 at most 0.05 of the rows are in alarm;
        // here it is 0.03.
        let debounce: Debounce = "3/5".parse().unwrap();
        let verdicts: Vec<bool> = (0..1000).map(|row| row % 100 < 3).collect();
        let alarms = debounce.alarms(&verdicts);
        let share = alarms.iter().filter(|alarm| **alarm).count() as f64 / 1000.0;
        assert_eq!(share, 0.03);
        assert!(share <= debounce.largest_rate(0.03));
    }

    /// Three flagged rows in every five, for as long as there are any: an alarm in all of these rows but the first two.
    #[test]
    fn no_lower_rate_would_be_a_bound() {
        let debounce: Debounce = "3/5".parse().unwrap();
        let verdicts: Vec<bool> = (0..10_000).map(|row| row < 5_000 && row % 5 < 3).collect();
        let share =
            |rows: &[bool]| rows.iter().filter(|row| **row).count() as f64 / rows.len() as f64;
        let alarms = share(&debounce.alarms(&verdicts));
        let largest = debounce.largest_rate(share(&verdicts));
        assert_eq!((alarms, largest), (0.499_8, 0.5));
    }

    #[test]
    fn the_largest_rate_is_the_rate_times_the_verdicts_over_those_needed() {
        for (rule, rate, expected) in [
            ("3/5", 0.375, 0.625),
            ("1/8", 0.015_625, 0.125),
            ("4/4", 0.25, 0.25),
            // No more than all rows: 0.5 · 32 is 16.
            ("1/32", 0.5, 1.0),
        ] {
            let debounce: Debounce = rule.parse().unwrap();
            assert_eq!(debounce.largest_rate(rate), expected, "{rule}");
        }
    }
}
