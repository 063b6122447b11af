//! Parts of tables: recordings, some of the rows, some of the features.

use super::Table;

impl Table {
    /// The table in two: of each recording the first part, and the last, which has a share `last` of its rows.
    pub fn parted(&self, last: f64) -> (Self, Self) {
        let ends = self.recordings.iter().skip(1).copied().chain([self.rows]);
        let mut parts = (self.of(&[]), self.of(&[]));
        for (start, end) in self.recordings.iter().copied().zip(ends) {
            let middle = end - ((end - start) as f64 * last).round() as usize;
            parts
                .0
                .append(&self.of(&(start..middle).collect::<Vec<_>>()));
            parts.1.append(&self.of(&(middle..end).collect::<Vec<_>>()));
        }
        parts
    }

    /// Some of the rows, as one recording.
    fn of(&self, rows: &[usize]) -> Self {
        let pick = |labels: &Vec<bool>| rows.iter().map(|row| labels[*row]).collect();
        let times = |times: &Vec<String>| rows.iter().map(|row| times[*row].clone()).collect();
        Self {
            rows: rows.len(),
            values: rows
                .iter()
                .flat_map(|row| self.row(*row))
                .copied()
                .collect(),
            labels: self.labels.as_ref().map(pick),
            times: self.times.as_ref().map(times),
            recordings: if rows.is_empty() { vec![] } else { vec![0] },
            ignored: vec![],
            header: self.header.clone(),
            columns: self.columns,
            features: self.features.clone(),
            notes: vec![],
        }
    }

    /// Adds the rows of another table with the same features, as a recording of its own.
    pub(super) fn append(&mut self, more: &Self) {
        let starts = more.recordings.iter().map(|start| start + self.rows);
        self.recordings.extend(starts.collect::<Vec<_>>());
        self.rows += more.rows;
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

    /// Leaves out the features that have one value in all rows; their names with that value.
    pub fn drop_constant(&mut self) -> Vec<String> {
        let first = self.values.get(..self.columns).unwrap_or_default().to_vec();
        let is_constant = |i: usize| self.iter().all(|row| row[i] == first[i]);
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
