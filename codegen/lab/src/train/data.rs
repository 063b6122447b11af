//! The rows that a flow learns from: complete, standardised, and split into training and held-out rows.

use super::kernel::{Lane, PART};
use super::random::{generator, shuffle};
use crate::judge::quartiles::Quartiles;
use crate::table::Hours;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::resolution::unresolved;
use nice_flow_codegen::text::listed;
use nice_flow_codegen::{Error, Result};
use rayon::prelude::*;

/// The fewest rows that training accepts: scikit-learn's test of estimators fits ten.
pub const FEWEST: usize = 10;

/// The most rows that are held out.
const MOST_HELD_OUT: usize = 4096;

/// Values farther out, in standard units, are learnt from as if they were this far: Adam squares gradients, which grow with the
/// square of a value, and the fourth power of 1e10 is beyond `f32`. No value is so far from the mean in standard deviations, only in
/// spreads of quartiles.
const FARTHEST: f64 = 1e6;

/// Rows in standard units, stored row by row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub dim: usize,
    pub values: Vec<f32>,
}

impl Rows {
    /// Standardises rows in raw units, and puts their numbers in this order.
    pub fn new<'a>(
        rows: impl Iterator<Item = &'a [f64]>,
        standard: &Diagonal,
        order: &[usize],
    ) -> Self {
        let one = |row: &[f64], i: usize| {
            let value = (row[i] - standard.center[i]) * standard.factor[i];
            value.clamp(-FARTHEST, FARTHEST) as f32
        };
        Self {
            dim: order.len(),
            values: rows
                .flat_map(|row| order.iter().map(move |i| one(row, *i)))
                .collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// A part of a batch: the rows at `places`, feature by feature; the part is filled up with zeros.
    pub fn gather(&self, places: &[u32]) -> Vec<Lane<f32>> {
        let mut part = vec![[0.0; PART]; self.dim];
        for (row, &place) in places.iter().enumerate() {
            let values = &self.values[place as usize * self.dim..][..self.dim];
            part.iter_mut()
                .zip(values)
                .for_each(|(lane, value)| lane[row] = *value);
        }
        part
    }

    /// The results of `f` on parts of these rows, one number per row; on all cores.
    pub fn map(&self, places: &[u32], f: impl Fn(&[Lane<f32>]) -> Lane<f32> + Sync) -> Vec<f32> {
        let parts = places.par_chunks(PART);
        parts
            .flat_map_iter(|places| f(&self.gather(places)).into_iter().take(places.len()))
            .collect()
    }
}

/// The rows for training and the rows that are held out.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub training: Vec<u32>,
    pub held_out: Vec<u32>,
}

impl Split {
    /// Holds out a random tenth of `count` rows, but at most [`MOST_HELD_OUT`].
    pub fn new(count: usize, seed: u64) -> Self {
        Self::with_last(0, count, seed)
    }

    /// The same, but half of the rows that are held out are the last ones of all, without neighbours in time to learn from.
    pub fn with_end(count: usize, seed: u64) -> Self {
        Self::with_last(held_out(count) / 2, count, seed)
    }

    fn with_last(last: usize, count: usize, seed: u64) -> Self {
        let others = count - last;
        let mut training: Vec<u32> = (0..others as u32).collect();
        shuffle(&mut training, &mut generator(seed, SPLIT));
        let mut held_out = training.split_off(count - held_out(count));
        held_out.extend(others as u32..count as u32);
        Self { training, held_out }
    }
}

/// How many of so many rows are held out.
fn held_out(count: usize) -> usize {
    (count / 10).clamp(1, MOST_HELD_OUT)
}

/// A column that rises less often may have been switched.
const FEWEST_STEPS: usize = 8;

/// The random number stream for the split.
const SPLIT: u64 = 0;

/// Statistics of a column in raw units.
#[derive(Clone, Copy)]
struct Column {
    first: f64,
    last: f64,
    mean: f64,
    variance: f64,
    constant: bool,
    /// Whether no number is below the one before.
    rising: bool,
    /// How many numbers are above the one before.
    steps: usize,
}

