//! The hour of a column of times, as two features that have no jump at midnight.

use super::Table;
use super::instant::{Instant, Order};
use nice_flow_codegen::{Error, Result};
use std::f64::consts::TAU;

/// The hour of a column of times: `sin` and `cos` of `2π hour / 24`, features named `time:hour:sin` and `time:hour:cos` for
/// the column `time`.
///
/// Of stamps with a zone it is the hour in UTC, of others the hour that they name. Large numbers count seconds, milliseconds,
/// microseconds or nanoseconds since 1970 in UTC, by their size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The column of times.
    pub column: String,
}

impl Hours {
    /// What a user asks for with `time:hour`; `None` for any other text.
    pub fn asked(text: &str) -> Option<Self> {
        text.strip_suffix(":hour").map(Self::column)
    }

    /// The hour among the features of a model.
    pub fn among(features: &[String]) -> Option<Self> {
        let column = |name: &String| Some(Self::column(name.strip_suffix(":hour:sin")?));
        let hours = features.iter().find_map(column)?;
        let is_whole = hours.features().iter().all(|name| features.contains(name));
        is_whole.then_some(hours)
    }

    fn column(name: &str) -> Self {
        Self {
            column: name.into(),
        }
    }

    /// The names of the two features.
    pub fn features(&self) -> [String; 2] {
        ["sin", "cos"].map(|part| format!("{}:hour:{part}", self.column))
    }

    /// Adds the two features behind the others, missing where the time is; the table must have kept its times.
    pub fn add(&self, table: &mut Table) -> Result<()> {
        let wrong = |message: String| Error::input(format!("column {}", self.column), message);
        let times = table.times.as_deref().ok_or_else(|| {
            wrong("expected times such as 2026-05-01 06:30:00, found none".into())
        })?;
        let mut values = Vec::with_capacity(table.rows * (table.columns + 2));
        for (row, text) in times.iter().enumerate() {
            values.extend_from_slice(table.row(row));
            if text.trim().is_empty() {
                values.extend([f64::NAN; 2]);
                continue;
            }
            let seconds = seconds(text).ok_or_else(|| {
                wrong(format!(
                    "row {} (the first is 0): expected {TIME_OF_DAY}, found {text:?}",
                    table.number(row)
                ))
            })?;
            let angle = TAU * seconds / DAY;
            values.extend([libm::sin(angle), libm::cos(angle)]);
        }
        table.values = values;
        table.columns += 2;
        table.features.extend(self.features());
        Ok(())
    }
}

/// What a text with an hour looks like, in words.
pub(super) const TIME_OF_DAY: &str = "a time of day such as 2026-05-01 06:30:00 or 06:30";

/// Whether a text says an hour, or nothing: then it is missing.
pub(super) fn has_hour(text: &str) -> bool {
    text.trim().is_empty() || seconds(text).is_some()
}

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The seconds since midnight; `None` for a text without a clock.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(number) = text.trim().parse() {
        return since_1970(number).map(|seconds| seconds.rem_euclid(DAY));
    }
    let instant = Instant::parse(text, Order::DayFirst)
        .or_else(|| Instant::parse(text, Order::MonthFirst))?;
    match instant {
        Instant::Whole(seconds) | Instant::Clock(seconds) => Some(seconds.rem_euclid(DAY)),
        Instant::Day(_) => None,
    }
}

/// The seconds of a number that counts from 1970, in the unit in which it lies between the years 1973 and 2286; `None` for
/// numbers that do so in no unit.
fn since_1970(number: f64) -> Option<f64> {
    let units = [1.0, 1e3, 1e6, 1e9].into_iter();
    units
        .map(|unit| number / unit)
        .find(|seconds| (1e8..1e10).contains(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(times: &[&str]) -> Table {
        let mut table = Table::of_rows(vec![7.0; times.len()], vec!["a".into()]);
        table.times = Some(times.iter().map(ToString::to_string).collect());
        table
    }

    #[test]
    fn hours_go_round_without_a_jump_at_midnight() {
        let hours = Hours::asked("time:hour").unwrap();
        let mut table = table(&[
            "2026-05-01 06:00:00",
            "18:00",
            "2026-05-01T23:59:59Z",
            "00:00:01",
        ]);
        table.rows += 1;
        table.values.push(7.0);
        table.times.as_mut().unwrap().push(String::new());
        hours.add(&mut table).unwrap();
        assert!(table.row(4)[1].is_nan() && table.row(4)[2].is_nan());
        assert_eq!(table.features, ["a", "time:hour:sin", "time:hour:cos"]);
        let near = |row: usize, sin: f64, cos: f64| {
            let found = table.row(row);
            found[0] == 7.0 && (found[1] - sin).abs() < 1e-3 && (found[2] - cos).abs() < 1e-3
        };
        assert!(near(0, 1.0, 0.0) && near(1, -1.0, 0.0) && near(2, 0.0, 1.0) && near(3, 0.0, 1.0));
        assert_eq!(Hours::among(&table.features), Some(hours));
        assert_eq!(Hours::among(&table.features[..2]), None);
    }

    #[test]
    fn numbers_since_1970_have_an_hour_in_each_unit() {
        // 2031-03-04 15:06:00 in UTC.
        for text in [
            "1930403160",
            "1930403160000",
            "1930403160000000",
            "1930403160000000000",
        ] {
            let found = seconds(text).unwrap();
            assert!((found - 54_360.0).abs() < 1e-3, "{text}: {found}");
        }
        assert_eq!(seconds("1930403160.25"), Some(54_360.25));
        for text in ["0", "86400", "-1930403160", "1e30", "nan", "inf"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_alone_and_a_small_number_have_no_hour() {
        let hours = Hours::asked("time:hour").unwrap();
        for text in ["2026-05-01", "12.5", "noon"] {
            let error = hours
                .add(&mut table(&["06:00", text]))
                .unwrap_err()
                .to_string();
            assert!(error.contains("row 1") && error.contains(text), "{error}");
        }
        assert_eq!(Hours::asked("speed"), None);
    }
}
