//! What the labels of rows mean.

mod words;

use super::names::letters;
use nice_flow_codegen::text::{begun, counted, escaped};
pub(crate) use words::is_named_label;
use words::{ANOMALOUS, INVERTED, NORMAL, plain};
pub(super) use words::{NO_LABEL, is_hole, is_plain};

/// The labels of the rows, each a place in the list of those that occur.
#[derive(Debug, Default)]
pub(super) struct Labels {
    kinds: Vec<(String, usize)>,
    rows: Vec<u16>,
    /// The first cells that differ, each with the place of its kind: most rows have one of them.
    cells: Vec<(Vec<u8>, usize)>,
}

/// So many cells are known by heart.
const CELLS: usize = 8;

/// More kinds of labels are no labels.
const MOST: usize = 1000;

impl Labels {
    /// Adds the label of a row; `None` if there are too many kinds.
    pub fn push(&mut self, cell: &[u8]) -> Option<()> {
        let known = self.cells.iter().find(|(known, _)| known == cell);
        let place = known.map(|(_, place)| *place);
        let place = place.unwrap_or_else(|| self.kind(cell));
        self.kinds[place].1 += 1;
        self.rows.push(place as u16);
        (self.kinds.len() <= MOST).then_some(())
    }

    /// The place of the kind of a cell, which is added if it is new.
    fn kind(&mut self, cell: &[u8]) -> usize {
        let label = plain(&String::from_utf8_lossy(cell));
        let place = self.place(&label).unwrap_or(self.kinds.len());
        if place == self.kinds.len() {
            self.kinds.push((label, 0));
        }
        if self.cells.len() < CELLS {
            self.cells.push((cell.to_vec(), place));
        }
        place
    }

    /// Adds the labels of the rows that follow; returns whether there are not too many kinds, or else adds none.
    pub fn append(&mut self, more: &Self) -> bool {
        let is_new = |(kind, _): &&(String, usize)| self.place(kind).is_none();
        let new = more.kinds.iter().filter(is_new).count();
        if self.kinds.len() + new > MOST {
            return false;
        }
        let mut places = vec![];
        for (kind, count) in &more.kinds {
            let place = self.place(kind).unwrap_or(self.kinds.len());
            if place == self.kinds.len() {
                self.kinds.push((kind.clone(), 0));
            }
            self.kinds[place].1 += count;
            places.push(place as u16);
        }
        let rows = more.rows.iter().map(|place| places[usize::from(*place)]);
        self.rows.extend(rows);
        true
    }

    fn place(&self, kind: &str) -> Option<usize> {
        self.kinds.iter().position(|(known, _)| known == kind)
    }

    /// Whether each row is an anomaly. `normal` are the labels of normal rows; if empty, only labels whose meaning is
    /// plain are taken: 0 and 1, and words such as normal, ok, anomaly, fault. Others are asked for.
    pub fn meant(mut self, column: &str, normal: &[String]) -> Result<Vec<bool>, String> {
        self.check(column, normal)?;
        Ok(self.take(normal))
    }

    /// Takes the rows out: whether each is an anomaly, where all kinds so far have a meaning.
    pub fn take(&mut self, normal: &[String]) -> Vec<bool> {
        let meanings = self.meanings(&plain_all(normal));
        let rows = std::mem::take(&mut self.rows).into_iter();
        rows.map(|place| meanings[usize::from(place)].unwrap_or(false))
            .collect()
    }

    /// Whether each kind means an anomaly; `None` for those whose meaning is not plain.
    fn meanings(&self, normal: &[String]) -> Vec<Option<bool>> {
        let is_anomaly = |(kind, _): &(String, usize)| match normal.is_empty() {
            false => Some(!normal.contains(kind)),
            true if NORMAL.contains(&kind.as_str()) => Some(false),
            true if ANOMALOUS.contains(&kind.as_str()) => Some(true),
            true => None,
        };
        self.kinds.iter().map(is_anomaly).collect()
    }

