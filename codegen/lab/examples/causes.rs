//! Whether the right inputs are blamed: faults planted in normal rows, and the causes that are found.
//!
//! `cargo run --release --package nice-flow-lab --example causes -- FOLDER [SET,…] [ROWS] [RECIPE]`, where the folder holds
//! `NAME.train.csv` (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies), and for the set `skab`
//! `skab_valve1.csv`: there the first 400 rows of each run train. Of each set an ensemble is trained, by the default or by a
//! recipe, a word of `train --recipe`; the first half of the normal test rows gives the threshold of a false-alarm rate of 0.01,
//! and faults are planted in rows of the second half that are below it. Of those that are above it then, at most 150 of a kind
//! unless told, printed is how often the first cause is a faulty input, and how often the first two are both of two. The means
//! are over kinds of all sets: all of them, and those of which 30 faults or more were seen.

#[path = "../../tests/fixtures/sets.rs"]
#[allow(dead_code)]
mod sets;
#[path = "../../tests/fixtures/skab.rs"]
mod skab;

use nice_flow_codegen::model::Origin;
use nice_flow_codegen::module::quantiles;
use nice_flow_codegen::{Error, Lowered, Model, Numeric, Result, lowered};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::explain::Explainer;
use nice_flow_lab::host::score::{score_lowered, threshold};
use nice_flow_lab::judge::calibrate::{calibrate, exceeds};
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Recipe, Request, train};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use sets::read_in;
use std::ops::ControlFlow;
use std::path::Path;

const SETS: &str = "shuttle,pendigits,annthyroid,satellite,skab";

const FAULTS: [&str; 8] = [
    "offset of 3 to 6 deviations",
    "offset of 1 to 3",
    "stuck at another row's value",
    "spike of 10 to 20",
    "deviation times 3 or -1",
    "swapped with another",
    "two with offsets of 3 to 6",
    "stuck at the mean",
];

/// Those of two inputs.
const TWO: [usize; 2] = [5, 6];

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("../shared/data".into());
    let sets = arguments.next().unwrap_or(SETS.into());
    let rows = arguments.next().map_or(Ok(150), |rows| rows.parse())?;
    let recipe = arguments.next().map(|word| word.parse()).transpose();
    let recipe = recipe.map_err(|error| Error::input("RECIPE", error))?;
    if !Path::new(&folder).is_dir() {
        println!("no folder {folder}: nothing to measure");
        return Ok(());
    }
    println!("set,values,fault,rows,first_right,both_right");
    let mut all = [vec![], vec![]];
    for set in sets.split(',') {
        let task = Task::new(&folder, set, recipe)?;
        for (found, values) in all.iter_mut().zip([7, 3]) {
            found.extend(task.measure(set, values, rows)?);
        }
    }
    for (found, values) in all.iter().zip([7, 3]) {
        for (least, which) in [(1, "all"), (30, "of 30 rows or more")] {
            let seen: Vec<&Found> = found.iter().filter(|found| found.rows >= least).collect();
            let first = mean(seen.iter().map(|found| found.first));
            let both = mean(seen.iter().filter_map(|found| found.both));
            println!(
                "mean,{values},{which},{} kinds,{first:.3},{both:.3}",
                seen.len()
            );
        }
    }
    Ok(())
}

/// What became of the faults of a kind.
struct Found {
    rows: usize,
    /// How often the first cause is right.
    first: f64,
    /// How often both of two are.
    both: Option<f64>,
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = numbers.fold((0, 0.0), |(count, sum), x| (count + 1, sum + x));
    sum / f64::from(count.max(1))
}

