//! From a model to a board: thresholds, modules, reports.

use super::{Model, arithmetic};
use crate::calibrate::{calibrated, combine_of, recalibrated};
use crate::error::{raise, spoken, wrong};
use crate::interrupt::{Watch, interruptible};
use crate::{generate, origin, page, pool};
use nice_flow_codegen::lowered;
use nice_flow_codegen::model::Step;
use nice_flow_lab::host::score::threshold;
use nice_flow_lab::onnx::{self, Precision};
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

#[pymethods]
impl Model {
    /// The model with thresholds from normal rows, or from those of an earlier calibration, and what there is to say about them; `call` is
    /// this one in Python.
    #[allow(clippy::too_many_arguments)]
    fn calibrate(
        &self,
        py: Python<'_>,
        rows: Option<&Bound<'_, PyArray2<f64>>>,
        labels: Option<Vec<bool>>,
        false_alarm_rate: f64,
        debounce: Option<String>,
        combine: Option<String>,
        drop_incomplete: bool,
        features: Option<Vec<String>>,
        call: &str,
    ) -> PyResult<(Self, Vec<String>)> {
        let way = origin::call(call)?;
        let mut model = self.inner.clone();
        let mut notes = vec![];
        if let Some(features) = features {
            notes.push(format!(
                "the model's inputs are now named {}",
                features.join(", ")
            ));
            model.features = features;
        }
        if let Some(combine) = combine {
            model.set_combine(combine_of(&combine)?).map_err(raise)?;
        }
        if let Some(rule) = debounce {
            let rule = rule.parse().map_err(|error| wrong("debounce", error))?;
            model.debounce = Some(rule);
        }
        let table = rows.map(|rows| self.table(rows, labels)).transpose()?;
        let earlier = model.way(Step::Calibrated).filter(|_| table.is_none());
        let calibrated = |watch: &Watch| match table {
            Some(table) => {
                let warning = origin::warning_of_training(&model, &table.values);
                let (rate, drop) = (false_alarm_rate, drop_incomplete);
                let found = calibrated(&mut model, table, rate, drop, watch)?;
                Ok(warning.into_iter().chain(found).collect())
            }
            None => recalibrated(&mut model, false_alarm_rate, drop_incomplete, watch),
        };
        let work = |watch: &Watch| pool::with(0, || calibrated(watch));
        let found: Vec<String> = interruptible(py, usize::MAX, work)??.map_err(raise)?;
        notes.extend(found);
        origin::keep(&mut model, way, earlier);
        Ok((model.into(), spoken(notes)))
    }

    /// The text of the Rust module, the bytes of its blob, and what there is to say about them.
    fn generate<'py>(
        &self,
        py: Python<'py>,
        numeric: &str,
        options: generate::Options,
        calibration: Option<&Bound<'py, PyArray2<f64>>>,
    ) -> PyResult<(String, Option<Bound<'py, PyBytes>>, Vec<String>)> {
        let numeric = super::numeric(numeric)?;
        let rows = calibration.map(|rows| self.table(rows, None)).transpose()?;
        let request = generate::Request::new(&self.inner, numeric, options, rows)?;
        let generated = |watch: &Watch| pool::with(0, || request.run(&self.inner, watch));
        let generated = interruptible(py, usize::MAX, generated)?;
        let (text, blob, notes) = generated?.map_err(raise)?;
        let blob = blob.map(|bytes| PyBytes::new(py, &bytes));
        Ok((text, blob, spoken(notes)))
    }

    /// The bytes of an ONNX file, and what there is to say about it.
    fn onnx<'py>(
        &self,
        py: Python<'py>,
        numeric: &str,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let precision = match numeric {
            "f32" => Precision::Single,
            "f64" => Precision::Double,
            other => {
                let message = format!("expected 'f32' or 'f64', found {other:?}");
                return Err(wrong("numeric", message.replace('"', "'")));
            }
        };
        let bytes = py.detach(|| onnx::export(&self.inner, precision));
        let bytes = PyBytes::new(py, &bytes.map_err(raise)?);
        Ok((bytes, spoken(onnx::notes(&self.inner))))
    }

    /// The report's page.
    fn report(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyArray2<f64>>,
        labels: Option<Vec<bool>>,
        numeric: &str,
    ) -> PyResult<String> {
        let (arithmetic, table) = (arithmetic(numeric)?, self.table(rows, labels)?);
        let made = self.made(arithmetic)?;
        let subject = (&self.inner, &*made, arithmetic);
        let page = |watch: &Watch| pool::with(0, || page::page(subject, table, watch));
        interruptible(py, usize::MAX, page)??.map_err(raise)
    }

    /// The limit of the score in an arithmetic.
    fn threshold(&self, numeric: &str) -> PyResult<Option<f64>> {
        Ok(threshold(&self.inner, arithmetic(numeric)?).map(|limit| limit.score))
    }

    /// Bytes of a module's numbers.
    fn bytes_of(&self, numeric: &str) -> PyResult<usize> {
        let module = lowered(&self.inner, super::numeric(numeric)?);
        Ok(module.map_err(raise)?.bytes())
    }
}
