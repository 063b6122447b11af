//! Reads rows from files, and tells what was found beside them.

use crate::progress::progress;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::table::{self, Columns, Hours, Table, Zone};
use std::path::{Path, PathBuf};

fn read(paths: &[PathBuf], columns: &Columns) -> Result<Table> {
    let table = untold(paths, columns)?;
    tell(&table, paths);
    Ok(table)
}

/// Tells what was found beside the rows.
pub(crate) fn tell(table: &Table, paths: &[PathBuf]) {
    for note in &table.notes {
        note!("note: {}: {note}", named(paths));
    }
}

fn untold(paths: &[PathBuf], columns: &Columns) -> Result<Table> {
    let sizes = paths.iter().filter_map(|path| std::fs::metadata(path).ok());
    let bar = progress(sizes.map(|file| file.len()).max().unwrap_or(0), "bytes");
    let table = table::read_all(paths, columns, &|byte| bar.set_position(byte));
    bar.finish_and_clear();
    table
}

/// Reads the features that are wanted. Where the hour is among them, it is computed of the column of times; a file that has
/// no times may have the hour itself.
pub(super) fn read_features(paths: &[PathBuf], columns: Columns) -> Result<Table> {
    let Some(hours) = Hours::among(&columns.wanted) else {
        return read(paths, &columns);
    };
    let computed = hours.features();
    let others = columns
        .wanted
        .iter()
        .filter(|name| !computed.contains(name));
    let of_times = Columns {
        wanted: others.cloned().collect(),
        ..columns.clone()
    };
    let table = untold_with(paths, &of_times, Some(&hours)).or_else(|error| {
        let table = untold(paths, &columns).ok();
        let is_whole = |table: &Table| {
            columns
                .wanted
                .iter()
                .all(|name| table.features.contains(name))
        };
        table.filter(is_whole).ok_or(error)
    })?;
    tell(&table, paths);
    Ok(table)
}

/// Reads rows, and adds the hour of their times if it is asked for.
pub(super) fn untold_with(
    paths: &[PathBuf],
    columns: &Columns,
    hours: Option<&Hours>,
) -> Result<Table> {
    let Some(hours) = hours else {
        return untold(paths, columns);
    };
    let columns = Columns {
        time: Some(hours.column.clone()),
        keep_times: true,
        hours: true,
        ..columns.clone()
    };
    let mut table = untold(paths, &columns)?;
    hours
        .add(&mut table)
        .map_err(|error| error.in_file(first(paths)))?;
    Ok(table)
}

pub(super) fn first(paths: &[PathBuf]) -> &Path {
    paths.first().map_or(Path::new(""), PathBuf::as_path)
}

/// The files, for messages.
pub(crate) fn named(paths: &[PathBuf]) -> String {
    match paths {
        [only] => only.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
        [] => String::new(),
    }
}

/// The table with its columns in the order of the model's features; notes if they were reordered or did not match.
pub(super) fn in_order(mut table: Table, paths: &[PathBuf], model: &Model) -> Result<Table> {
    table.expect_features(&model.features, first(paths))?;
    let order = table.match_features(&model.features);
    if let Some(note) = order.note(&table, &model.features) {
        note!("note: {}: {note}", named(paths));
    }
    let hours = Hours::among(&model.features);
    let times = table.times.as_ref().filter(|_| hours.is_some());
    if let Some(warning) = times.and_then(|times| Zone::of(times)?.warning(model)) {
        note!("warning: {}: {warning}", named(paths));
    }
    Ok(table)
}
