//! A uniform sample of rows, drawn while they are read.
//!
//! Each row has a key that looks random, of its number and a seed; the sample is the rows with the least keys. So it is the same
//! however the rows come in, on any number of threads, and needs memory for its own rows only. Normal rows and labelled anomalies
//! are drawn apart: anomalies are few, and all of them may be needed.

use super::draw::Draw;
use super::{Sample, Table};

/// The rows that may be in the sample.
pub(super) struct Reservoir {
    draw: Draw,
    /// The rows so far; those that are not drawn are taken out from time to time.
    table: Option<Table>,
    /// Keys above these are not drawn: of normal rows, and of anomalies.
    limits: [u64; 2],
}

impl Reservoir {
    pub fn new(draw: Draw) -> Self {
        Self {
            draw,
            table: None,
            limits: [u64::MAX; 2],
        }
    }

    /// So many values are worth being added at a time.
    pub fn portion(&self, columns: usize) -> usize {
        columns * self.draw.most_of(columns).div_ceil(64)
    }

    /// Adds the rows that come next.
    pub fn add(&mut self, mut more: Table) {
        let before = self.table.as_ref().map_or(0, Table::read);
        self.retain(&mut more, before);
        match &mut self.table {
            Some(table) => table.append(&more),
            none => *none = Some(more),
        }
        let Some(mut table) = self.table.take() else {
            return;
        };
        if table.rows > self.draw.most_of(table.columns) / 8 * 9 {
            self.thin(&mut table);
        }
        self.table = Some(table);
    }

    /// The sample; all rows if there are no more than are drawn. `None` if none were added.
    pub fn finish(mut self) -> Option<Table> {
        let mut table = self.table.take()?;
        if table.rows > self.draw.most_of(table.columns) {
            self.thin(&mut table);
        }
        if table.read() == table.rows {
            table.sample = None;
        }
        table.values.shrink_to_fit();
        Some(table)
    }

    /// Lowers the limits so that no more rows are within them than are drawn, and takes the others out.
    fn thin(&mut self, table: &mut Table) {
        let most = self.draw.most_of(table.columns);
        for kind in 0..2 {
            let places = (0..table.rows).filter(|place| kind_of(table, *place) == kind);
            let mut keys: Vec<u64> = places
                .map(|place| self.draw.key(table.number(place)))
                .collect();
            if keys.len() > most {
                let (_, first, _) = keys.select_nth_unstable(most);
                self.limits[kind] = *first;
            }
        }
        self.retain(table, 0);
    }

    /// Takes rows out whose keys are not below the limits; `before` rows were read before.
    fn retain(&self, table: &mut Table, before: usize) {
        if self.limits == [u64::MAX; 2] {
            return;
        }
        let is_drawn = |place: usize| {
            let key = self.draw.key(before + table.number(place));
            key < self.limits[kind_of(table, place)]
        };
        let drawn: Vec<bool> = (0..table.rows).map(is_drawn).collect();
        let numbers = (0..table.rows).filter(|place| drawn[*place]);
        let sample = Sample {
            numbers: numbers.map(|place| table.number(place)).collect(),
            of: table.read(),
            starts: table.starts(),
            is_drawn: true,
        };
        table.keep_rows(|place| drawn[place]);
        table.sample = Some(sample);
    }
}

/// 1 for a labelled anomaly, 0 for any other row.
fn kind_of(table: &Table, place: usize) -> usize {
    let labels = table.labels.as_ref();
    labels.map_or(0, |labels| usize::from(labels[place]))
}

/// The table, if it has more rows than are drawn, with those drawn only.
pub(super) fn drawn(table: Table, draw: Option<Draw>) -> Table {
    let Some(draw) = draw else {
        return table;
    };
    let mut reservoir = Reservoir::new(draw);
    reservoir.add(table);
    reservoir.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(numbers: impl Iterator<Item = usize>) -> Table {
        Table::of_rows(numbers.map(|n| n as f64).collect(), vec!["n".into()])
    }

    #[test]
    fn every_row_is_as_likely_as_any_other() {
        let (count, most, seeds) = (40, 10, 4000);
        let mut drawn = vec![0; count];
        for seed in 0..seeds {
            let table = super::drawn(rows(0..count), Some(Draw::new(most, seed)));
            assert_eq!(table.rows, most);
            table.values.iter().for_each(|n| drawn[*n as usize] += 1);
        }
        // A binomial of mean 1000 and deviation 27.
        assert!(drawn.iter().all(|n| (860..1140).contains(n)), "{drawn:?}");
    }

    #[test]
    fn files_are_drawn_from_together() {
        let draw = Draw::new(100, 3);
        let whole = super::drawn(rows(0..5000), Some(draw));
        let mut first = super::drawn(rows(0..4950), Some(draw));
        let before = Draw {
            before: 4950,
            ..draw
        };
        first.append(&super::drawn(rows(4950..5000), Some(before)));
        let both = super::drawn(first, Some(draw));
        assert_eq!(both.values, whole.values);
        let sample = both.sample.unwrap();
        assert_eq!((sample.of, sample.starts), (5000, vec![0, 4950]));
        assert_eq!(both.recordings.len(), 2);
    }

    #[test]
    fn the_last_part_of_a_sample_is_drawn_from_the_last_part_of_the_rows() {
        // Anomalies, of which all are drawn, are at the end.
        let mut table = rows(0..10_000);
        table.labels = Some((0..10_000).map(|n| n >= 9_900).collect());
        let (first, last) = super::drawn(table, Some(Draw::new(1000, 5))).parted(0.25);
        assert!(first.values.iter().all(|n| *n < 7500.0));
        assert!(last.values.iter().all(|n| *n >= 7500.0));
        assert_eq!((first.rows + last.rows, last.read()), (1100, 10_000));
        // Of 1000 normal rows about 242, with a deviation of 13.
        assert!((290..400).contains(&last.rows), "{}", last.rows);
        assert_eq!(last.numbers()[0] as f64, last.values[0]);
    }
}
