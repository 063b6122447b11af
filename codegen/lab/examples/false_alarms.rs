//! `cargo run --release --example false_alarms -- MODEL ROWS.csv [LABEL]`: whether calibration keeps its promise.
//!
//! Calibrates on a random half of the normal rows for a false-alarm rate of 0.01, counts the alarms on the other
//! half, 200 times, and prints what was expected and what happened.

use nice_flow_codegen::model::file;
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::calibrate::Guarantee;
use nice_flow_lab::table;
use nice_flow_lab::table::Columns;
use std::path::Path;

#[path = "../../tests/fixtures/splits.rs"]
mod splits;

const RATE: f64 = 0.01;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, label @ ..] = arguments.as_slice() else {
        return Err(Error::input("usage", "false_alarms MODEL ROWS.csv [LABEL]"));
    };
    let model = file::read(Path::new(model))?;
    let columns = Columns {
        label: label.first().cloned(),
        ..Columns::default()
    };
    let mut table = table::read(Path::new(rows), &columns, &|_| {})?;
    table.expect_columns(model.members[0].flow.dim, Path::new(rows))?;
    table.match_features(&model.features);
    let mut scores = score(&model, &table.values, Arithmetic::F32, &|_| {})?.to_f64();
    let mut anomalous = table.labels.into_iter().flatten();
    scores.retain(|_| anomalous.next() != Some(true));

    let guarantee = Guarantee::new(scores.len() / 2, RATE)?;
    let mut rates = splits::false_alarm_rates(&scores, RATE, 200);
    let (mean, deviation) = splits::moments(&rates);
    rates.sort_by(f64::total_cmp);
    let (k, places) = (guarantee.k, guarantee.rows + 1);
    println!(
        "{rows}: {} normal rows, half of them calibrate, 200 times",
        scores.len()
    );
    println!(
        "expected rate  {:.5} = {k}/{places}, at most {RATE}",
        guarantee.expected_rate()
    );
    println!("measured rate  {mean:.5} on the other half, standard deviation {deviation:.5}");
    println!(
        "5 % to 95 %    {:.5} to {:.5}; of all rows to come {:.5} to {:.5}",
        rates[10],
        rates[189],
        guarantee.realised_rate(0.05),
        guarantee.realised_rate(0.95)
    );
    Ok(())
}