    /// An error unless all kinds of labels have a meaning.
    pub fn check(&self, column: &str, normal: &[String]) -> Result<(), String> {
        let normal = plain_all(normal);
        if let Some(absent) = normal
            .iter()
            .find(|label| self.kinds.iter().all(|(kind, _)| kind != *label))
        {
            return Err(format!(
                "--normal {}: no row is labelled so (column {column}: {})",
                escaped(absent),
                self.list()
            ));
        }
        if normal.is_empty() && INVERTED.contains(&letters(column).as_str()) {
            return Err(format!(
                "column {column}: expected to be told which rows are normal, since its name says the opposite of most labels \
                 (found {}); --normal VALUE says which",
                self.list()
            ));
        }
        let holes = self.kinds.iter().find(|(kind, _)| is_hole(kind.as_bytes()));
        if let Some((_, count)) = holes.filter(|_| normal.is_empty()) {
            let rows = counted(*count, "row");
            return Err(format!("column {column}: {NO_LABEL} (so in {rows})"));
        }
        match self.meanings(&normal).iter().all(Option::is_some) {
            true => Ok(()),
            false => Err(format!(
                "column {column}: expected labels such as 0 (normal) and 1 (anomaly), found {}; --normal VALUE says which are normal",
                self.list()
            )),
        }
    }

    /// The labels with how many rows have each.
    fn list(&self) -> String {
        let shown = self
            .kinds
            .iter()
            .take(8)
            .map(|(kind, count)| match kind.as_str() {
                "" => format!("an empty cell in {}", counted(*count, "row")),
                kind => format!(
                    "{} in {}",
                    escaped(&begun(kind, 40)),
                    counted(*count, "row")
                ),
            });
        let more = if self.kinds.len() > 8 { ", …" } else { "" };
        shown.collect::<Vec<_>>().join(", ") + more
    }
}

fn plain_all(labels: &[String]) -> Vec<String> {
    labels.iter().map(|label| plain(label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(labels: &[&str], normal: &[&str]) -> Result<Vec<bool>, String> {
        let mut read = Labels::default();
        for label in labels {
            read.push(label.as_bytes()).unwrap();
        }
        let normal: Vec<String> = normal.iter().map(ToString::to_string).collect();
        read.meant("y", &normal)
    }

    #[test]
    fn plain_labels_are_read() {
        for labels in [
            ["0", "1"],
            ["0.0", "1.0"],
            ["normal", "Anomaly"],
            ["OK", "fault"],
            ["False", "True"],
            [" 0 ", "1e0"],
        ] {
            assert_eq!(meant(&labels, &[]), Ok(vec![false, true]), "{labels:?}");
        }
    }

    #[test]
    fn labels_that_may_mean_either_are_asked_for_with_their_numbers() {
        let error = meant(&["-1", "1", "1"], &[]).unwrap_err();
        assert!(
            error.contains("found -1 in 1 row, 1 in 2 rows; --normal VALUE"),
            "{error}"
        );
        assert_eq!(meant(&["-1", "1"], &["1"]), Ok(vec![true, false]));
        assert_eq!(meant(&["-1", "1"], &["-1.0"]), Ok(vec![false, true]));
        assert_eq!(
            meant(&["idle", "run", "crash"], &["Idle", "run"]),
            Ok(vec![false, false, true])
        );
        let error = meant(&["0", ""], &[]).unwrap_err();
        assert!(
            error.ends_with("leave the row out (so in 1 row)"),
            "{error}"
        );
        assert_eq!(meant(&["0", "", "2"], &["0"]), Ok(vec![false, true, true]));
    }

    #[test]
    fn a_column_that_says_what_is_normal_is_asked_about() {
        let mut read = Labels::default();
        read.push(b"1").unwrap();
        let error = read.meant("Is_Normal", &[]).unwrap_err();
        assert!(error.contains("--normal VALUE says which"), "{error}");
    }

    #[test]
    fn a_normal_label_that_no_row_has_is_an_error() {
        let error = meant(&["a", "b"], &["c"]).unwrap_err();
        assert!(
            error.starts_with("--normal c: no row is labelled so (column y: a in 1 row"),
            "{error}"
        );
    }
}
