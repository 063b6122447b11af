//! Parts of tables: recordings, some of the rows, some of the features.

use super::{Sample, Table};
use std::ops::Range;

/// The rows of each recording: it goes from its start to the next, the last to the end.
pub fn spans(starts: &[usize], rows: usize) -> impl Iterator<Item = Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain([rows]);
    starts.iter().zip(ends).map(|(start, end)| *start..end)
}

impl Table {
    /// The table in two: of each recording the first part, and the last, which has a share `last` of its rows. Of a sample, the
    /// last part has the rows drawn from the last part of the recording. Rows keep the numbers that they were read with.
    pub fn parted(&self, last: f64) -> (Self, Self) {
        let mut parts = (self.of(0..0), self.of(0..0));
        let whole = spans(&self.starts(), self.read()).collect::<Vec<_>>();
        for (Range { start, end }, whole) in spans(&self.recordings, self.rows).zip(whole) {
            let number = whole.end - ((whole.end - whole.start) as f64 * last).round() as usize;
            let places = (start..end).collect::<Vec<_>>();
            let middle = start + places.partition_point(|place| self.number(*place) < number);
            parts.0.push(&self.of(start..middle), 0);
            parts.1.push(&self.of(middle..end), 0);
        }
        parts
    }

    /// The table in two by whole recordings, those of one name together: the last ones, with about a share `last` of the rows, are
    /// the second part. Of one recording only, the last part.
    pub fn parted_by_name(&self, last: f64) -> (Self, Self) {
        let all = spans(&self.recordings, self.rows).zip(&self.names);
        let starts = all.scan(None, |before, (rows, name)| {
            Some((before.replace(name) != Some(name)).then_some(rows.start))
        });
        let wanted = self.rows as f64 * (1.0 - last);
        let off = |start: &usize| (*start as f64 - wanted).abs();
        let starts = starts.flatten().filter(|start| *start > 0);
        let Some(middle) = starts.min_by(|a, b| off(a).total_cmp(&off(b))) else {
            return self.parted(last);
        };
        let mut parts = (self.of(0..0), self.of(0..0));
        for (Range { start, end }, name) in spans(&self.recordings, self.rows).zip(&self.names) {
            let part = if start < middle {
                &mut parts.0
            } else {
                &mut parts.1
            };
            let mut more = self.of(start..end);
            more.names = vec![name.clone()];
            part.push(&more, 0);
        }
        parts
    }

    /// Some of the rows, as one recording.
    fn of(&self, rows: Range<usize>) -> Self {
        let numbers = rows.start * self.columns..rows.end * self.columns;
        let labels = self.labels.as_ref();
        let times = self.times.as_ref();
        Self {
            rows: rows.len(),
            values: self.values[numbers].to_vec(),
            labels: labels.map(|labels| labels[rows.clone()].to_vec()),
            times: times.map(|times| times[rows.clone()].to_vec()),
            is_log: self.is_log,
            recordings: if rows.is_empty() { vec![] } else { vec![0] },
            names: vec![],
            ignored: vec![],
            sample: Some(Sample {
                numbers: rows.clone().map(|row| self.number(row)).collect(),
                of: self.read(),
                starts: rows.take(1).map(|row| self.number(row)).collect(),
                is_drawn: self.sample.as_ref().is_some_and(|sample| sample.is_drawn),
            }),
            files: self.files.clone(),
            header: self.header.clone(),
            columns: self.columns,
            features: self.features.clone(),
            notes: vec![],
        }
    }

    /// Adds the rows of another table with the same features, as a recording of its own.
    pub fn append(&mut self, more: &Self) {
        self.push(more, self.read());
    }

    /// The same, where `before` rows were read before those of which `more` may be a sample.
    fn push(&mut self, more: &Self, before: usize) {
        self.extend_sample(more, before);
        let starts = more.recordings.iter().map(|start| start + self.rows);
        self.recordings.extend(starts.collect::<Vec<_>>());
        self.names.extend(more.names.iter().cloned());
        self.rows += more.rows;
        self.is_log &= more.is_log;
        self.values.extend_from_slice(&more.values);
        if let (Some(labels), Some(more)) = (&mut self.labels, &more.labels) {
            labels.extend_from_slice(more);
        }
        if let (Some(times), Some(more)) = (&mut self.times, &more.times) {
            times.extend_from_slice(more);
        }
    }

    /// The starts of the recordings among the rows that are not labelled as anomalies.
    pub fn normal_recordings(&self) -> Vec<usize> {
        let labels = self.labels.as_deref().unwrap_or_default();
        let before = |start: usize| labels.iter().take(start).filter(|label| **label).count();
        self.recordings
            .iter()
            .map(|start| start - before(*start))
            .collect()
    }

    /// Leaves out the features that have one value in all rows, empty cells aside, and returns their names.
    pub fn drop_constant(&mut self) -> Vec<String> {
        let is_constant = |i: usize| {
            let mut values = self
                .iter()
                .map(|row| row[i])
                .filter(|value| !value.is_nan());
            let first = values.next();
            values.all(|value| Some(value) == first)
        };
        let constant: Vec<bool> = (0..self.columns).map(is_constant).collect();
        let cells = self.values.iter().zip(constant.iter().cycle());
        self.values = cells
            .filter(|(_, constant)| !**constant)
            .map(|(x, _)| *x)
            .collect();
        let features = std::mem::take(&mut self.features).into_iter().zip(constant);
        let (dropped, kept): (Vec<_>, Vec<_>) = features.partition(|(_, constant)| *constant);
        self.features = kept.into_iter().map(|(name, _)| name).collect();
        self.columns = self.features.len();
        dropped.into_iter().map(|(name, _)| name).collect()
    }
}
