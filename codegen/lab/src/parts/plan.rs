//! Which parts are there, and which are to be made.

use super::folders::Folders;
use super::made::{Done, Label, Made, Rows};
use nice_flow_codegen::output::identity;
use nice_flow_codegen::reading::expect_file;
use nice_flow_codegen::{Error, Result};
use std::collections::BTreeMap;
use std::fs::{create_dir_all, read_dir};
use std::path::{Path, PathBuf};

/// A part to make.
#[derive(Debug)]
pub struct Job {
    /// The file of rows.
    pub rows: PathBuf,
    /// The file of their scores.
    pub part: PathBuf,
    pub(super) made: Made,
    pub(super) of: Rows,
}

impl Job {
    /// The size of the file of rows.
    pub fn bytes(&self) -> u64 {
        self.of.bytes()
    }
}

/// The work of a run.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is to be made.
    pub jobs: Vec<Job>,
    /// What earlier runs have made of these files.
    pub found: Vec<Done>,
}

impl Plan {
    /// The parts in a folder for these files, each with the name of its part; makes the folder.
    ///
    /// It is an error if the folder has Parquet files that no run of the same model with the same options has written, or if
    /// a file has changed since its part was written: a reader of the folder would mix scores.
    pub fn of(inputs: &[(PathBuf, PathBuf)], folder: &Path, made: &Made) -> Result<Self> {
        let mut named: BTreeMap<&Path, &Path> = BTreeMap::new();
        for (rows, name) in inputs {
            if let Some(other) = named.insert(name, rows) {
                let message = format!(
                    "expected another name than {}: both would have the part {}; give the folder above them instead, whose folders are kept",
                    other.display(),
                    name.display()
                );
                return Err(Error::file(rows, message));
            }
        }
        expect_ours(folder, made, &mut Folders::default())?;
        let mut plan = Self::default();
        for (rows, name) in inputs {
            let part = folder.join(name);
            if identity::same(rows, &part) {
                let message = "expected another folder than that of the rows, whose file the part would replace";
                return Err(Error::file(&part, message));
            }
            let of = Rows::of(rows)?;
            let label = if part.exists() {
                Label::read(&part)?
            } else {
                None
            };
            match label {
                Some(label) if label.of == of => plan.found.push(label.done),
                Some(_) => {
                    let message = format!(
                        "expected scores of {} as it is, found scores of what it was, or of another file; remove this part",
                        rows.display()
                    );
                    return Err(Error::file(&part, message));
                }
                None => plan.jobs.push(Job {
                    rows: rows.clone(),
                    part,
                    made: made.clone(),
                    of,
                }),
            }
        }
        for job in &plan.jobs {
            let folder = job.part.parent().unwrap_or(folder);
            let made = create_dir_all(folder);
            made.map_err(|e| Error::file(folder, format!("cannot make the folder: {e}")))?;
        }
        Ok(plan)
    }
}

/// An error if a folder, or one in it, has a Parquet file that is no part made so.
fn expect_ours(folder: &Path, made: &Made, met: &mut Folders) -> Result<()> {
    let entries = match read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| Error::file(folder, format!("cannot read: {e}")))?,
    };
    if !met.is_new(folder)? {
        return Ok(());
    }
    let mut paths = vec![];
    for entry in entries {
        let entry = entry.map_err(|e| Error::file(folder, format!("cannot read: {e}")))?;
        paths.push(entry.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            expect_ours(&path, made, met)?;
        } else if path.extension().is_some_and(|ending| ending == "parquet") {
            expect_file(&path)?;
            let other = match Label::read(&path)? {
                None => Some("another file".into()),
                Some(label) => made.differs(&label.made),
            };
            if let Some(other) = other {
                let message = format!(
                    "expected parts of this model with these options, found {other}; write to another folder, or remove it"
                );
                return Err(Error::file(&path, message));
            }
        }
    }
    Ok(())
}
