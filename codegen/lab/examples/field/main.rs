//! What commissioning and drift reach on labelled data sets.
//!
//! `cargo run --release --package nice-flow-lab --example field -- FOLDER [SET,…] [RECIPE,…]`, where the folder holds
//! `NAME.train.csv` (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies), and for the set `skab`
//! `skab_valve1.csv`. Of each set an ensemble is trained by each recipe, a word of `train --recipe` or `default`, which alone is
//! taken unless told. All is in `i8`; drift is measured with the first flow of the ensemble alone, in `f32`, too. What is printed is
//! explained in `commission.rs` and `drift.rs`.

#[path = "../../../tests/fixtures/sets.rs"]
#[allow(dead_code)]
mod sets;
#[path = "../../../tests/fixtures/skab.rs"]
mod skab;

mod commission;
mod drift;
mod random;

use commission::{Outcome, Site};
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::module::{Spread, spread};
use nice_flow_codegen::{Error, Lowered, Model, Numeric, Result, lowered};
use nice_flow_lab::host::score::score_lowered;
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Request, train};
use sets::read_in;
use std::ops::ControlFlow;
use std::path::Path;

const SETS: &str = "shuttle,pendigits,annthyroid,satellite,skab";

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("../shared/data".into());
    let folder = Path::new(&folder);
    let sets = arguments.next().unwrap_or(SETS.into());
    let recipes = arguments.next().unwrap_or("default".into());
    if !folder.is_dir() {
        println!("no folder {}: nothing to measure", folder.display());
        return Ok(());
    }
    for set in sets.split(',') {
        for recipe in recipes.split(',') {
            match set {
                "skab" => other_runs(folder, recipe)?,
                _ => shifted_sensors(folder, set, recipe)?,
            }
        }
    }
    Ok(())
}

/// Commissioning where sensors are shifted, for three draws of the shifts, and drift.
fn shifted_sensors(folder: &Path, set: &str, recipe: &str) -> Result<()> {
    let (training, test) = (
        read_in(folder, set, "train", None)?,
        read_in(folder, set, "test", Some("y"))?,
    );
    let board = Board::new(training, recipe)?;
    let sites = (0..3).map(|seed| Site::shifted(&test, &board.spread, seed));
    let outcomes: Result<Vec<_>> = sites.map(|site| board.outcomes(&site)).collect();
    tell(&format!("{set},{recipe}"), "shifted by draw", &outcomes?);
    board.drift(set, &test.normal_rows());
    Ok(())
}

/// Commissioning on each run of a pump, of a model of the other runs.
fn other_runs(folder: &Path, recipe: &str) -> Result<()> {
    let runs = skab::runs(folder)?;
    let mut outcomes = vec![];
    for run in &runs {
        let others = runs.iter().filter(|other| !std::ptr::eq(*other, run));
        let board = Board::new(skab::joined(others.map(|other| &other.start)), recipe)?;
        let site = Site::at(&run.start.values, &run.rest);
        outcomes.push(board.outcomes(&site)?);
    }
    tell(&format!("skab,{recipe}"), "run", &outcomes);
    Ok(())
}

/// Prints what each case comes to, without a commissioning and with one, and the mean.
fn tell(set: &str, case: &str, outcomes: &[[Outcome; 2]]) {
    for (which, how) in ["none", "commissioned"].into_iter().enumerate() {
        let of = outcomes.iter().map(|outcome| outcome[which]);
        for (number, outcome) in of.clone().enumerate() {
            println!("{set},{case} {number},{how},{outcome}");
        }
        println!("{set},mean,{how},{}", Outcome::mean(of));
    }
}

/// A model as a board has it.
struct Board {
    recipe: String,
    lowered: Lowered,
    /// The first flow of the ensemble alone, in `f32`.
    single: Lowered,
    spread: Spread,
    training: Table,
}

impl Board {
    fn new(training: Table, recipe: &str) -> Result<Self> {
        let go_on = |_| ControlFlow::Continue(());
        let chosen = match recipe {
            "default" => None,
            word => Some(
                word.parse()
                    .map_err(|error| Error::input("RECIPE", error))?,
            ),
        };
        let request = Request {
            recipe: chosen,
            ..Request::default()
        };
        let model = train(training.clone(), Origin::default(), &request, &go_on)?.model;
        let single = Model {
            members: model.members[..1].to_vec(),
            combine: None,
            ..model.clone()
        };
        Ok(Self {
            recipe: recipe.into(),
            lowered: lowered(&model, Numeric::I8)?,
            single: lowered(&single, Numeric::F32)?,
            spread: spread(&model, None)?,
            training,
        })
    }

    fn scores(&self, rows: &[f64]) -> Vec<f64> {
        scores(&self.lowered, rows)
    }

    /// What drift is measured with.
    fn kinds(&self) -> [(&str, &Lowered); 2] {
        [
            ("ensemble i8", &self.lowered),
            ("one flow f32", &self.single),
        ]
    }
}

fn scores(lowered: &Lowered, rows: &[f64]) -> Vec<f64> {
    score_lowered(lowered, rows, &|_| ()).to_f64()
}
