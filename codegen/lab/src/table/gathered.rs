//! The rows of a text, gathered from its blocks in their order.

use super::blocks::Block;
use super::form::Form;
use super::records::Manner;
use super::reservoir::Reservoir;
use super::rows::Rows;
use super::{Columns, Table};
use csv::ByteRecord;
use nice_flow_codegen::reading::{MAX_RECORD, no_record};
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// The rows so far.
pub(super) struct Gathered<'a> {
    /// For messages.
    path: &'a Path,
    form: &'a Form,
    manner: Manner,
    columns: &'a Columns,
    rows: Rows,
    /// If not all rows are kept.
    reservoir: Option<Reservoir>,
    /// The lines before the next block.
    lines: u64,
    /// The bytes since the last record.
    idle: u64,
}

impl<'a> Gathered<'a> {
    /// No rows; the first block starts behind so many lines.
    pub fn new(
        path: &'a Path,
        form: &'a Form,
        manner: Manner,
        columns: &'a Columns,
        lines: u64,
    ) -> Self {
        Self {
            path,
            form,
            manner,
            columns,
            rows: Rows::new(form),
            reservoir: columns.draw.map(Reservoir::new),
            lines,
            idle: 0,
        }
    }

    pub fn push(&mut self, record: &ByteRecord, line: u64) -> Result<()> {
        let pushed = self.rows.push(self.form, record, line);
        pushed.map_err(|(problem, line)| Error::file(self.path, problem.on(line)))
    }

    /// Takes the rows of the next block.
    pub fn take(&mut self, mut block: Block) -> Result<()> {
        let rows = block.rows.take();
        if !rows.is_some_and(|rows| self.rows.append(rows)) {
            self.read_again(&block)?;
        }
        self.lines += block.lines();
        self.idle = match block.has_records {
            true => 0,
            false => self.idle + block.bytes(),
        };
        if self.idle > MAX_RECORD {
            return Err(self.cannot_read(&no_record()));
        }
        self.draw(false);
        Ok(())
    }

    /// Takes the records of a block one by one, after all before them.
    fn read_again(&mut self, block: &Block) -> Result<()> {
        let mut records = block.records(self.manner, self.lines);
        while records.advance().map_err(|e| self.cannot_read(&e.into()))? {
            self.push(&records.record, records.line())?;
        }
        Ok(())
    }

    fn cannot_read(&self, error: &std::io::Error) -> Error {
        Error::file(self.path, format!("cannot read: {error}"))
    }

    /// Gives the rows to the reservoir, if there is one and enough of them or `all` are to be given.
    fn draw(&mut self, all: bool) {
        let Some(reservoir) = &mut self.reservoir else {
            return;
        };
        if all || self.rows.held() >= reservoir.portion(self.form.width()) {
            reservoir.add(self.rows.take(self.form, &self.columns.normal));
        }
    }

    /// The table of all rows or of those drawn.
    pub fn finish(mut self) -> Result<Table> {
        let normal = &self.columns.normal;
        let notes = self.rows.finish(self.form, normal);
        let notes = notes.map_err(|e| Error::file(self.path, e))?;
        let notes =
            notes.ok_or_else(|| Error::file(self.path, "expected rows, found only a header"))?;
        self.draw(true);
        let table = match self.reservoir.and_then(Reservoir::finish) {
            Some(table) => table,
            None => self.rows.take(self.form, normal),
        };
        Ok(Table { notes, ..table })
    }
}
