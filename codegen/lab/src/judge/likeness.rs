//! Whether new rows are like the normal rows that a model keeps, column by column.

use super::quartiles::{mean_and_deviation, median_and_spread};
use nice_flow_codegen::text::signed;
use std::fmt;

/// How a column has changed since the normal rows that a model keeps.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Change {
    /// The name of the column.
    pub feature: String,
    /// Its median then; of a column of two values, the mean.
    pub before: f64,
    /// The same now.
    pub now: f64,
    /// `(now − before) / spread before`: how many spreads the median has moved.
    pub shift: f64,
    /// The spread now over the spread before.
    pub ratio: f64,
}

/// Fewer rows say little about a median.
pub const FEWEST: usize = 20;

/// What the normal rows that a model keeps say of its columns, for comparison with others.
///
/// A spread is `(Q3 − Q1) / 1.349`, the standard deviation of a normal column with these quartiles, so that single far
/// values count little; where half the values are equal, it is the standard deviation itself. Columns of two values are
/// judged by mean and standard deviation.
#[derive(Clone, Debug)]
pub struct Kept {
    rows: usize,
    /// Name, middle and spread of each column that has a spread.
    columns: Vec<(usize, String, f64, f64)>,
}

impl Kept {
    /// Of rows with these features. Columns that are constant have no spread and are left out, as are those without a finite value.
    pub fn of(features: &[String], rows: &[f64]) -> Self {
        let columns = features.iter().enumerate().filter_map(|(i, feature)| {
            let (middle, spread) = middle_and_spread(column(rows, i, features.len()))?;
            (spread > 0.0).then(|| (i, feature.clone(), middle, spread))
        });
        Self {
            rows: rows.len() / features.len().max(1),
            columns: columns.collect(),
        }
    }

    /// The changes since then in rows of `dim` columns, the largest first; none if there are too few rows on one side to tell.
    /// `progress` is told of no row behind each column.
    pub fn changes(&self, now: &[f64], dim: usize, progress: &dyn Fn(usize)) -> Vec<Change> {
        if self.rows.min(now.len() / dim.max(1)) < FEWEST {
            return vec![];
        }
        let columns = self.columns.iter();
        let mut changes: Vec<Change> = columns
            .filter_map(|(i, feature, before, spread)| {
                progress(0);
                let (now, spread_now) = middle_and_spread(column(now, *i, dim))?;
                Some(Change {
                    feature: feature.clone(),
                    before: *before,
                    now,
                    shift: (now - before) / spread,
                    ratio: spread_now / spread,
                })
            })
            .collect();
        changes.sort_by(|a, b| b.size().total_cmp(&a.size()));
        changes
    }
}

/// The changes of all columns, the largest first; none if there are too few rows on one side to tell.
pub fn changes(features: &[String], before: &[f64], now: &[f64]) -> Vec<Change> {
    Kept::of(features, before).changes(now, features.len(), &|_| ())
}

/// The values of a column.
fn column(rows: &[f64], place: usize, dim: usize) -> impl Iterator<Item = f64> + Clone + '_ {
    rows.iter().skip(place).step_by(dim.max(1)).copied()
}

/// The middle of a column and its spread.
fn middle_and_spread(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    match has_two_values(values.clone().filter(|value| value.is_finite())) {
        // The median of a switch is one of two values, and says little.
        true => Some(mean_and_deviation(values)),
        false => median_and_spread(values),
    }
}

/// Whether there are values, and no more than two kinds of them.
fn has_two_values(mut values: impl Iterator<Item = f64>) -> bool {
    let mut kinds = vec![];
    let few = values.all(|value| {
        if !kinds.contains(&value) {
            kinds.push(value);
        }
        kinds.len() <= 2
    });
    few && !kinds.is_empty()
}

impl Change {
    /// The number of spreads that the median moved, or by how much the spread grew or shrank, whichever is more.
    pub fn size(&self) -> f64 {
        let ratio = self.ratio.max(1.0 / self.ratio) - 1.0;
        self.shift.abs().max(ratio)
    }

    /// Whether the median moved by a spread or more, or the spread is at least twice or at most half of what it was.
    pub fn is_large(&self) -> bool {
        self.size() >= 1.0
    }
}

/// Whether of rows without labels at least three are flagged, and three times as many as the rate promises.
pub fn is_alarming(flagged: usize, rows: usize, false_alarm_rate: f64) -> bool {
    flagged >= 3 && flagged as f64 >= 3.0 * false_alarm_rate * rows as f64
}

/// More columns are not named.
const MOST_NAMED: usize = 3;

