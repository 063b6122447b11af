//! The promise of `calibrate`, measured on real rows: half of them calibrate, alarms are counted on the others.

use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::flow::shape::Shape;
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::model::file;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::calibrate::Guarantee;
use nice_flow_lab::table;
use nice_flow_lab::table::{Columns, Table};
use nice_flow_lab::train::{Request, train};
use std::ops::ControlFlow;
use std::path::Path;

#[path = "../../tests/fixtures/sets.rs"]
mod sets;
#[path = "../../tests/fixtures/splits.rs"]
mod splits;

use sets::read;

const SHUTTLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shuttle");
const RATE: f64 = 0.01;
const SPLITS: u64 = 200;

fn normal_scores(model: &Model, table: &Table) -> Vec<f64> {
    let scores = score(model, &table.values, Arithmetic::F32, &|_| {}).unwrap();
    let rows = scores
        .to_f64()
        .into_iter()
        .zip(table.labels.as_ref().unwrap());
    rows.filter(|(_, y)| !**y).map(|(score, _)| score).collect()
}

/// The mean rate is `k/(n + 1)`, and rates spread as the beta distribution has it.
fn holds(name: &str, model: &Model, table: &Table) {
    let scores = normal_scores(model, table);
    let rates = splits::false_alarm_rates(&scores, RATE, SPLITS);
    let (mean, deviation) = splits::moments(&rates);
    let guarantee = Guarantee::new(scores.len() / 2, RATE).unwrap();
    let expected = guarantee.expected_rate();
    // Of n calibration and m new rows the number of alarms is beta-binomial: this is its deviation, as a share.
    let (n, m) = (
        guarantee.rows as f64,
        (scores.len() - guarantee.rows) as f64,
    );
    let spread = (expected * (1.0 - expected) / (n + 2.0) * (n + 1.0 + m) / m).sqrt();
    println!("{name}: expected {expected:.5} ± {spread:.5}, measured {mean:.5} ± {deviation:.5}");
    assert!((mean - RATE).abs() <= 0.001, "{name}: {mean}");
    // Four standard errors of the mean, and of the deviation, of 200 splits.
    assert!((mean - expected).abs() <= 4.0 * spread / (SPLITS as f64).sqrt());
    assert!((deviation / spread - 1.0).abs() <= 4.0 / (2.0 * SPLITS as f64).sqrt());
}

fn shuttle() -> Model {
    file::read(&Path::new(SHUTTLE).join("shuttle.safetensors")).unwrap()
}

/// A flow that has learnt nothing but the scale of its inputs: the promise does not depend on the flow.
fn untrained(shape: &str, train: &Table) -> Model {
    let column = |column: usize| train.iter().map(move |row| row[column]);
    let moments = (0..train.columns).map(|c| splits::moments(&column(c).collect::<Vec<f64>>()));
    let (mean, scale): (Vec<f64>, Vec<f64>) = moments.unzip();
    let flow = shape.parse::<Shape>().unwrap().flow();
    let mut model = Model::new("untrained", train.features.clone(), flow);
    model.members[0].preprocessing = Some(Diagonal::standardise(mean, &scale));
    model
}

#[test]
fn the_rate_is_kept_on_the_shuttle_sample() {
    let columns = Columns {
        label: Some("y".into()),
        ..Columns::default()
    };
    let table = table::read(&Path::new(SHUTTLE).join("test.csv"), &columns, &|_| ()).unwrap();
    holds("shuttle, sample", &shuttle(), &table);
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn the_rate_is_kept_on_shuttle() {
    holds("shuttle", &shuttle(), &read("shuttle", "test", Some("y")));
}

fn annthyroid() -> (Table, Table) {
    let train = read("annthyroid", "train", None);
    (train, read("annthyroid", "test", Some("y")))
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn the_rate_is_kept_on_annthyroid_by_flows_trained_for_it() {
    let (rows, test) = annthyroid();
    let go_on = |_| ControlFlow::Continue(());
    let brief = Request {
        members: 2,
        steps: 200,
        ..Request::default()
    };
    let trained = train(rows, Origin::default(), &brief, &go_on).unwrap();
    holds("annthyroid", &trained.model, &test);
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn the_rate_is_kept_on_annthyroid_by_a_flow_that_knows_nothing() {
    let (rows, test) = annthyroid();
    let untrained = untrained("6x4x16x1", &rows);
    holds("annthyroid, untrained", &untrained, &test);
}
