//! What a model says of rows.

use super::{Model, arithmetic};
use crate::error::{raise, spoken, warn, wrong};
use crate::explain::{self, Cause};
use crate::interrupt::{Watch, interruptible};
use crate::{pool, raw, rows};
use nice_flow_lab::host::score::threshold;
use nice_flow_lab::host::scores::{Scores, canonical_bits};
use nice_flow_lab::judge::advice::above_level;
use nice_flow_lab::signal;
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;

/// An array of one dimension.
type Numbers<'py> = Bound<'py, PyArray1<f64>>;

type Flags<'py> = Bound<'py, PyArray1<bool>>;

#[pymethods]
impl Model {
    /// Scores of C-contiguous rows, exact in `f64` whatever the arithmetic; NaN for rows that the model ignores.
    fn score<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
        numeric: &str,
        threads: usize,
    ) -> PyResult<Numbers<'py>> {
        let scored = self.scores(rows, numeric, threads)?;
        let scores = py.detach(|| scored.spread(scored.scores.to_f64(), f64::NAN));
        Ok(scores.into_pyarray(py))
    }

    /// The bits of each score as the board has them: `uint64` of `f64`, else `uint32`.
    fn score_bits<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
        numeric: &str,
        threads: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let scored = self.scores(rows, numeric, threads)?;
        if let Some(row) = scored.ignored.first() {
            let message = format!(
                "expected rows with a score: row {row} has a missing cell, so that this model ignores it, and it has no bits; leave such \
                 rows out, or take Model.score, which gives them NaN"
            );
            return Err(wrong("X", message));
        }
        let words: Vec<u32> = match scored.scores {
            Scores::F64(scores) => {
                let words: Vec<u64> = scores.into_iter().map(canonical).collect();
                return Ok(words.into_pyarray(py).into_any());
            }
            Scores::F32(scores) => scores.into_iter().map(canonical_bits).collect(),
            Scores::Fixed { bits, .. } => bits.into_iter().map(|bits| bits as u32).collect(),
        };
        Ok(words.into_pyarray(py).into_any())
    }

    /// Whether each row is an anomaly, judged in the arithmetic; a row that the model ignores is none.
    fn anomalous<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
        numeric: &str,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let scored = self.scores(rows, numeric, threads)?;
        let limit = threshold(&self.inner, arithmetic(numeric)?);
        let verdicts = scored.scores.verdicts(limit);
        Ok(scored.spread(verdicts, false).into_pyarray(py))
    }

    /// Of each row its score, whether it is an anomaly, and whether the model gives it a score and not ignores it.
    fn judged<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
        numeric: &str,
        threads: usize,
    ) -> PyResult<(Numbers<'py>, Flags<'py>, Flags<'py>)> {
        let scored = self.scores_silently(rows, numeric, threads)?;
        let verdicts = scored
            .scores
            .verdicts(threshold(&self.inner, arithmetic(numeric)?));
        let has_score = vec![true; verdicts.len()];
        Ok((
            scored
                .spread(scored.scores.to_f64(), f64::NAN)
                .into_pyarray(py),
            scored.spread(verdicts, false).into_pyarray(py),
            scored.spread(has_score, false).into_pyarray(py),
        ))
    }

    /// The causes of each row that is an anomaly, at most so many, by so many usual values of each input.
    fn explain(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyArray2<f64>>,
        numeric: &str,
        most: usize,
        values: usize,
    ) -> PyResult<Vec<Vec<Cause>>> {
        let (arithmetic, table) = (arithmetic(numeric)?, self.table(rows, None)?);
        let made = self.made(arithmetic)?;
        let subject = (&self.inner, &*made, arithmetic);
        let causes = |watch: &Watch| explain::causes(subject, table.values, most, values, watch);
        let causes = |watch: &Watch| pool::with(0, || causes(watch));
        interruptible(py, usize::MAX, causes)??.map_err(raise)
    }

    /// Rows in raw units, one after another; above their level if the model has a baseline.
    fn sample<'py>(&self, py: Python<'py>, n: usize, seed: u64) -> PyResult<Numbers<'py>> {
        self.inner.expect_known_context("sample").map_err(raise)?;
        self.inner.expect_draws(n, "n").map_err(raise)?;
        let mut values: Vec<f64> = vec![];
        let room = values.try_reserve_exact(n * self.inner.dim());
        room.map_err(|error| wrong("n", format!("expected fewer rows, found {n}: {error}")))?;
        let above = above_level(&self.inner, "rows are drawn", "added");
        warn(py, above.into_iter().collect())?;
        let draws = |watch: &Watch| {
            for row in self.inner.draws(seed).take(n) {
                watch.check();
                values.extend(row);
            }
            values
        };
        Ok(interruptible(py, self.macs_of(n), draws)?.into_pyarray(py))
    }

    /// `z = f(x)` of rows of a model of one flow or, as `inverse`, `x` of rows `z`; with the log-determinants.
    fn forward<'py>(
        &self,
        py: Python<'py>,
        array: &Bound<'py, PyArray2<f64>>,
        inverse: bool,
    ) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
        let flow = self.inner.only().map_err(raise)?.raw_flow();
        let mut values = rows::of(array, &self.inner)?.as_slice()?.to_vec();
        let above = match inverse {
            true => above_level(&self.inner, "x are rows", "added"),
            false => above_level(&self.inner, "X is taken for rows", "taken off"),
        };
        warn(py, above.into_iter().collect())?;
        let macs = self.macs_of(values.len() / flow.dim);
        let log_dets: Vec<f64> = interruptible(py, macs, |watch| {
            let move_row = |row: &mut [f64]| {
                watch.check();
                match inverse {
                    true => flow.inverse(row),
                    false => flow.forward(row),
                }
            };
            values.chunks_exact_mut(flow.dim).map(move_row).collect()
        })?;
        Ok((values.into_pyarray(py), log_dets.into_pyarray(py)))
    }

    /// The rows that the model's front end makes of recordings of raw samples, one after another.
    fn windows<'py>(
        &self,
        py: Python<'py>,
        recordings: Vec<raw::Samples<'py>>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Vec<String>)> {
        let front = self.inner.front_end.as_ref().ok_or_else(|| {
            wrong(
                "windows",
                "expected a model with a front end, found one that takes rows as they are",
            )
        })?;
        let recordings = raw::recordings(recordings, &front.channels)?;
        let windows = signal::windows(&recordings, front).map_err(raise)?;
        Ok((windows.table.values.into_pyarray(py), spoken(windows.notes)))
    }
}

/// The bits of a score; every NaN is the positive quiet one.
fn canonical(score: f64) -> u64 {
    match score.is_nan() {
        true => 0x7ff8_0000_0000_0000,
        false => score.to_bits(),
    }
}
