//! Training from rows and recordings in memory.

mod options;

use crate::calibrate::calibrated;
use crate::error::{raise, spoken, wrong};
use crate::interrupt::{Watch, interruptible};
use crate::model::Model;
use crate::origin::ROWS;
use crate::{origin, pool, raw};
use nice_flow_codegen::Result as Outcome;
use nice_flow_codegen::model::{FrontEnd, Origin, Step, TRAINED, expect_channels, expect_samples};
use nice_flow_lab::judge::promise::Promise;
use nice_flow_lab::signal::{lowest, windows};
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Check, train as teach};
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use options::{Front, Options};
use pyo3::prelude::*;
use std::ops::ControlFlow;

/// What is trained on, and what calibrates.
struct Lesson {
    table: Table,
    held_out: Option<Table>,
    front: Option<FrontEnd>,
    /// The hash of all that was given.
    sha256: String,
    notes: Vec<String>,
}

/// Trains on the rows that are not labelled as anomalies; recordings begin at `starts`.
#[pyfunction]
pub fn train(
    py: Python<'_>,
    name: &str,
    rows: PyReadonlyArray2<'_, f64>,
    starts: Vec<usize>,
    labels: Option<Vec<bool>>,
    features: Vec<String>,
    options: Options,
) -> PyResult<(Model, Vec<String>)> {
    let mut table = table(&rows, starts, labels, features)?;
    let sha256 = origin::hash([&table.values[..]]);
    table.is_log = options.log;
    let mut notes = vec![];
    if options.drop_constant {
        let dropped = table.drop_constant();
        let names = dropped.join(", ");
        notes.extend(match dropped.len() {
            0 => None,
            1 => Some(format!("a constant column is left out: {names}")),
            count => Some(format!("{count} constant columns are left out: {names}")),
        });
    }
    let (table, held_out) = parted(table, options.hold_out, Table::parted);
    let front = None;
    let lesson = Lesson {
        table,
        held_out,
        front,
        sha256,
        notes,
    };
    taught(py, name, lesson, &options)
}

/// Trains on what a new front end makes of normal recordings; those of anomalies choose.
#[pyfunction]
pub fn train_raw(
    py: Python<'_>,
    name: &str,
    channels: Vec<String>,
    normal: Vec<raw::Samples<'_>>,
    anomalies: Vec<raw::Samples<'_>>,
    front: Front,
    options: Options,
) -> PyResult<(Model, Vec<String>)> {
    let normal = raw::recordings(normal, &channels)?;
    let anomalies = raw::recordings(anomalies, &channels)?;
    let all: Vec<_> = normal.iter().chain(&anomalies).cloned().collect();
    let (front, mut notes) = front.wish()?.front_end(&all).map_err(raise)?;
    let made = windows(&normal, &front).map_err(raise)?;
    notes.extend(made.notes);
    notes.extend(lowest(&front, &made.table));
    let (mut table, held_out) = parted(made.table, options.hold_out, Table::parted_by_name);
    if !anomalies.is_empty() {
        let made = windows(&anomalies, &front).map_err(raise)?;
        notes.extend(made.notes);
        let mut strange = made.table;
        strange.labels = Some(vec![true; strange.rows]);
        table.labels = Some(vec![false; table.rows]);
        table.append(&strange);
    }
    let front = Some(front);
    let sha256 = origin::hash(all.iter().map(|recording| &recording.values[..]));
    let lesson = Lesson {
        table,
        held_out,
        front,
        sha256,
        notes,
    };
    taught(py, name, lesson, &options)
}

/// The model, with notes; Ctrl-C ends training with the exception that Python raises.
fn taught(
    py: Python<'_>,
    name: &str,
    lesson: Lesson,
    options: &Options,
) -> PyResult<(Model, Vec<String>)> {
    let (mut request, combine) = (options.request()?, options.combine()?);
    let Lesson {
        table,
        held_out,
        front,
        sha256,
        mut notes,
    } = lesson;
    let way = origin::call(&options.call)?;
    request.is_front = front.is_some();
    let asked = options.baseline.as_deref().zip(request.baseline);
    notes.extend(asked.and_then(|(asked, baseline)| baseline.note(asked)));
    let channels = options.channels.unwrap_or(table.columns);
    expect_channels(table.columns, channels).map_err(raise)?;
    expect_samples(request.baseline, request.missing, table.columns, channels).map_err(raise)?;
    if let (Some(table), Some(rate)) = (&held_out, options.false_alarm_rate) {
        let enough = Promise::expect_rows(table, request.missing, rate);
        enough.map_err(|error| raise(error.advised("hold a larger share out: hold_out")))?;
    }
    let origin = Origin::new(name.as_ref(), sha256, TRAINED);
    let is_idle = table.anomalies() > 0 && !request.leaves_choice();
    let idle = "the options choose the flow; the labelled anomalies are left out";
    notes.extend(is_idle.then(|| idle.to_string()));
    let train = |watch: &Watch| -> Outcome<_> {
        let look = |_: Check| match watch.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let trained = teach(table, origin, &request, &look)?;
        let (mut model, mut notes) = (trained.model, trained.notes);
        (model.channels, model.front_end) = (channels, front);
        model.origin.file = ROWS.into();
        model.keep_way(Step::Made, Some(&way));
        if let Some(combine) = combine {
            model.set_combine(combine)?;
        }
        if let (Some(table), Some(rate)) = (held_out, options.false_alarm_rate) {
            notes.extend(calibrated(&mut model, table, rate, false, watch)?);
        }
        Ok((model, notes))
    };
    let train = |watch: &Watch| pool::with(options.threads, || train(watch));
    let outcome = interruptible(py, usize::MAX, train)?;
    let (model, more) = outcome?.map_err(raise)?;
    notes.extend(more);
    Ok((model.into(), spoken(notes)))
}

/// The table in two, if a share is held out.
fn parted(
    table: Table,
    share: Option<f64>,
    by: fn(&Table, f64) -> (Table, Table),
) -> (Table, Option<Table>) {
    match share {
        None => (table, None),
        Some(share) => {
            let (first, last) = by(&table, share);
            (first, Some(last))
        }
    }
}

fn table(
    rows: &PyReadonlyArray2<'_, f64>,
    starts: Vec<usize>,
    labels: Option<Vec<bool>>,
    features: Vec<String>,
) -> PyResult<Table> {
    let (count, width) = (rows.shape()[0], rows.shape()[1]);
    let expect = |what: &str, unit: &str, expected: usize, found: usize| match expected == found {
        true => Ok(()),
        false => Err(wrong(
            what,
            format!("expected {expected} {unit}, found {found}"),
        )),
    };
    expect("feature_names", "names", width, features.len())?;
    let labelled = labels.as_ref().map_or(count, Vec::len);
    expect("y", "labels, one a row", count, labelled)?;
    let mut table = Table::of_rows(rows.as_slice()?.to_vec(), features);
    (table.recordings, table.labels) = (starts, labels);
    Ok(table)
}
