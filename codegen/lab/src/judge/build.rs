//! Modules of integers scaled by rows that a build script has at hand.

use super::calibrate::recalibrate;
use crate::table::{self, Order};
use nice_flow_codegen::{Builder, Numeric, Result};
use std::path::{Path, PathBuf};

/// [`Builder::generate_to`], with integers scaled by normal rows instead of those that `nice-flow calibrate` left in the
/// model file; returns the module's path.
///
/// `rows` is a CSV of the model's features and nothing else. The threshold of the integers is that of these rows, at
/// the model's false-alarm rate.
pub fn generate_calibrated(
    builder: &Builder,
    numeric: Numeric,
    rows: &Path,
    folder: &Path,
) -> Result<PathBuf> {
    println!("cargo::rerun-if-changed={}", rows.display());
    let mut model = builder.model()?;
    let (dim, features) = (model.dim(), model.features.clone());
    let mut table = table::read(rows, &Default::default(), &|_| ())?;
    table.expect_columns(dim, rows)?;
    if table.match_features(&features) == Order::ByPosition && table.header.is_some() {
        println!(
            "cargo::warning={}: columns taken by position; their names are not the model's ({})",
            rows.display(),
            features.join(", ")
        );
    }
    recalibrate(&mut model, &table.values, numeric).map_err(|error| error.in_file(rows))?;
    builder.clone().numeric(numeric).write(&model, folder)
}
