//! Reads columnar files: Parquet and Arrow IPC.

mod batches;
mod budget;
mod buffers;
mod cells;
mod footer;
mod pages;
mod times;

use super::columns::{Layout, Role, few};
use super::draw::MAX_NUMBERS;
use super::format::Format;
use super::label::Labels;
use super::{Columns, Table, guard};
use arrow_array::{ArrayRef, RecordBatchReader};
use arrow_ipc::reader::FileReader;
use arrow_schema::Schema;
pub use batches::Batches;
use budget::Budget;
use cells::{is_label, is_number, numbers, words};
use nice_flow_codegen::Error;
use nice_flow_codegen::text::escaped;
use pages::Pages;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;
use times::{is_time, texts};

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
        collect(layout, batches, &Budget::new(size), &columns.normal)
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
    let budget = Budget::new(file.metadata().map_or(0, |file| file.len()));
    if format == Format::Arrow {
        buffers::check(&file, &budget)?;
        let whole = FileReader::try_new(&file, None).map_err(|e| broken(&e))?;
        let (layout, wanted) = wanted(&whole.schema(), columns)?;
        let reader = FileReader::try_new(file, Some(wanted)).map_err(|e| broken(&e))?;
        return Ok((layout, Box::new(reader)));
    }
    let metadata = metadata(&file)?;
    let pages = Pages { file, budget };
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(pages, metadata);
    let (layout, wanted) = wanted(builder.schema(), columns)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let reader = builder.with_projection(mask).with_batch_size(rows).build();
    Ok((layout, Box::new(reader.map_err(|e| broken(&e))?)))
}

/// The layout of the columns, and the indices of those that are read; an error names one that does not hold numbers.
fn wanted(schema: &Schema, columns: &Columns) -> Result<(Layout, Vec<usize>), String> {
    let fields = schema.fields();
    let names = fields
        .iter()
        .map(|field| escaped(field.name()).into_owned())
        .collect();
    let mut layout = Layout::new(Some(names), fields.len(), columns)?;
    let is_chosen = !columns.only.is_empty() || !columns.wanted.is_empty();
    let (mut others, mut clocks) = (vec![], vec![]);
    for (column, field) in fields.iter().enumerate() {
        let (name, found) = (layout.name(column), field.data_type());
        match layout.roles[column] {
            Role::Feature if is_number(found) => {}
            Role::Feature if is_time(found) && columns.time.is_none() => {
                layout.roles[column] = Role::Time;
                clocks.push(name);
            }
            Role::Feature if is_chosen => {
                return Err(format!("column {name}: expected numbers, found {found}"));
            }
            Role::Feature => {
                others.push(format!("{name} ({found})"));
                layout.roles[column] = Role::Skip;
            }
            Role::Time if !(is_label(found) || is_time(found)) => {
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
    if !clocks.is_empty() {
        let note = format!("{} taken for the time, no feature", few(&clocks));
        layout.notes.push(note);
    }
    if !layout.roles.contains(&Role::Feature) {
        return Err("expected columns of numbers, found none".into());
    }
    let mut kinds = fields.iter().map(|field| field.data_type());
    layout.is_log = kinds.any(is_time) || columns.time.is_some();
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

/// The table, row by row, from batches of the columns that are not skipped.
fn collect(
    layout: Layout,
    batches: Box<dyn RecordBatchReader>,
    budget: &Budget,
    normal: &[String],
) -> Result<Table, String> {
    let roles = layout.roles.iter().filter(|role| **role != Role::Skip);
    let roles: Vec<Role> = roles.copied().collect();
    let (mut values, mut labels) = (vec![], Labels::default());
    let mut times: Vec<String> = vec![];
    let mut rows = 0;
    for batch in batches {
        let batch = batch.map_err(|error| format!("rows from {rows} on: {error}"))?;
        budget.take_numbers(batch.num_rows(), roles.len())?;
        if values.len() + batch.num_rows().saturating_mul(roles.len()) > MAX_NUMBERS {
            return Err(format!(
                "expected at most {MAX_NUMBERS} numbers in a file, found more"
            ));
        }
        let of_role = |wanted: Role| {
            let columns = roles.iter().zip(batch.columns());
            columns
                .filter(move |(role, _)| **role == wanted)
                .map(|(_, array)| array)
        };
        values.extend(row_by_row(of_role(Role::Feature), batch.num_rows()));
        for label in of_role(Role::Label).flat_map(|array| words(array)) {
            labels
                .push(label.as_bytes())
                .ok_or("label: expected a few kinds, found more than 1000")?;
        }
        let texts: Vec<Vec<String>> = of_role(Role::Time).map(|array| texts(array)).collect();
        for row in (0..batch.num_rows()).filter(|_| !texts.is_empty()) {
            let parts: Vec<&str> = texts.iter().map(|column| column[row].as_str()).collect();
            times.push(parts.join(" "));
        }
        rows += batch.num_rows();
    }
    if rows == 0 {
        return Err("expected rows, found none".into());
    }
    let features = layout.features();
    let label = layout.roles.iter().position(|role| *role == Role::Label);
    let labels = label.map(|column| labels.meant(&layout.name(column), normal));
    Ok(Table {
        header: layout.header,
        rows,
        columns: features.len(),
        values,
        labels: labels.transpose()?,
        times: roles.contains(&Role::Time).then_some(times),
        is_log: layout.is_log,
        recordings: vec![0],
        names: vec![],
        ignored: vec![],
        sample: None,
        features,
        notes: layout.notes,
    })
}
