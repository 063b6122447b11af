//! How the records of a text become rows.

use super::cell::Notation;
use super::columns::{Columns, Layout, Role};
use super::dialect::is_comment;
use super::hours::has_hour;
use super::label::is_hole;
use super::problem::Problem;
use super::sample::Plan;
use csv::ByteRecord;

/// What holds for all records of a text.
pub(super) struct Form {
    pub layout: Layout,
    pub notation: Notation,
    /// Whether the texts of the times are kept.
    pub keep_times: bool,
    /// Whether each time must say the hour of the day.
    pub hours: bool,
    /// Whether each feature must be a count.
    pub counts: bool,
    /// Whether each row must have a label.
    pub all_labelled: bool,
    /// The header and the lines of units.
    before: Vec<ByteRecord>,
}

impl Form {
    /// `before`: the records that are no rows.
    pub fn new(plan: Plan, before: &[ByteRecord], columns: &Columns) -> Self {
        Self {
            layout: plan.layout,
            notation: plan.notation,
            keep_times: columns.keep_times,
            hours: columns.hours,
            counts: columns.counts,
            all_labelled: columns.normal.is_empty(),
            before: before.to_vec(),
        }
    }

    /// The number of features.
    pub fn width(&self) -> usize {
        let features = self.layout.roles.iter();
        features.filter(|role| **role == Role::Feature).count()
    }

    /// Whether a record with this first cell may be blank, a comment, or among those that are no rows.
    pub fn may_be_no_row(&self, first: &[u8]) -> bool {
        let trimmed = first.trim_ascii();
        let starts_so =
            |record: &ByteRecord| record.get(0).unwrap_or_default().trim_ascii() == trimmed;
        is_comment(first)
            || trimmed.is_empty() && self.layout.roles.len() == 1
            || self.before.iter().any(starts_so)
    }

    /// The place of a record among those that are no rows: 0 is the header.
    pub fn place_before(&self, record: &ByteRecord) -> Option<usize> {
        self.before.iter().position(|other| same(other, record))
    }

    /// The name of the column of labels, if there is one.
    pub fn label(&self) -> Option<String> {
        let column = self
            .layout
            .roles
            .iter()
            .position(|role| *role == Role::Label);
        column.map(|column| self.layout.name(column))
    }

    /// An error for a record without a label or an hour, where there must be one.
    pub fn expect_whole(&self, label: Option<(usize, &[u8])>, time: &str) -> Result<(), Problem> {
        if let Some((column, _)) = label.filter(|(_, cell)| self.all_labelled && is_hole(cell)) {
            let column = self.layout.name(column);
            return Err(Problem::NoLabel { column });
        }
        if self.hours && !has_hour(time) {
            let roles = &self.layout.roles;
            let column = roles.iter().position(|role| *role == Role::Time);
            return Err(Problem::Hour {
                column: column.map_or_else(String::new, |column| self.layout.name(column)),
                found: time.into(),
            });
        }
        Ok(())
    }
}

/// Whether two records have the same cells, spaces aside.
fn same(one: &ByteRecord, other: &ByteRecord) -> bool {
    let mut cells = one.iter().zip(other);
    one.len() == other.len() && cells.all(|(one, other)| one.trim_ascii() == other.trim_ascii())
}