/// A calibrated model, normal rows that it has not seen, and how each input is spread.
struct Task {
    model: Model,
    lowered: Lowered,
    rows: Vec<Vec<f64>>,
    train: Table,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Task {
    fn new(folder: &str, set: &str, recipe: Option<Recipe>) -> Result<Self> {
        let (training, test) = parts(Path::new(folder), set)?;
        let go_on = |_| ControlFlow::Continue(());
        let request = Request {
            recipe,
            ..Request::default()
        };
        let trained = train(training.clone(), Origin::default(), &request, &go_on)?;
        let mut model = trained.model;
        let normal = test.normal_rows();
        let half = normal.len() / test.columns / 2 * test.columns;
        calibrate(&mut model, &normal[..half], 0.01, &|_| ())?
            .into_iter()
            .try_for_each(|(_, found)| found.map(drop))?;
        let lowered = lowered(&model, Numeric::I8)?;
        let scores = score_lowered(&lowered, &normal[half..], &|_| ()).to_f64();
        let limit = limit(&model)?;
        let rows = normal[half..].chunks_exact(test.columns).zip(scores);
        let rows = rows.filter(|(_, score)| !exceeds(*score, limit));
        let (mean, deviation) = (0..test.columns).map(|j| spread(&training, j)).unzip();
        Ok(Self {
            rows: rows.map(|(row, _)| row.to_vec()).collect(),
            train: training,
            model,
            lowered,
            mean,
            deviation,
        })
    }

    /// What becomes of faults of each kind of which any is seen.
    fn measure(&self, set: &str, values: usize, most: usize) -> Result<Vec<Found>> {
        let column = |j: usize| self.train.iter().map(|row| row[j] as f32 as f64).collect();
        let columns = 0..self.train.columns;
        let usual = columns.map(|j| quantiles(column(j), values)).collect();
        let explainer = Explainer::of(&self.model, Some(self.lowered.clone()), usual);
        let mut all = vec![];
        for (kind, fault) in FAULTS.iter().enumerate() {
            let faulty = self.faulty(kind, most)?;
            if faulty.is_empty() {
                println!("{set},{values},{fault},0,,");
                continue;
            }
            let named = faulty.par_iter().map(|(row, who)| {
                let causes = explainer.causes(row, None, 2)?;
                let named: Vec<usize> = causes.iter().map(|cause| cause.input).collect();
                let first = named.first().is_some_and(|input| who.contains(input));
                Ok((first, who.iter().all(|input| named.contains(input))))
            });
            let named: Vec<(bool, bool)> = named.collect::<Result<_>>()?;
            let share = |right: &dyn Fn(&(bool, bool)) -> bool| {
                named.iter().filter(|named| right(named)).count() as f64 / named.len() as f64
            };
            let found = Found {
                rows: named.len(),
                first: share(&|named| named.0),
                both: TWO.contains(&kind).then(|| share(&|named| named.1)),
            };
            let both = found.both.map(|both| format!("{both:.3}"));
            println!(
                "{set},{values},{fault},{},{:.3},{}",
                found.rows,
                found.first,
                both.unwrap_or_default()
            );
            all.push(found);
        }
        Ok(all)
    }

    /// Rows with a fault that is seen, and its inputs.
    fn faulty(&self, kind: usize, most: usize) -> Result<Vec<(Vec<f64>, Vec<usize>)>> {
        let mut rng = ChaCha8Rng::seed_from_u64(kind as u64 + 7);
        let limit = limit(&self.model)?;
        let mut faulty = vec![];
        for _ in 0..20 * most {
            let row = &self.rows[below(&mut rng, self.rows.len())];
            let (planted, who) = self.plant(kind, row, &mut rng);
            let needed = if TWO.contains(&kind) { 2 } else { 1 };
            if who.len() >= needed
                && score_lowered(&self.lowered, &planted, &|_| ()).to_f64()[0] > limit
            {
                faulty.push((planted, who));
            }
            if faulty.len() == most {
                break;
            }
        }
        Ok(faulty)
    }

    /// A copy of a row with a fault, and the inputs that it changed by at least half a deviation.
    fn plant(&self, kind: usize, row: &[f64], rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<usize>) {
        let mut x = row.to_vec();
        let (j, other) = (below(rng, x.len()), below(rng, x.len() - 1));
        let k = (j + 1 + other) % x.len();
        let sign = if uniform(rng) < 0.5 { -1.0 } else { 1.0 };
        let offset =
            |i: usize, least: f64, more: f64, u: f64| self.deviation[i] * (least + more * u);
        match kind {
            0 => x[j] += sign * offset(j, 3.0, 3.0, uniform(rng)),
            1 => x[j] += sign * offset(j, 1.0, 2.0, uniform(rng)),
            2 => x[j] = self.train.row(below(rng, self.train.rows))[j],
            3 => x[j] += sign * offset(j, 10.0, 10.0, uniform(rng)),
            4 => x[j] = self.mean[j] + (x[j] - self.mean[j]) * if sign > 0.0 { 3.0 } else { -1.0 },
            5 => x.swap(j, k),
            6 => {
                x[j] += sign * offset(j, 3.0, 3.0, uniform(rng));
                x[k] -= sign * offset(k, 3.0, 3.0, uniform(rng));
            }
            _ => x[j] = self.mean[j],
        }
        let moved = |i: &usize| ((x[*i] - row[*i]) / self.deviation[*i]).abs() > 0.5;
        let who = if TWO.contains(&kind) {
            vec![j, k]
        } else {
            vec![j]
        };
        let who = who.into_iter().filter(moved).collect();
        (x, who)
    }
}

/// Training and test rows of a set.
fn parts(folder: &Path, set: &str) -> Result<(Table, Table)> {
    if set == "skab" {
        let runs = skab::runs(folder)?;
        let start = skab::joined(runs.iter().map(|run| &run.start));
        return Ok((start, skab::joined(runs.iter().map(|run| &run.rest))));
    }
    let test = read_in(folder, set, "test", Some("y"))?;
    Ok((read_in(folder, set, "train", None)?, test))
}

/// The threshold of integer scores.
fn limit(model: &Model) -> Result<f64> {
    let threshold = threshold(model, Arithmetic::I8);
    let threshold = threshold.ok_or_else(|| Error::input("model", "expected a threshold"))?;
    Ok(threshold.score)
}

/// Mean and deviation of a column without its outermost thousandths.
fn spread(table: &Table, j: usize) -> (f64, f64) {
    let mut column: Vec<f64> = table.iter().map(|row| row[j]).collect();
    column.sort_by(f64::total_cmp);
    let cut = column.len() / 1000;
    let core = &column[cut..column.len() - cut];
    let mean = core.iter().sum::<f64>() / core.len() as f64;
    let squares = core.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, (squares / core.len() as f64).sqrt().max(1e-6))
}

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    f64::from(rng.next_u32()) / f64::from(u32::MAX)
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    (rng.next_u64() % end as u64) as usize
}
