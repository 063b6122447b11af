//! Reads files of `torch.save`: the zip format and the older stream format; and pickles of tensors and arrays.

use super::budget::Budget;
use super::objects::Walk;
use super::rebuilt::Storages;
use super::{Contents, found, pickle, zipped};
use nice_flow_codegen::error::{self, Error};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{Cursor, Read};
use std::path::Path;
use std::rc::Rc;
use zip::ZipArchive;

/// The largest `data.pkl` is a sixteenth of the file plus this: 1 MiB, the pickle of about seven thousand tensors.
const MAX_PICKLE: u64 = 1 << 20;

/// Bytes that compressed members may have beyond those of the file.
const SPARE: u64 = 1 << 24;

/// The mark of the stream format, used before torch 1.6: the number 0x1950a86a20f9469cfc6c, little-endian, within the
/// first 64 bytes.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Whether a file may be one. The tar format used before torch 0.1.10 is refused: its members may be sparse, and expand
/// without limit.
pub(super) fn fits(head: &[u8]) -> bool {
    head.starts_with(b"PK") || is_stream(head) || matches!(head, [0x80, 2..=5, ..])
}

/// Whether bytes are those of a zip, as PyTorch and numpy write, or of PyTorch's older format.
pub(super) fn is_file(data: &[u8]) -> bool {
    data.starts_with(b"PK") || is_stream(data)
}

fn is_stream(head: &[u8]) -> bool {
    let start = &head[..head.len().min(64)];
    start.windows(MAGIC.len()).any(|part| part == MAGIC)
}

/// Reads every tensor and scalar, except those of the optimizer.
pub(super) fn read(path: &Path, bytes: usize) -> error::Result<Contents> {
    let data = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
    let budget = &mut Budget::new(bytes);
    let contents = if data.starts_with(b"PK") {
        zip(&data, budget)
    } else if is_stream(&data) {
        stream(&data, budget)
    } else {
        plain(&data, budget)
    };
    contents.map_err(|found| {
        Error::file(
            path,
            format!("expected a whole PyTorch checkpoint, found {found}"),
        )
    })
}

/// A pickle alone; a file of joblib is one with arrays between its parts.
pub(super) fn plain(data: &[u8], budget: &mut Budget) -> Result<Contents, String> {
    let read = root(data, &mut Nowhere, budget);
    match read {
        Ok((contents, _)) if !contents.tensors.is_empty() || !contents.fitted.is_empty() => {
            Ok(contents)
        }
        Err(found) if !found::is_joblib(data) => Err(format!("{found}: {}", found::describe(data))),
        _ => Err(found::describe(data)),
    }
}

/// Reads the pickle at the start of `data`; also returns its length.
pub(super) fn root(
    data: &[u8],
    storages: &mut dyn Storages,
    budget: &mut Budget,
) -> Result<(Contents, usize), String> {
    let (table, root, length) = pickle::read(data)?;
    let mut walk = Walk::new(&table, storages, budget);
    walk.visit(root, "", None, 0)?;
    Ok((walk.contents, length))
}

/// Storages of a pickle that has none outside.
pub(super) struct Nowhere;

impl Storages for Nowhere {
    fn bytes(&mut self, key: &str) -> Result<Rc<[u8]>, String> {
        Err(format!("expected the numbers of storage {key}, found none"))
    }
}

fn zip(data: &[u8], budget: &mut Budget) -> Result<Contents, String> {
    let archive = zipped::open(Cursor::new(data)).map_err(|error| error.to_string())?;
    let names: Vec<_> = archive
        .file_names()
        .flatten()
        .map(|name| name.into_owned())
        .collect();
    if let Some(other) = found::archive(&names) {
        return Err(other);
    }
    let pickle = (names.into_iter()).find(|name| name == "data.pkl" || name.ends_with("/data.pkl"));
    let pickle = pickle.ok_or("a zip without data.pkl")?;
    let most = MAX_PICKLE + data.len() as u64 / 16;
    let folder = pickle.trim_end_matches("data.pkl").to_owned();
    let mut members = Members {
        archive,
        folder,
        left: data.len() as u64 + SPARE,
        read: BTreeMap::new(),
    };
    if members
        .member("byteorder", 64)
        .is_ok_and(|order| order.starts_with(b"big"))
    {
        return Err("numbers in big-endian order: save it again on another machine".into());
    }
    let bytes = members.member("data.pkl", most);
    let bytes = bytes.map_err(|message| format!("{pickle}: {message}"))?;
    root(&bytes, &mut members, budget).map(|(contents, _)| contents)
}

