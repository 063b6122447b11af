//! The rows that a flow learns from: complete, standardised, some held out.

use super::kernel::{BATCH, Lane};
use super::random::{generator, shuffle};
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::{Error, Result};

/// Fewest rows that training takes.
pub(super) const FEWEST: usize = 20;

/// Most rows that are held out.
const MOST_HELD_OUT: usize = 4096;

/// Rows in standard units, row by row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub dim: usize,
    pub values: Vec<f32>,
}

impl Rows {
    /// Rows in raw units, standardised.
    pub fn new<'a>(rows: impl Iterator<Item = &'a [f64]>, standard: &Diagonal) -> Self {
        let numbers = standard.center.iter().zip(&standard.factor);
        Self {
            dim: standard.center.len(),
            values: rows
                .flat_map(|row| row.iter().zip(numbers.clone()))
                .map(|(x, (center, factor))| ((x - center) * factor) as f32)
                .collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// The rows, feature by feature; those beyond the last of `places` are zero.
    pub fn gather(&self, places: &[u32]) -> Vec<Lane<f32>> {
        let mut batch = vec![[0.0; BATCH]; self.dim];
        for (row, &place) in places.iter().enumerate() {
            let values = &self.values[place as usize * self.dim..][..self.dim];
            batch
                .iter_mut()
                .zip(values)
                .for_each(|(lane, value)| lane[row] = *value);
        }
        batch
    }

    /// What `f` makes of the batches of these rows, one number a row.
    pub fn map(&self, places: &[u32], f: impl Fn(&[Lane<f32>]) -> Lane<f32>) -> Vec<f32> {
        let batches = places.chunks(BATCH);
        batches
            .flat_map(|places| f(&self.gather(places)).into_iter().take(places.len()))
            .collect()
    }
}

/// Which rows are trained on, and which are held out.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub training: Vec<u32>,
    pub held_out: Vec<u32>,
}

impl Split {
    /// Holds out a tenth of `count` rows, at random, and not more than a few thousand.
    pub fn new(count: usize, seed: u64) -> Self {
        let mut training: Vec<u32> = (0..count as u32).collect();
        shuffle(&mut training, &mut generator(seed, SPLIT));
        let held_out = (count / 10).clamp(1, MOST_HELD_OUT);
        let held_out = training.split_off(count - held_out);
        Self { training, held_out }
    }
}

/// The stream of random numbers that splits.
const SPLIT: u64 = 0;

/// What is known of a column of raw numbers.
#[derive(Clone, Copy)]
struct Column {
    first: f64,
    last: f64,
    mean: f64,
    variance: f64,
    constant: bool,
    rising: bool,
    /// A row, and how many deviations it is from the mean.
    farthest: (usize, f64),
}

/// A row so many deviations out is told of: one alone makes up a third of the variance of 2,700 rows.
const STRAY: f64 = 30.0;

/// `(x − mean) / sd` of each column, `sd` over all rows, and what to tell of the columns.
///
/// Of a column that never changes, a hundredth of its value stands for the deviation, or 0.01 for zero. An error names the column whose numbers are too large or too small
/// to have a spread.
pub(super) fn standardise(rows: &[&[f64]], names: &[String]) -> Result<(Diagonal, Vec<String>)> {
    let (mut means, mut scales, mut notes) = (vec![], vec![], vec![]);
    for (column, name) in columns(rows, names.len()).iter().zip(names) {
        if column.constant {
            notes.push(format!(
                "column {name} is always {}: values away from it will be anomalies; leave the column out if that is wrong",
                column.first
            ));
        } else if let Some(step) = column.coarse_step() {
            notes.push(format!(
                "column {name} is around {} and spreads by {:e}, less than the {step:e} that f32 can tell apart there: boards see nothing of it; take an offset off first",
                column.mean,
                column.variance.sqrt()
            ));
        } else if column.farthest.1 > STRAY {
            let (row, deviations) = column.farthest;
            notes.push(format!(
                "column {name} has {} in row {row}, {deviations:.0} deviations from the mean: it sets the scale of the others; leave the row out if it is wrong",
                rows[row][means.len()]
            ));
        } else if column.rising {
            notes.push(format!(
                "column {name} only ever rises, as clocks and row numbers do: later rows will be anomalies; leave it out with --skip {name}"
            ));
        }
        means.push(column.mean);
        scales.push(
            column
                .scale()
                .map_err(|message| Error::input(name, message))?,
        );
    }
    Ok((Diagonal::standardise(means, &scales), notes))
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
            farthest: (0, 0.0),
        })
        .collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(*row) {
            column.mean += value / count;
            column.constant &= *value == column.first;
            column.rising &= *value > column.last;
            column.last = *value;
        }
    }
    // Exactly, so that the rows become exactly zero.
    for column in columns.iter_mut().filter(|column| column.constant) {
        column.mean = column.first;
    }
    for row in rows {
        for (column, value) in columns.iter_mut().zip(*row) {
            let away = value - column.mean;
            column.variance += away * away / count;
        }
    }
    for (place, row) in rows.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(*row) {
            let deviations = (value - column.mean).abs() / column.variance.sqrt();
            if deviations > column.farthest.1 {
                column.farthest = (place, deviations);
            }
        }
    }
    columns
}

impl Column {
    /// The distance of neighbouring `f32` at the mean, if the column spreads by less.
    fn coarse_step(&self) -> Option<f64> {
        let step = self.mean.abs() * f64::from(f32::EPSILON);
        (self.variance.sqrt() < step).then_some(step)
    }

    /// The population standard deviation, or what stands for it.
    fn scale(&self) -> std::result::Result<f64, String> {
        let deviation = match (self.constant, self.first == 0.0) {
            (false, _) => self.variance.sqrt(),
            (true, true) => 0.01,
            (true, false) => self.first.abs() / 100.0,
        };
        // What f32 on a board can divide by.
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
