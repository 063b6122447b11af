//! The rows of a columnar file, gathered from its batches.

use super::cells::words;
use super::row_by_row;
use super::times::texts;
use crate::table::columns::{Layout, Role};
use crate::table::draw::MAX_NUMBERS;
use crate::table::label::Labels;
use crate::table::reservoir::Reservoir;
use crate::table::{Columns, Table};
use arrow_array::{ArrayRef, RecordBatch};

/// The rows so far.
pub(super) struct Gathered<'a> {
    layout: Layout,
    /// What the columns of a batch are.
    roles: Vec<Role>,
    normal: &'a [String],
    /// How many there are, those in the reservoir and those left out included.
    count: usize,
    values: Vec<f64>,
    labels: Labels,
    times: Vec<String>,
    /// If not all rows are kept.
    reservoir: Option<Reservoir>,
}

impl<'a> Gathered<'a> {
    /// No rows.
    pub fn new(layout: Layout, columns: &'a Columns) -> Self {
        let roles = layout.roles.iter().filter(|role| **role != Role::Skip);
        Self {
            roles: roles.copied().collect(),
            layout,
            normal: &columns.normal,
            count: 0,
            values: vec![],
            labels: Labels::default(),
            times: vec![],
            reservoir: columns.draw.map(Reservoir::new),
        }
    }

    /// How many rows were added.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds the rows of a batch, whose columns are those that are not skipped.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let rows = batch.num_rows();
        if self.values.len() + rows.saturating_mul(self.roles.len()) > MAX_NUMBERS {
            return Err(format!(
                "expected at most {MAX_NUMBERS} numbers in a file, found more"
            ));
        }
        let of_role = |wanted: Role| -> Vec<&ArrayRef> {
            let columns = self.roles.iter().zip(batch.columns());
            let columns = columns.filter(|(role, _)| **role == wanted);
            columns.map(|(_, array)| array).collect()
        };
        let features = of_role(Role::Feature);
        let times: Vec<Vec<String>> = of_role(Role::Time)
            .into_iter()
            .map(|array| texts(array))
            .collect();
        for label in of_role(Role::Label)
            .into_iter()
            .flat_map(|array| words(array))
        {
            self.labels
                .push(label.as_bytes())
                .ok_or("label: expected a few kinds, found more than 1000")?;
        }
        self.values.extend(row_by_row(features.into_iter(), rows));
        for row in (0..rows).filter(|_| !times.is_empty()) {
            let parts: Vec<&str> = times.iter().map(|column| column[row].as_str()).collect();
            self.times.push(parts.join(" "));
        }
        self.count += rows;
        self.draw(false);
        Ok(())
    }

    /// Gives the rows to the reservoir, if there is one and enough of them or `all` are to be given.
    fn draw(&mut self, all: bool) {
        let Some(mut reservoir) = self.reservoir.take() else {
            return;
        };
        if all || self.values.len() >= reservoir.portion(self.layout.features().len()) {
            reservoir.add(self.take());
        }
        self.reservoir = Some(reservoir);
    }

    /// Takes the rows out, as rows of a recording; only the first rows start one.
    fn take(&mut self) -> Table {
        let values = std::mem::take(&mut self.values);
        let features = self.layout.features();
        let is_first = values.len() / features.len() == self.count;
        let holds = |role: Role| self.roles.contains(&role);
        Table {
            header: self.layout.header.clone(),
            labels: holds(Role::Label).then(|| self.labels.take(self.normal)),
            times: holds(Role::Time).then(|| std::mem::take(&mut self.times)),
            is_log: self.layout.is_log,
            recordings: if is_first { vec![0] } else { vec![] },
            ..Table::of_rows(values, features)
        }
    }

    /// The table of all rows, or of those drawn.
    pub fn finish(mut self) -> Result<Table, String> {
        if self.count == 0 {
            return Err("expected rows, found none".into());
        }
        let mut roles = self.layout.roles.iter();
        if let Some(column) = roles.position(|role| *role == Role::Label) {
            self.labels.check(&self.layout.name(column), self.normal)?;
        }
        self.draw(true);
        let table = match self.reservoir.take().and_then(Reservoir::finish) {
            Some(table) => table,
            None => self.take(),
        };
        Ok(Table {
            notes: self.layout.notes,
            ..table
        })
    }
}
