//! What commissioning and drift reach on labelled data sets.
//!
//! `cargo run --release --package nice-flow-lab --example field -- FOLDER [SET,…] [shifted|as-is]`, where the folder holds
//! `NAME.train.csv` (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies). Of each set the default ensemble
//! is trained, and all is in `i8`.
//!
//! Commissioning: on test rows whose sensors are shifted (each times exp N(0, ¼), plus N(0, 1) deviations; three draws) or
//! as they are, the first 200 normal rows fit the machine at a rate of 0.02; printed are AUROC, false alarms and detections of
//! the others, without and with it. Drift: half of the normal test rows give the p-values, the others are drawn in random
//! order; printed are the rows between false alarms (at most 100000 a run), and until a step of one deviation in one sensor is noticed,
//! the deviation being half of what the middle 68 % of the training rows span.

#[path = "../../tests/fixtures/sets.rs"]
#[allow(dead_code)]
mod sets;

use nice_flow::Reading;
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::module::emit::Site;
use nice_flow_codegen::module::{Spread, spread};
use nice_flow_codegen::{Lowered, Numeric, Result, lowered};
use nice_flow_lab::host::commission::commission;
use nice_flow_lab::host::score::score_lowered;
use nice_flow_lab::judge::calibrate::{conformal, exceeds};
use nice_flow_lab::judge::drift::changes;
use nice_flow_lab::judge::metrics;
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Request, train};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use sets::read_in;
use std::ops::ControlFlow;
use std::path::Path;

const SETS: &str = "shuttle,pendigits,annthyroid,satellite";

/// Rows of a commissioning, and its false-alarm rate.
const SITE: usize = 200;
const RATE: f64 = 0.02;

/// Rows between false alarms of drift, and the most that are drawn.
const ROWS: u32 = 10_000;
const MOST: usize = 100_000;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("../shared/data".into());
    let sets = arguments.next().unwrap_or(SETS.into());
    let is_shifted = arguments.next().is_none_or(|how| how == "shifted");
    if !Path::new(&folder).is_dir() {
        println!("no folder {folder}: nothing to measure");
        return Ok(());
    }
    for set in sets.split(',') {
        let task = Task::new(&folder, set)?;
        for seed in 0..if is_shifted { 3 } else { 1 } {
            task.commission(set, is_shifted.then_some(seed))?;
        }
        task.drift(set)?;
    }
    Ok(())
}

/// A model as a board has it, and test rows.
struct Task {
    lowered: Lowered,
    spread: Spread,
    train: Table,
    test: Table,
}

impl Task {
    fn new(folder: &str, set: &str) -> Result<Self> {
        let read = |part: &str, label| read_in(Path::new(folder), set, part, label);
        let (training, test) = (read("train", None)?, read("test", Some("y"))?);
        let go_on = |_| ControlFlow::Continue(());
        let trained = train(
            training.clone(),
            Origin::default(),
            &Request::default(),
            &go_on,
        )?;
        Ok(Self {
            lowered: lowered(&trained.model, Numeric::I8)?,
            spread: spread(&trained.model, None)?,
            train: training,
            test,
        })
    }

    fn scores(&self, rows: &[f64]) -> Vec<f64> {
        score_lowered(&self.lowered, rows, &|_| ()).to_f64()
    }

