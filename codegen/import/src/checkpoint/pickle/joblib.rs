//! Arrays of numpy as joblib writes them: an object that describes the array, and behind it the numbers themselves, between
//! the instructions of the pickle.

use super::{Id, Table, Value};

/// What lies behind the description of an array.
pub(super) enum Behind {
    /// So many bytes; before them, if so said, a byte that says how many others come first, to align them.
    Numbers { count: u64, is_aligned: bool },
    /// A pickle of the elements, which are no numbers.
    Pickle,
}

/// Whether an object is the description of such an array.
pub(super) fn is_array(table: &Table, object: Id) -> bool {
    table.function(object) == Some(("joblib.numpy_pickle", "NumpyArrayWrapper"))
}

/// What lies behind a description with these attributes; `None` if they make no sense.
pub(super) fn behind(table: &Table, state: Id) -> Option<Behind> {
    let shape = table.sizes(table.entry(state, "shape")?)?;
    let Value::Object { arguments, .. } = table.get(table.entry(state, "dtype")?) else {
        return None;
    };
    let Value::Text(code) = table.get(*table.list(*arguments).first()?) else {
        return None;
    };
    let digits = code.trim_start_matches(|c: char| !c.is_ascii_digit());
    let kind = code.strip_suffix(digits)?;
    if kind == "O" {
        return Some(Behind::Pickle);
    }
    // A text is counted in letters of four bytes.
    let size = digits.parse::<u64>().ok()? * if kind == "U" { 4 } else { 1 };
    let extents = shape.into_iter().map(|extent| extent as u64);
    let count = extents.chain([size]).try_fold(1, u64::checked_mul)?;
    let alignment = table.entry(state, "numpy_array_alignment_bytes");
    let is_aligned = alignment.is_some_and(|id| table.get(id) != &Value::None);
    Some(Behind::Numbers { count, is_aligned })
}
