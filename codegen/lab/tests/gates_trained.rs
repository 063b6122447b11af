//! What integers cost on flows trained on real rows, and that they miss no broken sensor.
//!
//! The sets are those of `../shared/data`; `tests/run` asks for these tests where it is there.

#[path = "../../tests/fixtures/limits.rs"]
mod limits;
#[path = "../../tests/fixtures/sensors.rs"]
mod sensors;
#[path = "../../tests/fixtures/sets.rs"]
mod sets;

use limits::limits;
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::{Lowered, Model, Numeric, lowered};
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::{Cost, cost};
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Request, train};
use sensors::every_broken_one_is_flagged;
use sets::read;
use std::ops::ControlFlow;
use std::sync::LazyLock;

const SETS: [&str; 9] = [
    "wilt",
    "annthyroid",
    "pageblocks",
    "shuttle",
    "vowels",
    "pendigits",
    "cardio",
    "waveform",
    "satellite",
];

/// A flow trained on normal rows, which also calibrate it, and the labelled rows that it is judged by.
struct Case {
    name: &'static str,
    model: Model,
    /// Of 16 and of 8 bits.
    modules: [Lowered; 2],
    training: Table,
    test: Table,
}

/// What training gives by default, one flow a set.
static TRAINED: LazyLock<Vec<Case>> = LazyLock::new(|| SETS.into_iter().map(case).collect());

fn case(name: &'static str) -> Case {
    let training = read(name, "train", None);
    let test = read(name, "test", Some("y"));
    let request = Request {
        members: 1,
        ..Request::default()
    };
    let go_on = |_| ControlFlow::Continue(());
    let trained = train(training.clone(), Origin::default(), &request, &go_on).unwrap();
    let mut model = trained.model;
    let integers = calibrate(&mut model, &training.values, 0.01, &|_| ()).unwrap();
    assert!(
        integers.iter().all(|(_, outcome)| outcome.is_ok()),
        "{name}: {integers:?}"
    );
    let modules = [Numeric::I16, Numeric::I8].map(|numeric| lowered(&model, numeric).unwrap());
    Case {
        name,
        model,
        modules,
        training,
        test,
    }
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn every_trained_flow_passes_the_gates() {
    println!(
        "                 calibration rows    test rows: Spearman    normal rows           share of"
    );
    println!(
        "set              median    p99 |Δ|   all       normal      median    p99 |Δ|  ΔAUROC    decisions"
    );
    let mut beyond = vec![];
    for case in TRAINED.iter() {
        for lowered in &case.modules {
            beyond.extend(beyond_the_gates(case, lowered));
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// Prints a line of the table; the figures that no gate lets through.
fn beyond_the_gates(case: &Case, lowered: &Lowered) -> Vec<String> {
    let Case { name, test, .. } = case;
    let model = &case.model;
    let calibration = cost(model, lowered, &case.training.values, None).unwrap();
    let Cost {
        generated,
        normal,
        auroc_change,
        decisions_changed,
        ..
    } = cost(model, lowered, &test.values, test.labels.as_deref()).unwrap();
    let all = generated.rank_agreement.unwrap();
    let of_normal = normal.rank_agreement.unwrap();
    let auroc = auroc_change.unwrap();
    let decisions = decisions_changed.unwrap() as f64 / test.rows as f64;
    let numeric = lowered.numeric().name();
    println!(
        "{name:12} {numeric:3} {:8.4} {:8.4}   {all:.6}  {of_normal:.6}  {:8.4} {:8.4}  {auroc:+.5}  {:.3} %",
        calibration.normal.median,
        calibration.normal.p99,
        normal.median,
        normal.p99,
        100.0 * decisions
    );
    let limits = limits(lowered.numeric());
    let most = [
        ("median", calibration.normal.median, limits.median),
        ("p99", calibration.normal.p99, limits.p99),
        ("1 - Spearman", 1.0 - all, 1.0 - limits.rank_agreement),
        (
            "1 - Spearman of normal rows",
            1.0 - of_normal,
            1.0 - limits.rank_agreement_of_normal,
        ),
        ("ΔAUROC", auroc.abs(), limits.auroc),
        ("decisions", decisions, limits.decisions),
    ];
    let beyond = most.into_iter().filter(|(_, found, most)| found > most);
    beyond
        .map(|(what, found, most)| format!("{name} {numeric}: {what} {found}, at most {most}"))
        .collect()
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn one_broken_sensor_is_flagged_on_every_trained_flow() {
    for case in TRAINED.iter() {
        let normal = case.test.normal_rows();
        let dim = case.model.members[0].flow.dim;
        // Spread over the file.
        let rows = normal.chunks(dim).step_by(normal.len() / dim / 200);
        let rows = rows.flatten().copied().collect::<Vec<_>>();
        for lowered in &case.modules {
            every_broken_one_is_flagged(case.name, &case.model, lowered, &rows);
        }
    }
}
