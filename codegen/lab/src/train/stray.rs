//! Values far from all others: spikes, and numbers that stand for a missing reading.

use super::data::FEWEST;
use crate::judge::quartiles::median_and_spread;

/// Values farther from the median than this many spreads are looked at.
const FAR: f64 = 30.0;

/// A gap makes values strays, not the end of a long tail: the nearest is this many times as far as the farthest other.
const GAP: f64 = 2.0;

/// A larger share of far values is a state of the machine, and no mistake.
const MOST: f64 = 0.1;

/// One value that comes back this often among the far ones stands for something, such as a missing reading.
const OFTEN: usize = 3;

/// More rows than this share, and than one, are not left out: single values are mistakes, and more may be a rare state.
const SINGLE: f64 = 0.02;

/// More rows are not listed.
const MOST_NAMED: usize = 5;

/// The values of one column that are far from all others.
pub(super) struct Stray<'a> {
    /// The name of the column.
    name: &'a str,
    /// The places of the rows, in rising order, and the values there.
    values: Vec<(usize, f64)>,
}

/// The columns with values far from all others.
pub(super) fn strays<'a>(rows: &[&[f64]], names: &'a [String]) -> Vec<Stray<'a>> {
    let columns = names.iter().enumerate();
    let stray = |(i, name): (usize, &'a String)| Stray::new(name, rows, i);
    columns.filter_map(stray).collect()
}

/// The places, in rising order, of the rows with single far values, which scales by quartiles do not see and training need not
/// see; none if there are too many, or if so few others would be left that no flow can be trained.
pub(super) fn single(strays: &[Stray], rows: usize) -> Vec<usize> {
    let spikes = strays.iter().filter(|stray| stray.repeats() < OFTEN);
    let mut places: Vec<usize> = spikes
        .flat_map(|stray| stray.values.iter().map(|(place, _)| *place))
        .collect();
    places.sort_unstable();
    places.dedup();
    let most = (SINGLE * rows as f64).max(1.0);
    let are_few = places.len() as f64 <= most && rows - places.len() >= FEWEST;
    if are_few { places } else { vec![] }
}

/// What is done about far values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// They widen the scales of their columns.
    None,
    /// Scales are by quartiles, and nothing is learnt from the rows.
    LeftOut,
    /// Scales are by quartiles, but the rows are learnt from.
    Learnt,
    /// A level follows them, and is taken off.
    Level,
}

impl<'a> Stray<'a> {
    fn new(name: &'a str, rows: &[&[f64]], column: usize) -> Option<Self> {
        let values = || rows.iter().map(|row| row[column]);
        let (median, spread) = median_and_spread(values())?;
        let distance = |value: f64| (value - median).abs();
        let is_far = |value: f64| distance(value) > FAR * spread;
        let far: Vec<(usize, f64)> = values()
            .enumerate()
            .filter(|(_, value)| is_far(*value))
            .collect();
        let others = values().filter(|value| !is_far(*value)).map(distance);
        let farthest = others.fold(0.0, f64::max);
        let nearest = far.iter().map(|(_, value)| distance(*value));
        let nearest = nearest.fold(f64::INFINITY, f64::min);
        let is_part = far.len() as f64 > MOST * rows.len() as f64 || nearest < GAP * farthest;
        (!far.is_empty() && !is_part).then_some(Self { name, values: far })
    }

    /// How many of the rows have the first of the values.
    fn repeats(&self) -> usize {
        let same = |(_, value): &&(usize, f64)| *value == self.values[0].1;
        self.values.iter().filter(same).count()
    }

    /// What the user is told; `row` has words for the row at a place.
    pub fn note(&self, row: &dyn Fn(usize) -> String, remedy: Remedy) -> String {
        let (name, repeats) = (self.name, self.repeats());
        if repeats >= OFTEN {
            let first = self.values[0].1;
            return format!(
                "column {name} has {first} in {repeats} rows, far from all others: if it stands for a missing reading, leave these cells empty"
            );
        }
        let named = self.values.iter().take(MOST_NAMED);
        let named = named.map(|(place, value)| format!("{value} in {}", row(*place)));
        let named = Vec::from_iter(named).join(", ");
        let more = match self.values.len() > MOST_NAMED {
            true => ", …",
            false => "",
        };
        let advice = match remedy {
            Remedy::None => {
                "they widen its scale; leave such rows out, or train with --robust-scales"
            }
            Remedy::LeftOut => "nothing is learnt from such rows, as scales are robust",
            Remedy::Learnt => {
                "they are learnt from; leave such rows out, or train with --trim auto"
            }
            Remedy::Level => {
                "they move its level, and so the rows behind them; leave such rows out, or label them, as the level stands still during anomalies"
            }
        };
        format!("column {name} has {named}{more}, far from all others: {advice}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The notes on one column of 400 values around 10, some of them replaced.
    fn notes_on(replaced: &[(usize, f64)]) -> Vec<String> {
        let mut values: Vec<f64> = (0..400).map(|n| 10.0 + f64::from(n).sin()).collect();
        for (row, value) in replaced {
            values[*row] = *value;
        }
        let rows: Vec<&[f64]> = values.chunks(1).collect();
        let row = |place: usize| format!("row {}", place + 1000);
        let names = ["flow".into()];
        let strays = strays(&rows, &names);
        let notes = strays.iter().map(|stray| stray.note(&row, Remedy::None));
        notes.collect()
    }

    #[test]
    fn spikes_are_named_with_their_rows_in_the_file() {
        let notes = notes_on(&[(10, 1e6), (11, -1e6)]);
        let start =
            "column flow has 1000000 in row 1010, -1000000 in row 1011, far from all others";
        assert!(notes[0].starts_with(start), "{notes:?}");
    }

    #[test]
    fn a_far_value_that_comes_back_is_taken_for_a_missing_reading() {
        let sixteen: Vec<(usize, f64)> = (0..16).map(|i| (i * 20, -200.0)).collect();
        let notes = notes_on(&sixteen);
        assert!(
            notes[0].starts_with("column flow has -200 in 16 rows"),
            "{notes:?}"
        );
    }

    #[test]
    fn long_tails_and_second_states_are_no_strays() {
        assert!(notes_on(&[]).is_empty());
        // A tail without a gap.
        let tail: Vec<(usize, f64)> = (0..20).map(|i| (i, 10.0 + 1.5f64.powi(i as i32))).collect();
        assert!(notes_on(&tail).is_empty());
        // A machine that is off for a quarter of the time.
        let off: Vec<(usize, f64)> = (0..100).map(|i| (i, -500.0)).collect();
        assert!(notes_on(&off).is_empty());
    }
}
