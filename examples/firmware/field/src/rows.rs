//! What the sensors of a normal machine show: rows of the shuttle that were in neither training nor calibration.

use crate::shuttle::D;

/// The table of the example, and its rows that the calibration had.
static TABLE: &str = include_str!("../../../shuttle/test.csv");
const CALIBRATED: usize = 3001;

/// Normal rows, one after another.
pub fn normal() -> impl Iterator<Item = [f32; D]> {
    TABLE.lines().skip(CALIBRATED).filter_map(|line| {
        let (values, label) = line.rsplit_once(',')?;
        let mut row = [0.0; D];
        for (place, value) in row.iter_mut().zip(values.split(',')) {
            *place = value.parse().ok()?;
        }
        (label == "0").then_some(row)
    })
}