/// `(x − mean) / sd` for each column, with `sd` over all rows; and notes on suspicious columns. With `robust`,
/// `(x − median) / spread`, which single far values do not move. `is_above`: a level is off the rows, which notes say.
///
/// For a constant column, a hundredth of its magnitude is used as the standard deviation, or 0.01 if the constant is
/// zero. An error names a column whose numbers are too large or too small for a standard deviation in range.
pub(super) fn standardise(
    rows: &[&[f64]],
    names: &[String],
    robust: bool,
    is_above: bool,
) -> Result<(Diagonal, Vec<String>)> {
    let (mut means, mut scales, mut notes) = (vec![], vec![], vec![]);
    let mut constant = vec![];
    // Rows of half a day let them rise, and a whole day does not.
    let hours = Hours::among(names).map_or(vec![], |hours| hours.features().into());
    let mut columns = columns(rows, names.len());
    if robust {
        by_quartiles(&mut columns, rows);
    }
    for (column, name) in columns.iter().zip(names) {
        if column.constant {
            let above = if is_above { " above its level" } else { "" };
            constant.push(format!("{name} is always {}{above}", column.first));
        } else if column.rising && column.steps >= FEWEST_STEPS && !hours.contains(name) {
            notes.push(format!(
                "column {name} only ever rises, as clocks and row numbers do: later rows will be anomalies; leave it out with --skip {name}"
            ));
        } else if let Some(warning) = unresolved(name, column.mean, column.variance.sqrt()) {
            notes.push(warning);
        }
        means.push(column.mean);
        scales.push(
            column
                .scale()
                .map_err(|message| Error::input(name, message))?,
        );
    }
    notes.extend(told(&constant));
    Ok((Diagonal::standardise(means, &scales), notes))
}

/// More constant columns are not listed.
const MOST_NAMED: usize = 5;

/// One note on all constant columns.
fn told(constant: &[String]) -> Option<String> {
    let named = listed(constant, MOST_NAMED);
    let more = match constant.len() > MOST_NAMED {
        true => " are constant",
        false => "",
    };
    (!constant.is_empty()).then(|| {
        format!("column {named}{more}: other values will be anomalies; --drop-constant leaves such columns out")
    })
}

fn columns(rows: &[&[f64]], dim: usize) -> Vec<Column> {
    let first = |i: usize| rows.first().map_or(0.0, |row| row[i]);
    let count = rows.len() as f64;
    let mut columns: Vec<Column> = (0..dim)
        .map(|i| Column {
            first: first(i),
            last: f64::NEG_INFINITY,
            mean: 0.0,
            variance: 0.0,
            constant: true,
            rising: true,
            steps: 0,
        })
        .collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(*row) {
            column.mean += value / count;
            column.constant &= *value == column.first;
            column.rising &= *value >= column.last;
            column.steps += usize::from(*value > column.last);
            column.last = *value;
        }
    }
    // The exact constant, not the computed mean, so that standardised values are exactly zero.
    for column in columns.iter_mut().filter(|column| column.constant) {
        column.mean = column.first;
    }
    for row in rows {
        for (column, value) in columns.iter_mut().zip(*row) {
            let away = value - column.mean;
            column.variance += away * away / count;
        }
    }
    columns
}

/// Replaces mean and variance by those of a normal distribution with the same quartiles, where these are apart.
fn by_quartiles(columns: &mut [Column], rows: &[&[f64]]) {
    for (i, column) in columns.iter_mut().enumerate() {
        let quartiles = Quartiles::of(rows.iter().map(|row| row[i]));
        if let Some(quartiles) = quartiles.filter(|quartiles| quartiles.spread() > 0.0) {
            column.mean = quartiles.median;
            column.variance = quartiles.spread().powi(2);
        }
    }
}

impl Column {
    /// The population standard deviation, or its replacement for a constant column.
    fn scale(&self) -> std::result::Result<f64, String> {
        let deviation = match (self.constant, self.first == 0.0) {
            (false, _) => self.variance.sqrt(),
            (true, true) => 0.01,
            (true, false) => self.first.abs() / 100.0,
        };
        // The range that allows a board to divide in `f32`.
        if (1e-30..=1e30).contains(&deviation) && self.mean.abs() < 1e30 {
            return Ok(deviation);
        }
        Err(format!(
            "expected a mean below 1e30 and a standard deviation from 1e-30 to 1e30, found {:e} and {deviation:e}",
            self.mean
        ))
    }
}

#[cfg(test)]
mod tests;