    /// Prints what a commissioning reaches; rows are in random order where they are shifted.
    fn commission(&self, set: &str, seed: Option<u64>) -> Result<()> {
        let (dim, labels) = (
            self.test.columns,
            self.test.labels.as_deref().unwrap_or_default(),
        );
        let mut rng = ChaCha8Rng::seed_from_u64(seed.unwrap_or(0) + 3);
        let mut order: Vec<usize> = (0..self.test.rows).collect();
        let mut rows = self.test.values.clone();
        if seed.is_some() {
            shuffle(&mut order, &mut rng);
            for j in 0..dim {
                let (gain, offset) = ((0.25 * normal(&mut rng)).exp(), normal(&mut rng));
                let (mean, deviation) = (
                    f64::from(self.spread.mean[j]),
                    f64::from(self.spread.deviation[j]),
                );
                for row in rows.chunks_exact_mut(dim) {
                    row[j] = (row[j] - mean) * gain + mean + offset * deviation;
                }
            }
        }
        let of = |places: &[usize]| -> Vec<f64> {
            places
                .iter()
                .flat_map(|place| &rows[place * dim..][..dim])
                .copied()
                .collect()
        };
        let first = order.iter().filter(|row| !labels[**row]).take(SITE);
        let first: Vec<usize> = first.copied().collect();
        let rest: Vec<usize> = order
            .iter()
            .filter(|row| !first.contains(row))
            .copied()
            .collect();
        let (site_rows, rest_rows) = (of(&first), of(&rest));
        let found = commission(&self.lowered, &self.spread, &site_rows, RATE, 0)?;
        let labels: Vec<bool> = rest.iter().map(|row| labels[*row]).collect();
        let before = conformal(&self.scores(&self.train.values), RATE)?.score;
        for (what, rows, threshold) in [
            ("none", rest_rows.clone(), before),
            ("commissioned", moved(&found, &rest_rows), found.threshold),
        ] {
            let scores = self.scores(&rows);
            let share = |kind: bool| {
                let of_kind = scores
                    .iter()
                    .zip(&labels)
                    .filter(|(_, label)| **label == kind);
                let verdicts: Vec<bool> = of_kind
                    .map(|(score, _)| exceeds(*score, threshold))
                    .collect();
                verdicts.iter().filter(|verdict| **verdict).count() as f64
                    / verdicts.len().max(1) as f64
            };
            let auroc = metrics::auroc(&scores, &labels).unwrap_or(f64::NAN);
            println!(
                "{set},{what},auroc {auroc:.3},false alarms {:.3},detected {:.3}",
                share(false),
                share(true)
            );
        }
        Ok(())
    }

    /// Half the distance between the quantiles of 16 and 84 % of an input: a deviation that a few far rows do not widen.
    fn half_width(&self, input: usize) -> f64 {
        let column = self.train.values.iter().skip(input);
        let mut sorted: Vec<f64> = column.step_by(self.train.columns).copied().collect();
        sorted.sort_by(f64::total_cmp);
        let quantile = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
        (quantile(0.84) - quantile(0.16)) / 2.0
    }

    /// Prints how seldom drift rings for nothing, and how soon for a step.
    fn drift(&self, set: &str) -> Result<()> {
        let (dim, mut rng) = (self.test.columns, ChaCha8Rng::seed_from_u64(5));
        let normal = self.test.normal_rows();
        let mut order: Vec<usize> = (0..normal.len() / dim).collect();
        shuffle(&mut order, &mut rng);
        let (known, live) = order.split_at(order.len() / 2);
        let of = |places: &[usize]| -> Vec<f64> {
            places
                .iter()
                .flat_map(|place| &normal[place * dim..][..dim])
                .copied()
                .collect()
        };
        let Some(knots) = PValues::of_normal(&self.scores(&of(known))).knots() else {
            return Ok(());
        };
        let mut rows = of(live);
        let usual = self.scores(&rows);
        let j = dim / 2;
        let step = self.half_width(j);
        rows.chunks_exact_mut(dim).for_each(|row| row[j] += step);
        let stepped = self.scores(&rows);
        let mut until = |first: usize, of: &[f64], most: usize| {
            let mut draw = |from: &[f64]| from[(rng.next_u64() % from.len() as u64) as usize];
            let mut scores: Vec<f64> = (0..first).map(|_| draw(&usual)).collect();
            scores.extend((0..most).map(|_| draw(of)));
            let alarms = changes(&scores, &knots, ROWS, 1, &[0]);
            let alarm = alarms[first..].iter().position(|alarm| *alarm);
            alarm.map_or(most, |place| place + 1)
        };
        let between: Vec<usize> = (0..20).map(|_| until(0, &usual, MOST)).collect();
        let mut delays: Vec<usize> = (0..21).map(|_| until(200, &stepped, MOST)).collect();
        delays.sort();
        let mean = between.iter().sum::<usize>() / between.len();
        println!(
            "{set},drift,rows between false alarms {mean},until a step is noticed {}",
            delays[10]
        );
        Ok(())
    }
}

/// Rows as a commissioned board scores them.
fn moved(site: &Site, rows: &[f64]) -> Vec<f64> {
    let moves = site.moves.iter().cycle();
    let moved = rows.iter().zip(moves).map(|(x, by)| {
        let [center, factor, mean] = by.map(|number| number as f32);
        f64::from((*x as f32).moved(nice_flow::Move::new(center, factor, mean)))
    });
    moved.collect()
}

fn shuffle(order: &mut [usize], rng: &mut ChaCha8Rng) {
    for last in (1..order.len()).rev() {
        order.swap(last, (rng.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// A number of a standard normal, by the Box–Muller transform.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 2f64.powi(32);
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}
