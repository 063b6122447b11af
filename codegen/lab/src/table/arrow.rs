//! Reads columnar files: Parquet and Arrow IPC.

mod batches;
mod budget;
mod buffers;
mod cells;
mod clocks;
mod footer;
mod gathered;
mod pages;
mod times;

use super::columns::{Layout, Role, few};
use super::format::Format;
use super::{Columns, Table, guard};
use arrow_array::{ArrayRef, RecordBatchReader};
use arrow_ipc::reader::FileReader;
use arrow_schema::Schema;
pub use batches::Batches;
use budget::Budget;
use cells::{is_label, is_number, numbers};
use gathered::Gathered;
use nice_flow_codegen::Error;
use nice_flow_codegen::text::escaped;
use pages::Pages;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;

/// The table in a file; skipped columns are not decoded. What a file may become is limited by its size: [`Budget`].
pub(super) fn read(
    path: &Path,
    format: Format,
    columns: &Columns,
    progress: &dyn Fn(u64),
) -> nice_flow_codegen::Result<Table> {
    let file = File::open(path).map_err(|e| Error::file(path, format!("cannot read: {e}")))?;
    let size = file.metadata().map_or(0, |file| file.len());
    let table = guarded(format, || {
        let (layout, batches) = open(file, format, columns, ROWS)?;
        collect(layout, batches, &Budget::new(size), columns)
    });
    let table = table.map_err(|message| Error::file(path, message))?;
    progress(size);
    Ok(table)
}

/// Rows of a batch, the decoder's default.
const ROWS: usize = 1024;

/// What a decoder gives, or an error where it panics: it indexes without checks, and some of the damaged files in
/// `tests/columnar.rs` make it do so.
fn guarded<R>(format: Format, decode: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    let damaged = || format!("expected a whole {format:?} file, found a damaged one");
    guard::guarded(damaged, decode)
}

/// What a Parquet file says of itself.
pub(crate) fn metadata(file: &File) -> Result<ArrowReaderMetadata, String> {
    let broken = |error: &dyn std::fmt::Display| {
        format!("expected a whole Parquet file, found something else: {error}")
    };
    guarded(Format::Parquet, || {
        footer::check(file).map_err(|e| broken(&e))?;
        ArrowReaderMetadata::load(file, Default::default()).map_err(|e| broken(&e))
    })
}

/// The layout of the columns, and batches of those that are needed: in Parquet of so many rows, in Arrow IPC as they are
/// in the file.
fn open(
    file: File,
    format: Format,
    columns: &Columns,
    rows: usize,
) -> Result<(Layout, Box<dyn RecordBatchReader>), String> {
    let broken = |error: &dyn std::fmt::Display| {
        format!("expected a whole {format:?} file, found something else: {error}")
    };
    let budget = || Budget::new(file.metadata().map_or(0, |file| file.len()));
    if format == Format::Arrow {
        buffers::check(&file, &budget())?;
        let reader = |columns| {
            let file = file.try_clone().map_err(|e| broken(&e))?;
            FileReader::try_new(file, columns).map_err(|e| broken(&e))
        };
        let schema = reader(None)?.schema();
        let clocks = clocks::clocks(&schema, |columns| Ok(Box::new(reader(Some(columns))?)))?;
        let (layout, wanted) = wanted(&schema, &clocks, columns)?;
        return Ok((layout, Box::new(reader(Some(wanted))?)));
    }
    let metadata = metadata(&file)?;
    let reader = |columns: Vec<usize>, rows: usize| {
        let file = file.try_clone().map_err(|e| broken(&e))?;
        let pages = Pages {
            file,
            budget: budget(),
        };
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(pages, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let batches = builder.with_projection(mask).with_batch_size(rows).build();
        Ok::<Box<dyn RecordBatchReader>, String>(Box::new(batches.map_err(|e| broken(&e))?))
    };
    let schema = metadata.schema();
    let clocks = clocks::clocks(schema, |columns| reader(columns, clocks::ROWS))?;
    let (layout, wanted) = wanted(schema, &clocks, columns)?;
    Ok((layout, reader(wanted, rows)?))
}

/// The layout of the columns, and the indices of those that are read; an error names one that does not hold numbers. `clocks`: those
/// that hold times.
fn wanted(
    schema: &Schema,
    clocks: &[usize],
    columns: &Columns,
) -> Result<(Layout, Vec<usize>), String> {
    let fields = schema.fields();
    let names = fields
        .iter()
        .map(|field| escaped(field.name()).into_owned())
        .collect();
    let mut layout = Layout::new(Some(names), fields.len(), columns)?;
    let is_chosen = columns.has_named_features();
    let (mut others, mut times) = (vec![], vec![]);
    for (column, field) in fields.iter().enumerate() {
        let (name, found) = (layout.name(column), field.data_type());
        let is_time = clocks.contains(&column);
        match layout.roles[column] {
            Role::Feature if is_time && !(is_chosen && is_number(found)) => {
                layout.roles[column] = match columns.time {
                    None => Role::Time,
                    Some(_) => Role::Skip,
                };
                times.push(name);
            }
            Role::Feature if is_number(found) => {}
            Role::Feature if is_chosen => {
                return Err(format!("column {name}: expected numbers, found {found}"));
            }
            Role::Feature => {
                others.push(format!("{name} ({found})"));
                layout.roles[column] = Role::Skip;
            }
            Role::Time if !(is_label(found) || is_time) => {
                return Err(format!("column {name}: expected times, found {found}"));
            }
            Role::Label if !is_label(found) => {
                return Err(format!(
                    "column {name}: expected labels, numbers or words, found {found}"
                ));
            }
            Role::Label | Role::Time | Role::Skip => {}
        }
    }
    layout.note_others();
    if !others.is_empty() {
        layout.notes.push(format!(
            "columns that hold no numbers are left out: {}",
            few(&others)
        ));
    }
    if !times.is_empty() {
        let note = format!("{} taken for the time, no feature", few(&times));
        layout.notes.push(note);
    }
    if !layout.roles.contains(&Role::Feature) {
        return Err("expected columns of numbers, found none".into());
    }
    let is_feature = |column: &usize| layout.roles[*column] == Role::Feature;
    layout.is_log = !clocks.iter().all(is_feature) || columns.time.is_some();
    if !columns.keep_times {
        let times = layout.roles.iter_mut().filter(|role| **role == Role::Time);
        times.for_each(|role| *role = Role::Skip);
    }
    let is_read = |column: &usize| layout.roles[*column] != Role::Skip;
    let wanted = (0..fields.len()).filter(is_read).collect();
    Ok((layout, wanted))
}

/// The numbers of columns, a row after another.
fn row_by_row<'a>(columns: impl Iterator<Item = &'a ArrayRef>, rows: usize) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = columns.map(|array| numbers(array)).collect();
    let mut values = Vec::with_capacity(rows * columns.len());
    for row in 0..rows {
        values.extend(columns.iter().map(|column| column[row]));
    }
    values
}

/// The table, row by row, from batches of the columns that are not skipped; a sample of it where rows are drawn.
fn collect(
    layout: Layout,
    batches: Box<dyn RecordBatchReader>,
    budget: &Budget,
    columns: &Columns,
) -> Result<Table, String> {
    let mut gathered = Gathered::new(layout, columns);
    for batch in batches {
        let rows = gathered.count();
        let batch = batch.map_err(|error| format!("rows from {rows} on: {error}"))?;
        budget.take_numbers(batch.num_rows(), batch.num_columns())?;
        gathered.add(&batch)?;
    }
    gathered.finish()
}

#[cfg(test)]
mod tests;
