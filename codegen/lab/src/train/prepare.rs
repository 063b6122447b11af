//! Prepares the rows of a table for training.

use super::data::{FEWEST, Rows, standardise};
use super::label;
use super::members::Lesson;
use super::request::Request;
use super::stray::{self, Remedy, Stray};
use crate::table::Table;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::{Calibration, MOST_INPUTS};
use nice_flow_codegen::{Error, Result};

/// Complete rows in standard units, and the transformation to these units.
pub(super) struct Prepared {
    pub lesson: Lesson,
    /// The places in the table of the rows that are learnt from.
    pub places: Vec<usize>,
    pub standard: Diagonal,
    /// The columns in the order of the lesson's numbers: those that are context are the last.
    pub order: Vec<usize>,
    pub features: Vec<String>,
    /// Normal rows in raw units, which will give integers their scales.
    pub calibration: Calibration,
    /// Notes on rows that were left out, and on suspicious columns.
    pub notes: Vec<String>,
}

impl Prepared {
    /// An error unless there are enough normal rows, and each column has a standard deviation in range.
    ///
    /// `suspects`: the places, in rising order, of rows that are not learnt from although no label says that they are anomalies;
    /// nor are, if scales are to be robust, those with single values far from all others. `context`: the columns that are.
    pub fn new(
        table: &Table,
        request: &Request,
        suspects: &[usize],
        context: &[usize],
    ) -> Result<Self> {
        let (mut places, anomalous) = complete(table);
        places.retain(|place| suspects.binary_search(place).is_err());
        let row = |place: &usize| table.row(*place);
        let normal: Vec<&[f64]> = places.iter().map(row).collect();
        if normal.len() < FEWEST {
            let message = format!(
                "expected at least {FEWEST} normal rows without empty cells, found {}{}",
                normal.len(),
                why_few(table)
            );
            return Err(Error::input("training rows", message));
        }
        let rows = table.rows + table.ignored.len();
        let left_out = rows - normal.len() - anomalous.len() - suspects.len();
        let (strays, single) = strays(table, &normal, &places, request);
        places.retain(|place| single.binary_search(place).is_err());
        let normal: Vec<&[f64]> = places.iter().map(row).collect();
        let (robust, is_above) = (request.robust_scales, request.baseline.is_some());
        let (standard, mut notes) = standardise(&normal, &table.features, robust, is_above)?;
        notes.extend(strays);
        notes.extend(label::notes(table));
        if left_out > 0 {
            notes.push(format!(
                "{left_out} of {rows} rows left out: a cell is empty or no finite number"
            ));
        }
        let calibration = Calibration::of_rows(&normal);
        let is_context = |column: &usize| context.contains(column);
        let (last, mut order): (Vec<_>, Vec<_>) = (0..table.columns).partition(is_context);
        order.extend(last);
        let lesson = Lesson {
            rows: Rows::new(normal.into_iter(), &standard, &order),
            anomalies: Rows::new(anomalous.iter().map(row), &standard, &order),
            context: context.len(),
            is_log: table.is_log,
        };
        Ok(Self {
            lesson,
            places,
            standard,
            order,
            features: table.features.clone(),
            calibration,
            notes,
        })
    }
}

/// What keeps most rows from being normal and whole, in words.
fn why_few(table: &Table) -> String {
    let anomalies = table.anomalies();
    if 2 * anomalies > table.rows {
        return format!(": {anomalies} of {} are labelled as anomalies", table.rows);
    }
    let holes = |column: usize| {
        let cells = table.iter().map(|row| row[column]);
        cells.filter(|cell| !cell.is_finite()).count()
    };
    let most = (0..table.columns)
        .map(|column| (holes(column), column))
        .max();
    match most {
        Some((count, column)) if count > 0 => {
            let name = &table.features[column];
            format!(
                "; column {name} is empty in {count} of {} rows: --skip {name} leaves it out",
                table.rows
            )
        }
        _ => String::new(),
    }
}

/// Notes on values far from all others; and the places of the rows with single ones, which are not learnt from where scales are
/// robust. `normal` are the rows at `places`.
fn strays(
    table: &Table,
    normal: &[&[f64]],
    places: &[usize],
    request: &Request,
) -> (Vec<String>, Vec<usize>) {
    let strays = stray::strays(normal, &table.features);
    let single = match request.robust_scales {
        true => stray::single(&strays, normal.len()),
        false => vec![],
    };
    let remedy = match (request.robust_scales, single.is_empty()) {
        (_, false) => Remedy::LeftOut,
        // Values above a level are not those of the file: `below` has told these.
        (_, true) if request.baseline.is_some() => return (vec![], vec![]),
        (true, true) => Remedy::Learnt,
        (false, true) => Remedy::None,
    };
    let left_out = single.iter().map(|row| places[*row]).collect();
    (told(&strays, table, places, remedy), left_out)
}

/// Notes on values far from all others, before levels that these move are taken off.
pub(super) fn below(table: &Table) -> Vec<String> {
    let (places, _) = complete(table);
    let normal: Vec<&[f64]> = places.iter().map(|place| table.row(*place)).collect();
    let strays = stray::strays(&normal, &table.features);
    told(&strays, table, &places, Remedy::Level)
}

/// The notes on strays among the rows at these places.
fn told(strays: &[Stray], table: &Table, places: &[usize], remedy: Remedy) -> Vec<String> {
    let numbers = table.numbers();
    let row = |row: usize| table.row_in_words(numbers[places[row]]);
    let notes = strays.iter().map(|stray| stray.note(&row, remedy));
    notes.collect()
}

/// The places of the normal rows and of the anomalies in which all numbers are finite.
fn complete(table: &Table) -> (Vec<usize>, Vec<usize>) {
    let labels = table.labels.as_deref().unwrap_or_default();
    let is_whole = |place: &usize| table.row(*place).iter().all(|value| value.is_finite());
    let is_anomaly = |place: &usize| labels.get(*place).is_some_and(|label| *label);
    (0..table.rows)
        .filter(is_whole)
        .partition(|place| !is_anomaly(place))
}

/// An error if there are more columns than a model has inputs.
pub fn expect_inputs(columns: usize) -> Result<()> {
    if columns <= MOST_INPUTS {
        return Ok(());
    }
    let message =
        format!("expected at most {MOST_INPUTS} inputs, found {columns}; choose some: --only");
    Err(Error::input("columns", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_no_more_columns_than_a_model_has_inputs() {
        assert!(expect_inputs(MOST_INPUTS).is_ok());
        let error = expect_inputs(MOST_INPUTS + 1).unwrap_err().to_string();
        let expected = "columns: expected at most 4096 inputs, found 4097; choose some: --only";
        assert_eq!(error, expected);
    }
}
