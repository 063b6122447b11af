//! Rows of any numbers through the verbs that take rows: train, calibrate, score in every number type, sample, report.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use nice_flow_codegen::Model;
use nice_flow_codegen::model::Origin;
use nice_flow_fuzz::bounds::within_bounds;
use nice_flow_fuzz::edits::real;
use nice_flow_fuzz::models;
use nice_flow_fuzz::seeds::{noise, plant};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::report::{Rows, Subject, report};
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Prior, Request, Trim, train};
use std::ops::ControlFlow;

fn table(u: &mut Unstructured) -> Result<Table> {
    let (rows, columns) = (u.int_in_range(1..=40)?, u.int_in_range(1..=5)?);
    // Alike but for some: what is all noise is never trained on.
    let (step, constant) = (u.choose_index(7)? + 1, u.choose_index(columns)?);
    let usual = |i: usize| match i % columns == constant {
        true => 3.0,
        false => ((i * step % 17) as f64).sin(),
    };
    let mut values: Vec<f64> = (0..rows * columns).map(usual).collect();
    for _ in 0..u.int_in_range(0..=6)? {
        let index = u.choose_index(values.len())?;
        values[index] = match u.int_in_range(0..=7)? {
            0 => f64::NAN,
            1 => f64::INFINITY,
            _ => real(u)?,
        };
    }
    let every = u.int_in_range(0..=9)?;
    let labels = (every > 1).then(|| (0..rows).map(|row| row % every == 0).collect());
    Ok(Table {
        header: None,
        rows,
        columns,
        values,
        labels,
        features: (0..columns).map(|i| format!("x{i}")).collect(),
        ..Table::default()
    })
}

fn request(u: &mut Unstructured) -> Result<Request> {
    let priors = [
        None,
        Some(Prior::Normal),
        Some(Prior::Logistic),
        Some(Prior::Mixture(2)),
    ];
    Ok(Request {
        prior: *u.choose(&priors)?,
        hidden: *u.choose(&[None, Some(1), Some(4)])?,
        depth: *u.choose(&[None, Some(1), Some(2)])?,
        steps: u.int_in_range(1..=4)?,
        members: u.int_in_range(1..=2)?,
        trim: *u.choose(&[Trim::Share(0.0), Trim::Share(0.5), Trim::Auto])?,
        ..Request::default()
    })
}

fn run(u: &mut Unstructured) -> Result<()> {
    let (table, request, rate) = (table(u)?, request(u)?, *u.choose(&[0.5, 0.1, 1e-9])?);
    let reported = u.ratio(1, 4)?;
    within_bounds(8 * table.values.len(), || {
        let mut model = model(&table, &request);
        let normal = table.normal_rows();
        if model.dim() != table.columns {
            return;
        }
        let _ = calibrate(&mut model, &normal, rate, &|_| ());
        for numeric in [
            Arithmetic::F64,
            Arithmetic::F32,
            Arithmetic::I16,
            Arithmetic::I8,
        ] {
            let _ = score(&model, &table.values, numeric, &|_| ());
        }
        let _ = model.sample(3, 0);
        if reported {
            let (file, train) = ("rows.csv".to_owned(), None);
            let data = Rows { file, table };
            let subject = Subject {
                model,
                data,
                train,
                numeric: Arithmetic::F32,
                board: None,
            };
            let _ = report(&subject, &|_| ());
        }
    });
    Ok(())
}

/// Trained on the rows, or one that was there already.
fn model(table: &Table, request: &Request) -> Model {
    let origin = Origin::default();
    match train(table.clone(), origin, request, &|_| {
        ControlFlow::Continue(())
    }) {
        Ok(trained) => trained.model,
        Err(_) => models::all().swap_remove(table.rows % 4),
    }
}

libfuzzer_sys::fuzz_target!(init: plant("rows", noise(50, 64)), |bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});
