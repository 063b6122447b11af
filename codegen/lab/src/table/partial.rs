//! Tables that hold a sample of the rows that were read.

use super::Table;
use super::draw::Draw;
use nice_flow_codegen::text::agreeing;

/// Which rows a table holds, where they are a sample of those that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The numbers of the rows among all that were read, from 0, in rising order.
    pub numbers: Vec<usize>,
    /// How many rows were read.
    pub of: usize,
    /// The number of the first row of each recording.
    pub starts: Vec<usize>,
    /// Whether they were drawn at random; otherwise they are a part.
    pub is_drawn: bool,
}

impl Table {
    /// How many rows were read, of which the table holds these.
    pub fn read(&self) -> usize {
        self.sample.as_ref().map_or(self.rows, |sample| sample.of)
    }

    /// The number of a row among all that were read.
    pub(super) fn number(&self, place: usize) -> usize {
        let sample = self.sample.as_ref();
        sample.map_or(place, |sample| sample.numbers[place])
    }

    /// A row, by its number among all that were read, in words: `row 1010` or, of several files, `row 10 of b.csv`.
    pub fn row_in_words(&self, number: usize) -> String {
        let next = self.files.partition_point(|(start, _)| *start <= number);
        match self.files[..next].last() {
            None => format!("row {number}"),
            Some((start, file)) => format!("row {} of {}", number - start, file.display()),
        }
    }

    /// The numbers of the first rows of the recordings among all that were read.
    pub(super) fn starts(&self) -> Vec<usize> {
        let sample = self.sample.as_ref();
        sample.map_or_else(|| self.recordings.clone(), |sample| sample.starts.clone())
    }

    /// Adds to the sample the numbers of further rows, `before` rows behind its start; nothing if neither is a sample.
    pub(super) fn extend_sample(&mut self, more: &Self, before: usize) {
        if self.sample.is_none() && more.sample.is_none() {
            return;
        }
        let sample = self.sample.get_or_insert_with(|| Sample {
            numbers: (0..self.rows).collect(),
            of: self.rows,
            starts: self.recordings.clone(),
            is_drawn: false,
        });
        sample.is_drawn |= more.sample.as_ref().is_some_and(|more| more.is_drawn);
        let numbers = (0..more.rows).map(|place| before + more.number(place));
        sample.numbers.extend(numbers);
        sample.of = before + more.read();
        let starts = more.starts();
        sample
            .starts
            .extend(starts.iter().map(|start| before + start));
    }

    /// Takes rows out of the table; its recordings start at the first of theirs that is left.
    pub(super) fn keep_rows(&mut self, is_kept: impl Fn(usize) -> bool) {
        let width = self.columns.max(1);
        let mut before = vec![0; self.rows + 1];
        for row in 0..self.rows {
            before[row + 1] = before[row] + usize::from(is_kept(row));
        }
        let mut end = 0;
        for row in (0..self.rows).filter(|row| is_kept(*row)) {
            self.values.copy_within(row * width..(row + 1) * width, end);
            end += width;
        }
        self.values.truncate(end);
        if let Some(labels) = &mut self.labels {
            keep(labels, &is_kept);
        }
        if let Some(times) = &mut self.times {
            keep(times, &is_kept);
        }
        for start in &mut self.recordings {
            *start = before[*start];
        }
        self.rows = before[self.rows];
    }

    /// What the user is told of a sample; `None` if all rows are there.
    pub(super) fn note_of_sample(&self, draw: Draw) -> Option<String> {
        let sample = self.sample.as_ref()?;
        let anomalies = self.anomalies();
        let normal = self.rows - anomalies;
        let (seed, most) = (draw.seed, draw.most_of(self.columns));
        // Of a kind with fewer rows than may be kept, all are.
        let drawn = match (normal < most, anomalies < most) {
            (false, true) if anomalies == 0 => {
                format!("{normal} are drawn at random (--seed {seed}), each as likely as any other")
            }
            (false, true) => format!(
                "{} and {normal} of the others, drawn at random (--seed {seed}), each as likely as any other, are kept",
                agreeing(
                    anomalies,
                    "the only anomaly",
                    &format!("all {anomalies} anomalies")
                )
            ),
            (true, _) => format!(
                "all {normal} normal ones and {anomalies} anomalies, drawn at random (--seed {seed}), each as likely as any other, are kept"
            ),
            (false, false) => format!(
                "{normal} normal ones and {anomalies} anomalies are drawn at random (--seed {seed}), each as likely as any other of its kind"
            ),
        };
        Some(format!(
            "of {} rows, {drawn}: what is learnt, held out and calibrated, and what is said of rows and columns, rests on these",
            sample.of
        ))
    }
}

/// Drops the values at other places.
fn keep<T>(values: &mut Vec<T>, is_kept: impl Fn(usize) -> bool) {
    let mut places = 0..;
    values.retain(|_| places.next().is_some_and(&is_kept));
}
