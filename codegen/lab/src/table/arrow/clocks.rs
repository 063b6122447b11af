//! Which columns of a columnar file hold times, as its first rows show.

use super::cells::{is_label, is_number, numbers, words};
use super::times::is_time;
use crate::table::clock::is_clock;
use crate::table::names;
use arrow_array::{Array, RecordBatchReader};
use arrow_schema::{DataType, Schema};

/// So many rows are looked at, as of a text.
pub(super) const ROWS: usize = crate::table::sample::RECORDS;

/// The columns that hold times: by their type; numbers that never fall under a name such as `timestamp`; words of which most are
/// times. `open` reads some of the columns.
pub(super) fn clocks(
    schema: &Schema,
    open: impl FnOnce(Vec<usize>) -> Result<Box<dyn RecordBatchReader>, String>,
) -> Result<Vec<usize>, String> {
    let fields = schema.fields();
    let of_kind = |is_so: &dyn Fn(&str, &DataType) -> bool| -> Vec<usize> {
        let is_one = |i: &usize| is_so(fields[*i].name(), fields[*i].data_type());
        (0..fields.len()).filter(is_one).collect()
    };
    let mut clocks = of_kind(&|_, kind| is_time(kind));
    let doubtful = of_kind(&|name, kind| match is_number(kind) {
        true => names::is_time_name(name),
        false => is_label(kind),
    });
    if doubtful.is_empty() {
        return Ok(clocks);
    }
    let Some(first) = open(doubtful.clone())?.next() else {
        return Ok(clocks);
    };
    let first = first.map_err(|error| format!("first rows: {error}"))?;
    let first = first.slice(0, first.num_rows().min(ROWS));
    let doubtful = doubtful.into_iter().zip(first.columns());
    let found = doubtful.filter(|(i, array)| looks_like_times(fields[*i].name(), array));
    clocks.extend(found.map(|(i, _)| i));
    Ok(clocks)
}

fn looks_like_times(name: &str, array: &dyn Array) -> bool {
    if is_number(array.data_type()) {
        let numbers = numbers(array).into_iter();
        let numbers: Vec<f64> = numbers.filter(|number| !number.is_nan()).collect();
        return numbers.len() > 2 && is_clock(name, &numbers);
    }
    let words = words(array).into_iter();
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let times = words.iter().filter(|word| names::is_time(word.as_bytes()));
    2 * times.count() > words.len()
}
