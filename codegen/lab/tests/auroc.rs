//! What training reaches by default on labelled sets is what the committed table says.
//!
//! The sets are those of `../shared/data`; `tests/run` asks for the tests of them where it is there. The table is that of
//! `cargo run --release --package nice-flow-lab --example recipe -- FOLDER table`.

#[path = "../../tests/fixtures/sets.rs"]
mod sets;

use nice_flow_codegen::model::Origin;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::metrics::auroc;
use nice_flow_lab::train::{Request, train};
use sets::read;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The lines of the committed table, by the names of the columns.
fn committed() -> Vec<BTreeMap<&'static str, &'static str>> {
    let mut lines = include_str!("../benches/auroc.csv").lines();
    let names: Vec<_> = lines.next().expect("a header").split(',').collect();
    let line = |line: &'static str| names.iter().copied().zip(line.split(',')).collect();
    lines.map(line).collect()
}

fn number(line: &BTreeMap<&str, &str>, column: &str) -> f64 {
    line[column].parse().expect(column)
}

fn mean(column: &str) -> f64 {
    let lines = committed();
    let sum: f64 = lines.iter().map(|line| number(line, column)).sum();
    sum / lines.len() as f64
}

#[test]
fn the_committed_areas_are_those_to_be_shown() {
    assert_eq!(committed().len(), 8);
    for (column, least) in [
        ("auroc", 88.5),
        ("auroc_one", 86.5),
        ("auroc_labels", 89.0),
        ("auroc_contaminated", 81.0),
    ] {
        assert!(mean(column) >= least, "{column}: {}", mean(column));
    }
    let seeds = [
        "auroc",
        "auroc_seed_1",
        "auroc_seed_2",
        "auroc_seed_3",
        "auroc_seed_4",
    ];
    assert!(seeds.map(mean).iter().sum::<f64>() / 5.0 >= 88.5);
    // Of k nearest neighbours and an isolation forest.
    let others = include_str!("../benches/contaminated.csv").lines().last();
    for other in others.expect("the means").split(',').skip(1) {
        assert!(mean("auroc_contaminated") > other.parse().expect("a mean"));
    }
    for line in committed() {
        // 16 components of 36 features are 2.3 KiB a flow.
        let module = if line["set"] == "satellite" { 12 } else { 7 };
        let most = [
            ("weight_bytes", 8),
            ("labels_weight_bytes", 8),
            ("module_bytes", module),
        ];
        for (column, most) in most {
            assert!(
                number(&line, column) <= 1024.0 * f64::from(most),
                "{line:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs the labelled sets of ../shared/data"]
fn default_training_gives_the_committed_areas() {
    for line in committed() {
        let set = line["set"];
        let (training, test) = (read(set, "train", None), read(set, "test", Some("y")));
        let go_on = |_| ControlFlow::Continue(());
        let trained = train(training, Origin::default(), &Request::default(), &go_on).unwrap();
        let model = trained.model;
        let labels = test.labels.unwrap();
        // Training has the same bits everywhere; how integers are scaled may change.
        for (numeric, column, most) in [
            (Arithmetic::F32, "auroc_f32", 0.006),
            (Arithmetic::I8, "auroc", 0.1),
        ] {
            let scores = score(&model, &test.values, numeric, &|_| ()).unwrap();
            let area = 100.0 * auroc(&scores.to_f64(), &labels).unwrap();
            println!("{set} {column}: {area:.2}");
            assert!(
                (area - number(&line, column)).abs() < most,
                "{set} {column}: {area}"
            );
        }
    }
}
