//! Rows from numpy arrays.

use super::Table;
use super::columns::{Columns, Layout, Role};
use nice_flow_codegen::{Error, Result};
use nice_flow_import::checkpoint::array;
use std::path::Path;

/// The rows of the only array of a `.npy` or `.npz` file: its first extent counts the rows. Columns have no names, so that
/// those that are no features are given by index.
pub(super) fn read(path: &Path, columns: &Columns) -> Result<Table> {
    let array = array(path)?;
    let wrong = |message: String| Error::file(path, message);
    let (rows, width) = match *array.shape.as_slice() {
        [rows] => (rows, 1),
        [rows, width] => (rows, width),
        ref shape => {
            return Err(wrong(format!(
                "expected rows and columns, found an array of shape {shape:?}"
            )));
        }
    };
    if rows == 0 || width == 0 {
        return Err(wrong(format!(
            "expected rows, found an array of shape {:?}",
            array.shape
        )));
    }
    let layout = Layout::new(None, width, columns).map_err(wrong)?;
    let of_role = |wanted: Role| -> Vec<f64> {
        let rows = array.data.chunks_exact(width);
        let cells = rows.flat_map(|row| row.iter().zip(&layout.roles));
        cells
            .filter(|(_, role)| **role == wanted)
            .map(|(value, _)| *value)
            .collect()
    };
    let mut labels = super::label::Labels::default();
    for label in of_role(Role::Label) {
        labels
            .push(label.to_string().as_bytes())
            .ok_or_else(|| wrong("expected a few kinds of labels, found more than 1000".into()))?;
    }
    let label = layout.roles.iter().position(|role| *role == Role::Label);
    let labels = label.map(|column| labels.meant(&layout.name(column), &columns.normal));
    let features = layout.features();
    Ok(Table {
        header: None,
        rows,
        columns: features.len(),
        values: of_role(Role::Feature),
        labels: labels.transpose().map_err(wrong)?,
        times: None,
        is_log: false,
        recordings: vec![0],
        names: vec![],
        ignored: vec![],
        sample: None,
        files: vec![],
        features,
        notes: layout.notes,
    })
}
