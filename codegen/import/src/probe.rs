//! A probe: rows with log-densities that the original library computed, which test an import.
//!
//! A checkpoint that is read wrongly still loads, inverts and ranks rows well. Only a comparison with reference
//! densities reveals the mistake.

mod agreement;
mod alternatives;
mod constant;
mod form;
mod mistake;
mod offset;
mod rounded;
mod suggest;
mod table;
mod volume;

pub use agreement::{Agreement, check};
pub use rounded::rounded;
pub use suggest::{Reading, Readings, Suggestion, Suggestions, suggest};

use crate::checkpoint::{Checkpoint, Tensor};
use nice_flow_codegen::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Rows and their log-densities, read from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The path of the file.
    pub path: PathBuf,
    /// One or several sets of rows, each of at least one row.
    pub sets: Vec<Samples>,
}

/// Rows in one kind of unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The unit of the rows and of the densities.
    pub units: Units,
    /// The rows, as many as densities and of equal lengths.
    pub rows: Vec<Vec<f64>>,
    /// The log-density `ln p` of each row, in nats.
    pub log_density: Vec<f64>,
    /// The possible rounding error of each density, from the digits that were printed, in nats.
    pub rounding: Vec<f64>,
    /// Whether the densities seem to have been computed in `f32`.
    pub single: bool,
}

/// Units of rows and densities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// The units that the flow was trained on, after preprocessing.
    Model,
    /// Sensor units: before preprocessing, so that densities include its log-determinant.
    Raw,
    /// Raw units if the model has preprocessing, otherwise the model's.
    Inputs,
}

/// The names of the arrays for each kind of unit.
const ARRAYS: [(&str, &str, Units); 3] = [
    ("x_model", "log_prob_model", Units::Model),
    ("x_raw", "log_prob_raw", Units::Raw),
    ("x", "log_prob", Units::Inputs),
];

impl Probe {
    /// Reads an npz with `x` (rows × D) and `log_prob` (one per row), or with `_model` or `_raw` appended to both
    /// names; or a CSV with feature columns and a column `log_prob`.
    ///
    /// The rows must be exactly those that were scored, not rounded for printing.
    pub fn open(path: &Path) -> Result<Self> {
        // The bytes of a pipe or a device can be read only once.
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

    /// The probe with a constant, in nats, subtracted from each log-density: the constant that was printed with them.
    pub fn without(mut self, constant: f64) -> Self {
        let densities = self.sets.iter_mut().flat_map(|set| &mut set.log_density);
        densities.for_each(|density| *density -= constant);
        self
    }

    /// The length of all rows, if it is one.
    pub fn columns(&self) -> Option<usize> {
        let mut lengths = self
            .sets
            .iter()
            .flat_map(|set| set.rows.iter().map(Vec::len));
        let first = lengths.next()?;
        lengths.all(|length| length == first).then_some(first)
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
                // Without densities there is no probe; a file may hold rows for other purposes.
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

/// Whether a number is exactly an `f32`; results computed in `f64` hardly ever are.
fn is_single(number: f64) -> bool {
    !number.is_finite() || f64::from(number as f32) == number
}
