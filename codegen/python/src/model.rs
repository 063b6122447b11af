//! The class `Model`.

mod board;
mod density;

use crate::error::{raise, warn, wrong};
use crate::interrupt::{Watch, interruptible};
use crate::look::Looks;
use crate::made::{Cache, Made};
use crate::scores::{self, How, Scored};
use crate::{pool, rows};
use nice_flow_codegen::Numeric;
use nice_flow_codegen::model::file;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::table::Table;
use numpy::{PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::Path;
use std::sync::Arc;

/// Up to so many rows, handing them to other threads takes longer than scoring them.
const FEW: usize = 64;

/// A flow or an ensemble of flows, with all that a model file has. It never changes.
#[pyclass(frozen, module = "nice_flow._native")]
pub struct Model {
    pub inner: nice_flow_codegen::Model,
    made: Cache,
    looks: Looks,
}

impl From<nice_flow_codegen::Model> for Model {
    fn from(inner: nice_flow_codegen::Model) -> Self {
        let (made, looks) = (Cache::default(), Looks::default());
        Self { inner, made, looks }
    }
}

/// The arithmetic of a name.
pub fn arithmetic(name: &str) -> PyResult<Arithmetic> {
    let found = Arithmetic::ALL
        .into_iter()
        .find(|numeric| numeric.name() == name);
    found.ok_or_else(|| {
        let expected = either(&Arithmetic::ALL.map(Arithmetic::name));
        wrong("numeric", format!("expected {expected}, found '{name}'"))
    })
}

/// The number type of a module of this name.
fn numeric(name: &str) -> PyResult<Numeric> {
    let module = arithmetic(name)?.module();
    module.ok_or_else(|| {
        let expected = either(&Numeric::ALL.map(Numeric::name));
        wrong("numeric", format!("expected {expected}, found '{name}'"))
    })
}

/// Names as Python's errors list them: `'a', 'b' or 'c'`.
fn either(names: &[&str]) -> String {
    let names = format!("'{}'", names.join("', '"));
    match names.rsplit_once(", ") {
        Some((others, last)) => format!("{others} or {last}"),
        None => names,
    }
}

impl Model {
    fn made(&self, arithmetic: Arithmetic) -> PyResult<Arc<Made>> {
        self.made.get(&self.inner, arithmetic).map_err(raise)
    }

    fn scored<X: rows::Value>(
        &self,
        array: &Bound<'_, PyArray2<X>>,
        arithmetic: Arithmetic,
        threads: usize,
    ) -> PyResult<Scored> {
        let rows = rows::of(array, &self.inner)?;
        let rows = rows.as_slice()?;
        let count = rows.len() / self.inner.dim();
        let serially = threads == 1 || count <= FEW;
        // Of few rows counting takes as long.
        let macs = if count <= FEW { 0 } else { self.macs_of(count) };
        interruptible(array.py(), macs, |watch| {
            let how = How { serially, watch };
            let made = self.made(arithmetic)?;
            let score = || scores::score(&self.inner, &made, arithmetic, rows, how);
            let scored = if serially {
                score()
            } else {
                pool::with(threads, score)?
            };
            scored.map_err(raise)
        })?
    }

    /// Multiply-accumulates of so many scores, and what is done with each number besides.
    fn macs_of(&self, rows: usize) -> usize {
        rows.saturating_mul(self.inner.macs() + self.inner.dim())
    }

    /// The same, with what there is to say of the rows as warnings.
    fn scored_aloud<X: rows::Value>(
        &self,
        array: &Bound<'_, PyArray2<X>>,
        arithmetic: Arithmetic,
        threads: usize,
    ) -> PyResult<Scored> {
        let py = array.py();
        let scored = self.scored(array, arithmetic, threads)?;
        let array = array.readonly();
        let rows = array.as_slice()?;
        let look = |watch: &Watch| {
            let model = &self.inner;
            self.looks.notes(model, arithmetic, rows, &scored, watch)
        };
        // Of few rows handing the GIL over would take longer.
        let count = rows.len() / self.inner.dim();
        let notes = match count <= FEW {
            true => look(&Watch::default()),
            false => interruptible(py, self.macs_of(count), look)?,
        };
        warn(py, notes)?;
        Ok(scored)
    }

    fn scores(&self, rows: &Bound<'_, PyAny>, numeric: &str, threads: usize) -> PyResult<Scored> {
        let arithmetic = arithmetic(numeric)?;
        match rows.cast::<PyArray2<f32>>() {
            Ok(rows) => self.scored_aloud(rows, arithmetic, threads),
            Err(_) => self.scored_aloud(rows.cast::<PyArray2<f64>>()?, arithmetic, threads),
        }
    }

    /// Scores for a worker of an engine, which says nothing.
    fn scores_silently(
        &self,
        rows: &Bound<'_, PyAny>,
        numeric: &str,
        threads: usize,
    ) -> PyResult<Scored> {
        let arithmetic = arithmetic(numeric)?;
        match rows.cast::<PyArray2<f32>>() {
            Ok(rows) => self.scored(rows, arithmetic, threads),
            Err(_) => self.scored(rows.cast::<PyArray2<f64>>()?, arithmetic, threads),
        }
    }

    fn table(&self, rows: &Bound<'_, PyArray2<f64>>, labels: Option<Vec<bool>>) -> PyResult<Table> {
        let rows = rows::of(rows, &self.inner)?;
        let mut table = Table::of_rows(rows.as_slice()?.to_vec(), self.inner.features.clone());
        if let Some(labels) = &labels
            && labels.len() != table.rows
        {
            let message = format!("expected {} labels, found {}", table.rows, labels.len());
            return Err(wrong("y", message));
        }
        table.labels = labels;
        Ok(table)
    }
}

#[pymethods]
impl Model {
    /// The model in the bytes of a model file; `name` is for errors.
    #[staticmethod]
    fn from_bytes(bytes: &[u8], name: &str) -> PyResult<Self> {
        let model = file::from_bytes(bytes, Path::new(name)).map_err(raise)?;
        Ok(model.into())
    }

    /// The bytes of its model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = file::write(&self.inner).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The flows of an ensemble, each as a model.
    fn members(&self) -> PyResult<Vec<Self>> {
        let count = self.inner.members.len();
        if self.inner.combine.is_none() {
            return Ok(vec![self.inner.clone().into()]);
        }
        let member = |index| self.inner.clone().member(index).map(Self::from);
        (0..count)
            .map(member)
            .collect::<Result<_, _>>()
            .map_err(raise)
    }

    /// Layers of the first flow: kind, parameters, multiply-accumulates.
    fn layers(&self) -> Vec<(String, usize, usize)> {
        let flow = self.inner.first().raw_flow();
        let layers = flow.layers.iter();
        layers
            .map(|l| (l.kind().to_string(), l.parameters(), l.macs()))
            .collect()
    }

    #[getter]
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    #[getter]
    fn features(&self) -> Vec<String> {
        self.inner.features.clone()
    }

    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    #[getter]
    fn unit(&self) -> String {
        self.inner.unit().plural().to_string()
    }

    #[getter]
    fn macs(&self) -> usize {
        self.inner.macs()
    }

    #[getter]
    fn parameters(&self) -> usize {
        self.inner.parameters()
    }

    #[getter]
    fn false_alarm_rate(&self) -> Option<f64> {
        self.inner.threshold.map(|limit| limit.false_alarm_rate)
    }

    /// File, layout and hash.
    #[getter]
    fn origin(&self) -> (String, String, String) {
        let origin = &self.inner.origin;
        (
            origin.file.clone(),
            origin.layout.clone(),
            origin.sha256.clone(),
        )
    }

    /// Baseline, what a missing cell means, channels of the front end.
    #[getter]
    fn collects(&self) -> (Option<String>, String, Option<Vec<String>>) {
        let front = self.inner.front_end.as_ref();
        let baseline = self.inner.baseline.map(|baseline| baseline.to_string());
        let channels = front.map(|front| front.channels.clone());
        (baseline, self.inner.missing.to_string(), channels)
    }
}
