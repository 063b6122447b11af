//! Generates integer modules with scales from rows that a build script supplies.

use super::calibrate::{rescale, set_threshold};
use crate::host::level::above_known;
use crate::table::{self, Columns, Order};
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Builder, Numeric, Result};
use std::path::{Path, PathBuf};

/// Like [`Builder::generate_to`], but integers get their scales from these normal rows instead of those that
/// `nice-flow calibrate` left in the model file; returns the path of the module.
///
/// `rows` is a CSV with the model's features; other columns are left alone. The threshold of integer scores is computed from
/// these rows, for the model's false-alarm rate.
pub fn generate_calibrated(
    builder: &Builder,
    numeric: Numeric,
    rows: &Path,
    folder: &Path,
) -> Result<PathBuf> {
    println!("cargo::rerun-if-changed={}", rows.display());
    let mut model = builder.model()?;
    let (dim, features) = (model.dim(), model.features.clone());
    let columns = Columns {
        wanted: features.clone(),
        ..Columns::default()
    };
    let mut table = table::read(rows, &columns, &|_| ())?;
    for note in &table.notes {
        println!("cargo::warning={}: {note}", rows.display());
    }
    table.expect_columns(dim, rows)?;
    if table.match_features(&features) == Order::ByPosition && table.header.is_some() {
        println!(
            "cargo::warning={}: columns taken by position; their names are not the model's ({})",
            rows.display(),
            features.join(", ")
        );
    }
    if let Some(baseline) = model.baseline {
        table.values = above_known(baseline, &table.values, dim, &table.recordings, None);
    }
    let scaled = rescale(&mut model, &table.values)
        .and_then(|()| set_threshold(&mut model, &table.values, numeric, &|_| ()));
    scaled.map_err(|error| error.in_file(rows))?;
    let told = ["--calibration".to_string(), file_name(rows)];
    let builder = builder.clone().numeric(numeric).told(told);
    builder.write(&model, folder)
}
