//! Opens recordings: tables, WAV files, files of `i16`, and folders of them.

use super::recording::{Recording, Request};
use super::wave;
use crate::table;
use crate::table::Columns;
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Error, Result, reading};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Reads recordings, one a file; a folder stands for the files in it, in the order of their names.
///
/// All must have the same channels. `progress` receives the number of bytes read of a table.
pub fn read(
    paths: &[PathBuf],
    request: &Request,
    progress: &dyn Fn(u64),
) -> Result<Vec<Recording>> {
    let mut recordings: Vec<Recording> = vec![];
    let paths = files(paths)?;
    table::expect_each_once(&paths)?;
    for path in paths {
        let first = recordings.first().map(|first| first.channels.clone());
        let recording = one(&path, request, first.as_deref(), progress)?;
        if let Some(first) = first.filter(|first| *first != recording.channels) {
            let (expected, found) = (first.join(", "), recording.channels.join(", "));
            let message = format!(
                "expected the channels {expected}, as in the first recording, found {found}"
            );
            return Err(Error::file(&path, message));
        }
        recordings.push(recording);
    }
    Ok(recordings)
}

/// The files, with those in folders in their place.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    for path in paths {
        match path.is_dir() {
            false => files.push(path.clone()),
            true => files.extend(inside(path)?),
        }
    }
    Ok(files)
}

/// The files in a folder, but hidden ones and folders; an error if there is something else.
fn inside(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |error| Error::file(folder, format!("cannot read: {error}"));
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path();
        if !is_hidden && !path.is_dir() {
            reading::expect_file(&path)?;
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(Error::file(
            folder,
            "expected recordings, found an empty folder",
        )),
        false => Ok(files),
    }
}

fn one(
    path: &Path,
    request: &Request,
    first: Option<&[String]>,
    progress: &dyn Fn(u64),
) -> Result<Recording> {
    let mut recording = match format(path)? {
        Format::Wave => wave::read(path)?,
        Format::Counts => counts(path, request)?,
        Format::Table => rows(path, request, first, progress)?,
    };
    if !request.channels.is_empty() && recording.channels != request.channels {
        rename(&mut recording, &request.channels)?;
    }
    Ok(recording)
}

/// The kinds of files.
enum Format {
    Wave,
    Counts,
    Table,
}

fn format(path: &Path) -> Result<Format> {
    let is_counts = path.extension().is_some_and(|extension| extension == "i16");
    if is_counts {
        return Ok(Format::Counts);
    }
    Ok(match wave::is_wave(path)? {
        true => Format::Wave,
        false => Format::Table,
    })
}

/// The largest file of counts that is read: 1 GiB.
const MOST: u64 = 1 << 30;

/// Little-endian counts, channel by channel within each sample.
fn counts(path: &Path, request: &Request) -> Result<Recording> {
    let bytes = File::open(path).and_then(|file| reading::whole(file, MOST));
    let bytes = bytes.map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
    let channels = match request.channels.as_slice() {
        [] => vec!["x".into()],
        named => named.to_vec(),
    };
    let size = 2 * channels.len();
    if bytes.is_empty() || !bytes.len().is_multiple_of(size) {
        let message = format!(
            "expected samples of {size} bytes, an i16 for each of {}, found {} bytes; --names says which",
            channels.join(", "),
            bytes.len()
        );
        return Err(Error::file(path, message));
    }
    let values = bytes.as_chunks().0.iter();
    Ok(Recording {
        path: path.into(),
        name: file_name(path),
        rate: None,
        channels,
        values: values
            .map(|bytes| f64::from(i16::from_le_bytes(*bytes)))
            .collect(),
        are_counts: true,
        times: None,
        labels: None,
        notes: vec![],
    })
}

fn rows(
    path: &Path,
    request: &Request,
    first: Option<&[String]>,
    progress: &dyn Fn(u64),
) -> Result<Recording> {
    let wanted = match request.channels.as_slice() {
        [] => first.unwrap_or_default(),
        named => named,
    };
    let mut columns = Columns {
        wanted: wanted.to_vec(),
        keep_times: true,
        ..request.columns.clone()
    };
    if request.normal_only {
        (columns.label, columns.normal) = (None, vec![]);
    }
    let mut table = table::read(path, &columns, progress)?;
    table.expect_columns(
        if wanted.is_empty() {
            table.columns
        } else {
            wanted.len()
        },
        path,
    )?;
    table.match_features(wanted);
    Ok(Recording {
        path: path.into(),
        name: file_name(path),
        rate: None,
        times: table.moments(),
        channels: match table.header {
            None if !wanted.is_empty() => wanted.to_vec(),
            _ => table.features,
        },
        values: table.values,
        are_counts: false,
        labels: table.labels,
        notes: table.notes,
    })
}

/// Gives channels other names, if there are as many.
fn rename(recording: &mut Recording, names: &[String]) -> Result<()> {
    if recording.channels.len() == names.len() {
        let has_names = !recording.are_counts;
        if has_names {
            let (found, taken) = (recording.channels.join(", "), names.join(", "));
            recording.notes.push(format!(
                "channels {found} are taken for {taken}, by position"
            ));
        }
        recording.channels = names.to_vec();
        return Ok(());
    }
    let (count, expected) = (names.len(), names.join(", "));
    let (found, list) = (recording.channels.len(), recording.channels.join(", "));
    let message = format!("expected {count} channels, {expected}, found {found} ({list})");
    Err(Error::file(&recording.path, message))
}