/// What `changes` say, the largest first, in one sentence: up to three that are large; if alarms are far more frequent than
/// promised, the three largest, however small they are. `None` if nothing is worth saying.
pub fn sentence(changes: &[Change], alarming: bool) -> Option<String> {
    let large = changes
        .iter()
        .take_while(|change| change.is_large())
        .count();
    let (what, shown) = match (large, alarming) {
        (0, false) => return None,
        (0, true) => (
            "far more rows are flagged than promised, and no column alone has moved by its own spread or doubled or halved it",
            changes.len(),
        ),
        (large, false) => (
            "these rows are not like the normal rows that the model keeps",
            large,
        ),
        (large, true) => (
            "far more rows are flagged than promised: these rows are not like the normal rows that the model keeps",
            large,
        ),
    };
    let named: Vec<String> = changes
        .iter()
        .take(shown.min(MOST_NAMED))
        .map(Change::to_string)
        .collect();
    Some(match named.is_empty() {
        true => what.into(),
        false => format!("{what}; {}", named.join("; ")),
    })
}

impl fmt::Display for Change {
    /// `temp: median 68.4, was 20.1 (+40.2 spreads)` or `temp: spread 3.10 times as wide`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: ", self.feature)?;
        if self.shift.abs() >= 1.0 || self.size() < 1.0 {
            write!(
                f,
                "median {}, was {} ({} spreads)",
                short(self.now),
                short(self.before),
                signed(self.shift, 1)
            )?;
        } else {
            write!(f, "median as before")?;
        }
        match self.ratio {
            0.0 => write!(f, ", now constant"),
            ratio if ratio >= 2.0 => write!(f, ", {ratio:.1} times as wide"),
            ratio if ratio <= 0.5 => write!(f, ", {ratio:.2} times as wide"),
            _ => Ok(()),
        }
    }
}

/// Four significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    // A zero has no sign.
    (rounded + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["temp", "flow", "door"].map(String::from).into()
    }

    /// Rows of three columns: 20 ± 2, 10 ± 1, and a constant.
    fn rows(temp: impl Fn(f64) -> f64) -> Vec<f64> {
        let row = |i: u32| {
            let phase = f64::from(i) * 0.7;
            [temp(20.0 + 2.0 * phase.sin()), 10.0 + phase.cos(), 1.0]
        };
        (0..200).flat_map(row).collect()
    }

    #[test]
    fn rows_like_before_have_no_large_change() {
        let changes = changes(&names(), &rows(|x| x), &rows(|x| x + 0.1));
        assert_eq!(changes.len(), 2);
        assert!(changes.iter().all(|change| !change.is_large()));
    }

    #[test]
    fn a_column_in_another_unit_comes_first_and_says_by_how_much() {
        let fahrenheit = |celsius: f64| celsius * 1.8 + 32.0;
        let changes = changes(&names(), &rows(|x| x), &rows(fahrenheit));
        assert_eq!(changes[0].feature, "temp");
        assert!(changes[0].is_large() && changes[0].shift > 20.0);
        assert!((changes[0].ratio - 1.8).abs() < 1e-9);
        let text = changes[0].to_string();
        assert!(
            text.starts_with("temp: median 68") && text.contains("was 20"),
            "{text}"
        );
    }

    #[test]
    fn a_sensor_that_stands_still_is_a_large_change() {
        let changes = changes(&names(), &rows(|x| x), &rows(|_| 20.0));
        assert!(changes[0].is_large());
        assert!(
            changes[0].to_string().ends_with("now constant"),
            "{}",
            changes[0]
        );
    }

    #[test]
    fn a_sentence_names_what_is_large_and_says_nothing_of_the_rest() {
        let same = changes(&names(), &rows(|x| x), &rows(|x| x));
        assert_eq!(sentence(&same, false), None);
        let text = sentence(&same, true).unwrap();
        assert!(text.contains("no column alone has moved"), "{text}");
        let moved = changes(&names(), &rows(|x| x), &rows(|x| x + 50.0));
        let text = sentence(&moved, false).unwrap();
        assert!(
            text.contains("temp: median") && !text.contains("flow"),
            "{text}"
        );
    }

    #[test]
    fn few_rows_say_nothing() {
        assert!(changes(&names(), &rows(|x| x), &rows(|x| x + 99.0)[..3 * 19]).is_empty());
    }

    #[test]
    fn the_spread_of_a_column_that_is_mostly_one_value_is_its_deviation() {
        let rare = |i: u32| f64::from(u8::from(i.is_multiple_of(20)));
        let before: Vec<f64> = (0..200).map(rare).collect();
        let now: Vec<f64> = (0..200).map(|i| 5.0 * rare(i)).collect();
        let changes = changes(&["pump".into()], &before, &now);
        assert!((changes[0].ratio - 5.0).abs() < 1e-9, "{changes:?}");
    }

    #[test]
    fn a_switch_that_is_on_a_little_more_often_has_not_changed() {
        let on = |share: u32| (0..200).map(move |i| f64::from(u8::from(i % 100 < share)));
        let (before, now): (Vec<f64>, Vec<f64>) = (on(49).collect(), on(51).collect());
        assert!(!changes(&["valve".into()], &before, &now)[0].is_large());
        assert!(changes(&["valve".into()], &before, &on(100).collect::<Vec<_>>())[0].is_large());
    }
}
