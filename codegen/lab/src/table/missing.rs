//! Missing cells as a model's detector takes them: held, or their rows left out.

use super::Table;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Result};

/// The last value of each channel, and for how many rows it has been held.
#[derive(Clone, Debug, Default)]
pub struct Held(Vec<(f64, u16)>);

impl Table {
    /// Does with missing cells, NaN, what a model's detector does; each recording begins anew.
    ///
    /// A channel that is held has its last value. A row that is ignored is left out, and its number is in
    /// [`ignored`](Self::ignored). It is an error if all rows are.
    pub fn mend(&mut self, missing: Missing) -> Result<()> {
        self.mend_after(missing, &mut Held::default());
        if self.rows == 0 && !self.ignored.is_empty() {
            let message = format!(
                "expected a row with a number in every column, found none in {}: the model ignores rows with a missing cell",
                counted(self.ignored.len(), "row")
            );
            return Err(Error::input("rows", message));
        }
        Ok(())
    }

    /// The same for a piece of a recording, where `held` is what the pieces before it left; a piece that starts none has no
    /// [`recordings`](Self::recordings). It is no error if all of its rows are ignored.
    pub fn mend_after(&mut self, missing: Missing, held: &mut Held) {
        match missing {
            Missing::Alarm => (),
            Missing::Hold(limit) => self.hold(limit, held),
            Missing::Ignore => self.ignore(),
        }
    }

    /// The number of each row among all that were read, from 0: those that are ignored count too.
    pub fn numbers(&self) -> Vec<usize> {
        let all = 0..self.rows + self.ignored.len();
        let places = all.filter(|row| !self.is_ignored(*row));
        places.map(|place| self.number(place)).collect()
    }

    /// Whether the row at this place, with those that were left out, was left out.
    pub fn is_ignored(&self, place: usize) -> bool {
        self.ignored.binary_search(&place).is_ok()
    }

    /// As `nice_flow::Hold` does in `push`.
    fn hold(&mut self, limit: u16, Held(channels): &mut Held) {
        channels.resize(self.columns, (f64::NAN, 0));
        let rows = self.values.chunks_exact_mut(self.columns.max(1));
        for (place, row) in rows.enumerate() {
            if self.recordings.contains(&place) {
                channels.fill((f64::NAN, 0));
            }
            for (x, (last, held)) in row.iter_mut().zip(channels.iter_mut()) {
                if !x.is_nan() {
                    (*last, *held) = (*x, 0);
                } else if *held < limit {
                    *held += 1;
                    *x = *last;
                }
            }
        }
    }

    fn ignore(&mut self) {
        let is_broken = |row: usize| self.row(row).iter().any(|x| x.is_nan());
        let ignored: Vec<usize> = (0..self.rows).filter(|row| is_broken(*row)).collect();
        if ignored.is_empty() {
            return;
        }
        self.keep_rows(|row| ignored.binary_search(&row).is_err());
        self.ignored = ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::{Collect, Hold, Ignore, Window};

    /// Two channels of two recordings, with gaps of one to seven samples; the second channel is late.
    fn table() -> Table {
        let row = |i: usize| {
            let first = if i % 23 < i / 23 { f64::NAN } else { i as f64 };
            let second = match i {
                0..4 | 100..103 => f64::NAN,
                _ if i % 31 == 30 => f64::INFINITY,
                _ if i % 17 == 16 => f64::NAN,
                _ => -(i as f64),
            };
            [first, second]
        };
        let values = (0..160).flat_map(row).collect();
        Table {
            recordings: vec![0, 100],
            labels: Some((0..160).map(|i| i % 5 == 0).collect()),
            times: Some((0..160).map(|i| format!("t{i}")).collect()),
            ..Table::of_rows(values, vec!["a".into(), "b".into()])
        }
    }

    fn mended(missing: Missing) -> Table {
        let mut table = table();
        table.mend(missing).unwrap();
        table
    }

    /// The rows one by one through a collector, as on a board.
    fn on_a_board(mut collector: impl Collect<2, 2, Raw = f32, Value = f32>) -> Vec<f64> {
        let mut collected = vec![];
        for (place, row) in table().iter().enumerate() {
            if place == 100 {
                collector.clear();
            }
            let vector = collector.push([row[0] as f32, row[1] as f32]);
            collected.extend(vector.iter().flat_map(|x| [x[0], x[1]]).map(f64::from));
        }
        collected
    }

    /// Equal, with NaN at the same places.
    fn assert_equal(host: &[f64], board: &[f64]) {
        assert_eq!(format!("{host:?}"), format!("{board:?}"));
    }

    #[test]
    fn the_host_holds_what_a_board_holds() {
        for limit in [1, 2, 5, 10] {
            let board = on_a_board(Hold::new(Window::<f32, 2, 2>::new(), limit));
            let host = mended(Missing::Hold(limit));
            assert_equal(&host.values, &board);
            assert_eq!(host.rows, 160);
        }
        let broken = |table: &Table| table.values.iter().filter(|x| x.is_nan()).count();
        let [none, few, more] = [Missing::Alarm, Missing::Hold(1), Missing::Hold(5)].map(mended);
        assert!(broken(&none) > broken(&few) && broken(&few) > broken(&more));
        // Before the first number of either recording there is nothing to hold.
        assert_eq!(broken(&mended(Missing::Hold(100))), 7);
    }

    #[test]
    fn the_host_ignores_what_a_board_ignores() {
        let host = mended(Missing::Ignore);
        let board = on_a_board(Ignore::new(Window::<f32, 2, 2>::new()));
        assert_equal(&host.values, &board);
        assert!(host.values.contains(&f64::INFINITY));
    }

    #[test]
    fn what_is_known_of_a_row_stays_with_it() {
        let (before, after) = (table(), mended(Missing::Ignore));
        assert_eq!(after.rows + after.ignored.len(), before.rows);
        let numbers = after.numbers();
        assert_eq!(numbers.len(), after.rows);
        let (labels, times) = (
            after.labels.as_ref().unwrap(),
            after.times.as_ref().unwrap(),
        );
        for (place, number) in numbers.iter().enumerate() {
            assert_eq!(after.row(place), before.row(*number));
            assert_eq!(labels[place], number % 5 == 0);
            assert_eq!(times[place], format!("t{number}"));
        }
        assert_eq!(after.recordings[0], 0);
        // The second recording begins with three rows that are ignored.
        assert_eq!(numbers[after.recordings[1]], 103);
    }

    #[test]
    fn rows_that_are_all_ignored_are_an_error() {
        let mut table = Table::of_rows(
            vec![f64::NAN, 1.0, 2.0, f64::NAN],
            vec!["a".into(), "b".into()],
        );
        let error = table.mend(Missing::Ignore).unwrap_err().to_string();
        assert!(error.contains("found none in 2 rows"), "{error}");
    }
}
