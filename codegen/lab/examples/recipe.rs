//! What the defaults of `nice-flow train` reach: AUROC and AUCPR on labelled data sets.
//!
//! `cargo run --release --package nice-flow-lab --example recipe -- FOLDER [MODE [SEED]]`, where the folder holds
//! `NAME.train.csv` (normal rows) and `NAME.test.csv` (with a column `y`, 1 for anomalies). Modes: `default`, `one`
//! (one flow), `labels` (20 labelled anomalies, taken from the test rows), `contaminated` (trained on the test rows
//! without their labels, `--trim auto`); `table [SEED [SET...]]` writes all of them as `lab/benches/auroc.csv` has them, and the
//! default with four further seeds. No option depends on the set.

#[path = "../../tests/fixtures/sets.rs"]
#[allow(dead_code)]
mod sets;

use nice_flow_codegen::model::Origin;
use nice_flow_codegen::{Error, Result, lowered};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::metrics;
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Request, Trim, train};
use sets::read_in;
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

const MODES: [&str; 4] = ["default", "one", "labels", "contaminated"];

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("../shared/data".into());
    let mode = arguments.next().unwrap_or("default".into());
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    if !Path::new(&folder).is_dir() {
        println!("no folder {folder}: nothing to measure");
        return Ok(());
    }
    match mode.as_str() {
        "table" => print_table(&folder, seed, &Vec::from_iter(arguments))?,
        mode => print_mode(&folder, mode, seed)?,
    }
    Ok(())
}

fn print_mode(folder: &str, mode: &str, seed: u64) -> Result<()> {
    let request = request(mode, seed)?;
    println!("mode {mode}, seed {seed}");
    println!(
        "{:<11} {:>5} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7}  recipe",
        "set", "rows", "features", "seconds", "i8 KiB", "AUROC", "i8", "AUCPR"
    );
    let mut means = [0.0; 3];
    for set in SETS {
        let task = task(folder, set, mode)?;
        let found = measure(&task, &request)?;
        println!(
            "{set:<11} {:>5} {:>8} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>7.2}  {}",
            task.training.rows,
            task.training.columns,
            found.seconds,
            found.bytes as f64 / 1024.0,
            found.float,
            found.integer,
            found.precision,
            found.recipe
        );
        for (mean, area) in means
            .iter_mut()
            .zip([found.float, found.integer, found.precision])
        {
            *mean += area / SETS.len() as f64;
        }
    }
    let [float, integer, precision] = means;
    println!(
        "{:<41} {float:>7.2} {integer:>7.2} {precision:>7.2}",
        "mean"
    );
    Ok(())
}

/// The committed table: a line a set, all areas but the first in integers of 8 bits.
fn print_table(folder: &str, seed: u64, only: &[String]) -> Result<()> {
    println!(
        "set,features,rows,weight_bytes,module_bytes,auroc_f32,auroc,aucpr,auroc_one,auroc_labels,labels_weight_bytes,auroc_contaminated,auroc_seed_1,auroc_seed_2,auroc_seed_3,auroc_seed_4"
    );
    let asked = |set: &&str| only.is_empty() || only.iter().any(|name| name == set);
    for set in SETS.into_iter().filter(asked) {
        let training = task(folder, set, "default")?.training;
        let found = MODES.map(|mode| measure(&task(folder, set, mode)?, &request(mode, seed)?));
        let [default, one, labels, contaminated] = found;
        let (default, labels) = (default?, labels?);
        let others = (seed + 1..seed + 5).map(|seed| {
            let found = measure(&task(folder, set, "default")?, &request("default", seed)?)?;
            Ok(format!(",{:.2}", found.integer))
        });
        let others: String = others.collect::<Result<_>>()?;
        println!(
            "{set},{},{},{},{},{:.2},{:.2},{:.2},{:.2},{:.2},{},{:.2}{others}",
            training.columns,
            training.rows,
            default.bytes,
            default.module_bytes,
            default.float,
            default.integer,
            default.precision,
            one?.integer,
            labels.integer,
            labels.bytes,
            contaminated?.integer
        );
    }
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
            trim: Trim::Auto,
            ..default
        }),
        other => Err(Error::input(
            "mode",
            format!("expected default, one, labels or contaminated, found {other}"),
        )),
    }
}

fn task(folder: &str, set: &str, mode: &str) -> Result<Task> {
    let read = |part: &str, label| read_in(Path::new(folder), set, part, label);
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

/// What training and scoring gave; areas in per cent.
struct Found {
    seconds: f64,
    /// Of the weights of all members, one byte a parameter.
    bytes: usize,
    /// Of the generated module's numbers: padding, biases, prior, encoders and tails too.
    module_bytes: usize,
    recipe: String,
    /// Under the ROC curve, in `f32` and in integers of 8 bits.
    float: f64,
    integer: f64,
    /// Under the precision-recall curve, in integers of 8 bits.
    precision: f64,
}

fn measure(task: &Task, request: &Request) -> Result<Found> {
    let start = Instant::now();
    let go_on = |_| ControlFlow::Continue(());
    let trained = train(task.training.clone(), Origin::default(), request, &go_on)?;
    let seconds = start.elapsed().as_secs_f64();
    let model = trained.model;
    // Without what standardises; the last layer scales only.
    let numbers = model.members.iter().map(|member| &member.flow);
    let numbers = numbers.map(|flow| flow.parameters() - flow.dim);
    let parameters: usize = numbers.sum();
    let recipe = model.first().training["recipe"].clone();
    let labels = task.test.labels.as_deref().unwrap_or_default();
    let scores = |numeric| {
        let scores = score(&model, &task.test.values, numeric, &|_| ())?;
        Result::Ok(scores.to_f64())
    };
    let (float, integer) = (scores(Arithmetic::F32)?, scores(Arithmetic::I8)?);
    let of = |area: Option<f64>| 100.0 * area.unwrap_or(f64::NAN);
    Ok(Found {
        seconds,
        bytes: parameters,
        module_bytes: lowered(&model, nice_flow_codegen::Numeric::I8)?.bytes(),
        recipe,
        float: of(metrics::auroc(&float, labels)),
        integer: of(metrics::auroc(&integer, labels)),
        precision: of(metrics::aucpr(&integer, labels)),
    })
}
