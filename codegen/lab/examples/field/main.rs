//! What commissioning and drift reach on labelled data sets.
//!
//! `cargo run --release --package nice-flow-lab --example field -- FOLDER [SET,…]`, where the folder holds `NAME.train.csv`
//! (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies), and for the set `skab` `skab_valve1.csv`. Of
//! each set the default ensemble is trained, and all is in `i8`. What is printed is explained in `commission.rs` and
//! `drift.rs`.

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
use nice_flow_codegen::{Lowered, Numeric, Result, lowered};
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
    if !folder.is_dir() {
        println!("no folder {}: nothing to measure", folder.display());
        return Ok(());
    }
    for set in sets.split(',') {
        match set {
            "skab" => other_runs(folder)?,
            _ => shifted_sensors(folder, set)?,
        }
    }
    Ok(())
}

/// Commissioning where sensors are shifted, for three draws of the shifts, and drift.
fn shifted_sensors(folder: &Path, set: &str) -> Result<()> {
    let (training, test) = (
        read_in(folder, set, "train", None)?,
        read_in(folder, set, "test", Some("y"))?,
    );
    let board = Board::new(training)?;
    let sites = (0..3).map(|seed| Site::shifted(&test, &board.spread, seed));
    let outcomes: Result<Vec<_>> = sites.map(|site| board.outcomes(&site)).collect();
    tell(set, "shifted by draw", &outcomes?);
    board.drift(set, &test.normal_rows())
}

/// Commissioning on each run of a pump, of a model of the other runs.
fn other_runs(folder: &Path) -> Result<()> {
    let runs = skab::runs(folder)?;
    let mut outcomes = vec![];
    for run in &runs {
        let others = runs.iter().filter(|other| !std::ptr::eq(*other, run));
        let board = Board::new(skab::joined(others.map(|other| &other.start)))?;
        let site = Site::at(&run.start.values, &run.rest);
        outcomes.push(board.outcomes(&site)?);
    }
    tell("skab", "run", &outcomes);
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
    lowered: Lowered,
    spread: Spread,
    training: Table,
}

impl Board {
    fn new(training: Table) -> Result<Self> {
        let go_on = |_| ControlFlow::Continue(());
        let recipe = std::env::var("RECIPE")
            .ok()
            .map(|word| word.parse().unwrap());
        let (origin, request) = (
            Origin::default(),
            Request {
                recipe,
                ..Request::default()
            },
        );
        let trained = train(training.clone(), origin, &request, &go_on)?;
        Ok(Self {
            lowered: lowered(&trained.model, Numeric::I8)?,
            spread: spread(&trained.model, None)?,
            training,
        })
    }

    fn scores(&self, rows: &[f64]) -> Vec<f64> {
        score_lowered(&self.lowered, rows, &|_| ()).to_f64()
    }
}
