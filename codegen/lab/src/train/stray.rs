//! Values far from all others: spikes, and numbers that stand for a missing reading.

use crate::judge::quartiles::median_and_spread;

/// Values farther from the median than this many spreads are looked at.
const FAR: f64 = 30.0;

/// A gap makes values strays, not the end of a long tail: the nearest is this many times as far as the farthest other.
const GAP: f64 = 2.0;

/// A larger share of far values is a state of the machine, and no mistake.
const MOST: f64 = 0.1;

/// One value that comes back this often among the far ones stands for something, such as a missing reading.
const OFTEN: usize = 3;

/// More rows are not listed.
const MOST_NAMED: usize = 5;

/// Notes the columns with values far from all others. `places` are the numbers of the rows in their file, from 0.
pub(super) fn notes(rows: &[&[f64]], places: &[usize], names: &[String]) -> Vec<String> {
    let columns = names.iter().enumerate();
    let note = |(i, name): (usize, &String)| note(name, rows, places, i);
    columns.filter_map(note).collect()
}

fn note(name: &str, rows: &[&[f64]], places: &[usize], column: usize) -> Option<String> {
    let values = || rows.iter().map(|row| row[column]);
    let (median, spread) = median_and_spread(values())?;
    let distance = |value: f64| (value - median).abs();
    let is_far = |value: f64| distance(value) > FAR * spread;
    let far: Vec<usize> = (0..rows.len())
        .filter(|row| is_far(rows[*row][column]))
        .collect();
    let others = values().filter(|value| !is_far(*value)).map(distance);
    let farthest = others.fold(0.0, f64::max);
    let nearest = far.iter().map(|row| distance(rows[*row][column]));
    let nearest = nearest.fold(f64::INFINITY, f64::min);
    if far.is_empty() || far.len() as f64 > MOST * rows.len() as f64 || nearest < GAP * farthest {
        return None;
    }
    let first = rows[far[0]][column];
    let repeats = far
        .iter()
        .filter(|row| rows[**row][column] == first)
        .count();
    Some(if repeats >= OFTEN {
        format!(
            "column {name} has {first} in {repeats} rows, far from all others: if it stands for a missing reading, leave these cells empty"
        )
    } else {
        let named = far.iter().take(MOST_NAMED);
        let named = named.map(|row| format!("{} in row {}", rows[*row][column], places[*row]));
        let more = if far.len() > MOST_NAMED { ", …" } else { "" };
        format!(
            "column {name} has {}{more}, far from all others: they widen its scale; leave such rows out, or train with --robust-scales",
            named.collect::<Vec<_>>().join(", ")
        )
    })
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
        let places: Vec<usize> = (0..400).map(|row| row + 1000).collect();
        notes(&rows, &places, &["flow".into()])
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
