//! Rows with the log-density that somebody else computed for them: the test of an import.
//!
//! A wrong reading of a checkpoint loads, inverts and ranks well. Only reference densities catch
//! it.

mod agreement;
mod alternatives;
mod constant;
mod offset;
mod suggest;
mod table;

pub use agreement::{Agreement, check};
pub use suggest::{Reading, Readings, Suggestion, Suggestions, suggest};

use crate::checkpoint::{Checkpoint, Tensor};
use nice_flow_codegen::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Rows and their log-densities, from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Where they were read from.
    pub path: PathBuf,
    /// One or several sets; each has at least one row.
    pub sets: Vec<Samples>,
}

/// Rows of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// What the rows and the densities are in.
    pub units: Units,
    /// As many rows as densities, of equal lengths.
    pub rows: Vec<Vec<f64>>,
    /// `ln p` in nats.
    pub log_density: Vec<f64>,
    /// By how much each density may be off for having been printed, in nats.
    pub rounding: Vec<f64>,
    /// Whether the densities were computed in `f32`.
    pub single: bool,
}

/// Units of rows and densities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// What the flow was trained on: after preprocessing.
    Model,
    /// What the sensors give: before preprocessing, its log-determinant included.
    Raw,
    /// Raw if the model has preprocessing, else the model's.
    Inputs,
}

/// The names of the arrays of each kind.
const ARRAYS: [(&str, &str, Units); 3] = [
    ("x_model", "log_prob_model", Units::Model),
    ("x_raw", "log_prob_raw", Units::Raw),
    ("x", "log_prob", Units::Inputs),
];

impl Probe {
    /// Reads an npz with `x` (rows × D) and `log_prob` (one a row; or both with `_model` or `_raw`
    /// after their names), or a CSV with feature columns and a column `log_prob`.
    ///
    /// The rows must be those that were scored, not rounded for print.
    pub fn open(path: &Path) -> Result<Self> {
        // The bytes of what is no file, such as a pipe, come but once.
        if path.exists() && !path.is_file() && !path.is_dir() {
            return table::read(path);
        }
        let mut head = [0; 2];
        let mut file = std::fs::File::open(path).map_err(|error| Error::caused_in(path, error))?;
        if std::io::Read::read_exact(&mut file, &mut head).is_ok() && head == *b"PK" {
            return Self::arrays(path);
        }
        table::read(path)
    }

    /// The same without a constant, in nats, that was printed with each log-density.
    pub fn without(mut self, constant: f64) -> Self {
        let densities = self.sets.iter_mut().flat_map(|set| &mut set.log_density);
        densities.for_each(|density| *density -= constant);
        self
    }

    fn arrays(path: &Path) -> Result<Self> {
        let file = Checkpoint::open(path)?;
        let mut sets = vec![];
        for (x, log_prob, units) in ARRAYS {
            match (file.tensors.get(x), file.tensors.get(log_prob)) {
                (Some(rows), Some(densities)) => {
                    let set = samples(rows, densities, units).map_err(|message| {
                        Error::input(format!("{x}, {log_prob}"), message).in_file(path)
                    })?;
                    sets.push(set);
                }
                // The densities are the point of a probe; rows alone may be there for other ends.
                (None, Some(_)) => {
                    let message =
                        format!("expected an array `{x}` beside `{log_prob}`, found none");
                    return Err(Error::file(path, message));
                }
                _ => (),
            }
        }
        if sets.is_empty() {
            let found: Vec<_> = file.tensors.keys().take(20).cloned().collect();
            let message = format!(
                "expected arrays `x` and `log_prob` (or both with _model or _raw), found {}",
                found.join(", ")
            );
            return Err(Error::file(path, message));
        }
        Ok(Self {
            path: path.to_owned(),
            sets,
        })
    }
}

fn samples(x: &Tensor, log_prob: &Tensor, units: Units) -> std::result::Result<Samples, String> {
    let (&[rows, dim], [found, rest @ ..]) = (x.shape.as_slice(), log_prob.shape.as_slice()) else {
        let (x, log_prob) = (&x.shape, &log_prob.shape);
        return Err(format!(
            "expected shapes [rows, D] and [rows], found {x:?} and {log_prob:?}"
        ));
    };
    if *found != rows || rest.iter().any(|extent| *extent != 1) {
        let found = &log_prob.shape;
        return Err(format!("expected {rows} log-densities, found {found:?}"));
    }
    if rows == 0 || dim == 0 {
        return Err("expected at least one row, found none".into());
    }
    Ok(Samples {
        units,
        rows: x.data.chunks(dim).map(<[f64]>::to_vec).collect(),
        log_density: log_prob.data.clone(),
        rounding: vec![0.0; rows],
        single: log_prob.data.iter().all(|&p| is_single(p)),
    })
}

/// Whether a number is one that `f32` holds: hardly any result of `f64` is.
fn is_single(number: f64) -> bool {
    !number.is_finite() || f64::from(number as f32) == number
}
