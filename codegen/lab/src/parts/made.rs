//! What a part says of itself, in the metadata of its file.

use crate::table::metadata;
use nice_flow_codegen::model::file;
use nice_flow_codegen::{Error, Model, Result};
use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// The key of the metadata.
const KEY: &str = "nice_flow_part";

/// How scores are made: the same for all parts of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The version of this library.
    version: String,
    /// SHA-256 of the model's file.
    model: String,
    /// The arithmetic and other options, as the command has them.
    options: Vec<String>,
}

impl Made {
    /// By a model, with options that change what is written.
    pub fn by(model: &Model, options: Vec<String>) -> Result<Self> {
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").into(),
            model: hex(&Sha256::digest(file::write(model)?)),
            options,
        })
    }

    /// What is other than expected, in words.
    pub(super) fn differs(&self, found: &Self) -> Option<String> {
        if self.model != found.model {
            return Some("scores of another model".into());
        }
        if self.options != found.options {
            let options = found.options.join(" ");
            return Some(format!("scores with other options ({options})"));
        }
        let version = &found.version;
        (self.version != *version).then(|| format!("scores of nice-flow {version}"))
    }
}

/// A file of rows, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rows {
    bytes: u64,
    /// Nanoseconds from 1970 on.
    modified: u64,
    /// SHA-256 of its end, where columnar files say what is in them.
    end: String,
}

/// Bytes of the end.
const END: u64 = 1 << 16;

impl Rows {
    pub fn of(path: &Path) -> Result<Self> {
        let read = || {
            let mut file = File::open(path)?;
            let data = file.metadata()?;
            let since = data.modified()?.duration_since(UNIX_EPOCH);
            file.seek(SeekFrom::Start(data.len().saturating_sub(END)))?;
            let mut end = vec![];
            let bytes = data.len();
            file.take(END).read_to_end(&mut end)?;
            Ok(Self {
                bytes,
                modified: since.map_or(0, |since| since.as_nanos() as u64),
                end: hex(&Sha256::digest(end)),
            })
        };
        let read: std::io::Result<Self> = read();
        read.map_err(|error| Error::file(path, format!("cannot read: {error}")))
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What a part holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Rows of the file.
    pub rows: u64,
    /// Rows that the model ignores, which have no score.
    pub ignored: u64,
    /// Rows whose score is not finite.
    pub not_finite: u64,
    /// Anomalies.
    pub flagged: u64,
}

/// All that a part says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Label {
    pub made: Made,
    pub of: Rows,
    pub done: Done,
}

impl Label {
    /// As metadata of a file.
    pub fn metadata(&self) -> std::io::Result<KeyValue> {
        Ok(KeyValue::new(KEY.into(), serde_json::to_string(self)?))
    }

    /// That of a file; `None` if it is no part.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let file = File::open(path);
        let file = file.map_err(|e| Error::file(path, format!("cannot read: {e}")))?;
        let Ok(metadata) = metadata(&file) else {
            return Ok(None);
        };
        let metadata = metadata.metadata().file_metadata();
        let pairs = metadata.key_value_metadata();
        let found = pairs.into_iter().flatten().find(|pair| pair.key == KEY);
        let text = found.and_then(|pair| pair.value.as_deref());
        let label: Option<Self> = text.and_then(|text| serde_json::from_str(text).ok());
        let rows = u64::try_from(metadata.num_rows());
        Ok(label.filter(|label| rows == Ok(label.done.rows)))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
