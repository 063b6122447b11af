//! Where a model of Python comes from: the hash of its rows, and the call that made it.

use crate::error::wrong;
use nice_flow_codegen::Model;
use nice_flow_codegen::model::{Call, Step, Way};
use pyo3::prelude::*;
use sha2::{Digest, Sha256};

/// What takes the place of a file's name.
pub const ROWS: &str = "rows in memory";

/// The SHA-256 of numbers as `float64`, little-endian, one behind another.
pub fn hash<'a>(numbers: impl IntoIterator<Item = &'a [f64]>) -> String {
    let mut hash = Sha256::new();
    for part in numbers {
        part.iter()
            .for_each(|number| hash.update(number.to_le_bytes()));
    }
    digits(hash)
}

/// The digits of a hash.
pub fn digits(hash: Sha256) -> String {
    let bytes = hash.finalize().into_iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The call of a text.
pub fn call(text: &str) -> PyResult<Way> {
    let call = Call::parse(text).map(Way::Call);
    call.ok_or_else(|| {
        wrong(
            "call",
            format!("expected a call of names and literals, found {text}"),
        )
    })
}

/// Keeps how a step was taken; one with the rows of an earlier calibration leaves it there.
pub fn keep(model: &mut Model, way: Way, earlier: Option<Way>) {
    match earlier {
        None => model.keep_way(Step::Calibrated, Some(&way)),
        earlier => {
            model.keep_way(Step::Calibrated, earlier.as_ref());
            model.keep_way(Step::Recalibrated, Some(&way));
        }
    }
}

/// A warning if these are the numbers that the model was trained on.
pub fn warning_of_training(model: &Model, rows: &[f64]) -> Option<String> {
    let is_same = model.origin.file == ROWS && model.origin.sha256 == hash([rows]);
    is_same.then(|| {
        "the model was trained on these rows, so that the rate is no promise for others: calibrate with rows of another time, or train \
         with --hold-out"
            .to_string()
    })
}