/// The members of a zip of `torch.save`.
struct Members<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    folder: String,
    /// Bytes that may still be read.
    left: u64,
    read: BTreeMap<String, Rc<[u8]>>,
}

impl Members<'_> {
    /// The bytes of a member, which are at most so many. Reading to the end verifies the checksum.
    fn member(&mut self, name: &str, most: u64) -> Result<Vec<u8>, String> {
        let name = format!("{}{name}", self.folder);
        let member = self.archive.by_name(&name);
        let member = member.map_err(packed)?;
        let (declared, mut bytes) = (member.size(), vec![]);
        if declared > most {
            return Err(format!(
                "expected at most {most} bytes, found {declared}: save model.state_dict() alone"
            ));
        }
        let read = member.take(most + 1).read_to_end(&mut bytes);
        read.map_err(packed)?;
        match bytes.len() as u64 {
            size if size <= most => Ok(bytes),
            size => Err(format!(
                "expected at most {most} bytes, found {size} or more"
            )),
        }
    }
}

/// An error of the zip library. Of a member that a program compressed which is not read, with the lines that pack it as PyTorch does.
fn packed(error: impl Display) -> String {
    let error = error.to_string();
    match error.starts_with("compression method not supported") {
        true => format!(
            "{error}; pack it again, with: import zipfile; z = zipfile.ZipFile(FILE); o = zipfile.ZipFile(\"model.pt\", \"w\"); \
             [o.writestr(name, z.read(name)) for name in z.namelist()]; o.close()"
        ),
        false => error,
    }
}

impl Storages for Members<'_> {
    fn bytes(&mut self, key: &str) -> Result<Rc<[u8]>, String> {
        if let Some(bytes) = self.read.get(key) {
            return Ok(bytes.clone());
        }
        let bytes: Rc<[u8]> = self.member(&format!("data/{key}"), self.left)?.into();
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.read.insert(key.to_owned(), bytes.clone());
        Ok(bytes)
    }
}

/// The older format: three pickles that describe the file, one of the object, one of the storages' keys, the storages.
fn stream(data: &[u8], budget: &mut Budget) -> Result<Contents, String> {
    let mut rest = data;
    for _ in 0..3 {
        rest = &rest[pickle::read(rest)?.2..];
    }
    let (table, root, length) = pickle::read(rest)?;
    let sizes = sizes(&table);
    rest = &rest[length..];
    let (keys, list, length) = pickle::read(rest)?;
    rest = &rest[length..];
    let mut storages = Streamed(BTreeMap::new());
    for key in keys.list(list) {
        let pickle::Value::Text(key) = keys.get(*key) else {
            return Err("a list of storages without names".into());
        };
        let short = || format!("expected the numbers of storage {key}, found the end of the file");
        let count = rest.get(..8).and_then(|count| count.try_into().ok());
        let count = u64::from_le_bytes(count.ok_or_else(short)?);
        let size = sizes.get(key).copied().unwrap_or(1) as u64;
        let bytes = count
            .checked_mul(size)
            .and_then(|bytes| usize::try_from(bytes).ok());
        let end = bytes.and_then(|bytes| bytes.checked_add(8));
        let bytes = end.and_then(|end| rest.get(8..end)).ok_or_else(short)?;
        storages.0.insert((*key).to_owned(), bytes.into());
        rest = &rest[8 + bytes.len()..];
    }
    let mut walk = Walk::new(&table, &mut storages, budget);
    walk.visit(root, "", None, 0)?;
    Ok(walk.contents)
}

/// The bytes of an element of each storage.
fn sizes<'a>(table: &pickle::Table<'a>) -> BTreeMap<&'a str, usize> {
    let storages = table.persistent().filter_map(|description| {
        let [_, kind, key, ..] = table.list(description) else {
            return None;
        };
        let (_, kind) = table.global(*kind)?;
        match table.get(*key) {
            pickle::Value::Text(key) => Some((*key, super::rebuilt::size(kind))),
            _ => None,
        }
    });
    storages.collect()
}

/// The storages of a stream.
struct Streamed(BTreeMap<String, Rc<[u8]>>);

impl Storages for Streamed {
    fn bytes(&mut self, key: &str) -> Result<Rc<[u8]>, String> {
        let found = self.0.get(key).cloned();
        found.ok_or_else(|| format!("expected the numbers of storage {key}, found none"))
    }
}
