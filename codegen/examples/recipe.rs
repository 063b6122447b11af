//! What the defaults of `nice-flow train` reach: AUROC and AUCPR on labelled data sets.
//!
//! `cargo run --release --package nice-flow-codegen --example recipe -- FOLDER [MODE]`, where the folder holds
//! `NAME.train.csv` (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies). Modes: `default`, `one`
//! (one flow), `labels` (20 labelled anomalies, taken from the test rows), `contaminated` (trained on the test rows
//! without their labels, `--trim 0.05`). No option depends on the set.

use nice_flow_codegen::ensemble::{Ensemble, Stored};
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::score::{Numeric, score_stored};
use nice_flow_codegen::table::{self, Columns, Table};
use nice_flow_codegen::train::{Request, train};
use nice_flow_codegen::{Error, Result, metrics};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

const SETS: [&str; 8] = [
    "wilt",
    "vowels",
    "pendigits",
    "pageblocks",
    "cardio",
    "waveform",
    "satellite",
    "annthyroid",
];

/// Labelled anomalies in mode `labels`.
const LABELLED: usize = 20;

/// What is trained on and what is scored.
struct Task {
    training: Table,
    test: Table,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("../shared/data".into());
    let mode = arguments.next().unwrap_or("default".into());
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    if !Path::new(&folder).is_dir() {
        println!("no folder {folder}: nothing to measure");
        return Ok(());
    }
    let request = request(&mode, seed)?;
    println!("mode {mode}, seed {seed}");
    println!(
        "{:<11} {:>5} {:>8} {:>7} {:>7} {:>7} {:>7}  recipe",
        "set", "rows", "features", "seconds", "i8 KiB", "AUROC", "AUCPR"
    );
    let mut means = [0.0; 2];
    for set in SETS {
        let found = measure(set, &task(&folder, set, &mode)?, &request)?;
        for (mean, found) in means.iter_mut().zip(found) {
            *mean += found / SETS.len() as f64;
        }
    }
    println!("{:<41} {:>7.2} {:>7.2}", "mean", means[0], means[1]);
    Ok(())
}

fn request(mode: &str, seed: u64) -> Result<Request> {
    let default = Request {
        seed,
        ..Request::default()
    };
    match mode {
        "default" | "labels" => Ok(default),
        "one" => Ok(Request {
            members: 1,
            ..default
        }),
        "contaminated" => Ok(Request {
            trim: 0.05,
            ..default
        }),
        other => Err(Error::input(
            "mode",
            format!("expected default, one, labels or contaminated, found {other}"),
        )),
    }
}

fn task(folder: &str, set: &str, mode: &str) -> Result<Task> {
    let read = |part: &str, label: Option<&str>| {
        let columns = Columns {
            label: label.map(Into::into),
            skip: vec![],
        };
        let path = format!("{folder}/{set}.{part}.csv");
        table::read(Path::new(&path), &columns, &|_| ())
    };
    let test = read("test", Some("y"))?;
    match mode {
        "contaminated" => Ok(Task {
            training: Table {
                labels: None,
                ..test.clone()
            },
            test,
        }),
        "labels" => Ok(with_labelled(read("train", None)?, &test)),
        _ => Ok(Task {
            training: read("train", None)?,
            test,
        }),
    }
}

/// Moves anomalies, evenly spread over the test rows, to the training rows with their labels.
fn with_labelled(mut training: Table, test: &Table) -> Task {
    let labels = test.labels.as_deref().unwrap_or_default();
    let anomalies: Vec<usize> = (0..test.rows).filter(|&row| labels[row]).collect();
    let moved: Vec<usize> = (0..LABELLED)
        .map(|n| anomalies[n * anomalies.len() / LABELLED])
        .collect();
    let mut of_training = vec![false; training.rows];
    for &row in &moved {
        training.values.extend(test.row(row));
        of_training.push(true);
    }
    training.rows = of_training.len();
    training.labels = Some(of_training);
    let rest = (0..test.rows).filter(|row| !moved.contains(row));
    let rest: Vec<usize> = rest.collect();
    let test = Table {
        rows: rest.len(),
        values: rest
            .iter()
            .flat_map(|&row| test.row(row))
            .copied()
            .collect(),
        labels: Some(rest.iter().map(|&row| labels[row]).collect()),
        ..test.clone()
    };
    Task { training, test }
}

/// Trains, scores, prints; gives AUROC and AUCPR in per cent.
fn measure(set: &str, task: &Task, request: &Request) -> Result<[f64; 2]> {
    let start = Instant::now();
    let go_on = |_| ControlFlow::Continue(());
    let trained = train(task.training.clone(), Origin::default(), request, &go_on)?;
    let seconds = start.elapsed().as_secs_f64();
    let Ensemble { members, .. } = &trained.ensemble;
    // As i8, one byte a parameter.
    let bytes: usize = members
        .iter()
        .map(|m| m.model.flow.parameters() - m.model.flow.dim)
        .sum();
    let recipe = members[0].model.training["recipe"].clone();
    let stored = Stored::Several(trained.ensemble);
    let scores = score_stored(&stored, &task.test.values, Numeric::F32, &|_| ())?.to_f64();
    let labels = task.test.labels.as_deref().unwrap_or_default();
    let of = |area: Option<f64>| 100.0 * area.unwrap_or(f64::NAN);
    let found = [
        of(metrics::auroc(&scores, labels)),
        of(metrics::aucpr(&scores, labels)),
    ];
    println!(
        "{set:<11} {:>5} {:>8} {seconds:>7.2} {:>7.2} {:>7.2} {:>7.2}  {recipe}",
        task.training.rows,
        task.training.columns,
        bytes as f64 / 1024.0,
        found[0],
        found[1],
    );
    Ok(found)
}
