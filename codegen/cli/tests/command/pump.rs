//! A pump: the rows that several tests train on, and quick training.

use super::{Folder, succeed};

/// A number in -0.5..0.5 that looks random.
pub fn noise(row: usize, seed: usize) -> f64 {
    let bits = (row * 4 + seed) as u64;
    let mixed = (bits ^ (bits >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

/// The pump at rest: temperature, flow and current that move together a little, each with noise of its own.
pub fn values(row: usize) -> [f64; 3] {
    let [a, b, c] = [1, 2, 3].map(|seed| noise(row, 0) + noise(row, seed));
    [20.0 + 2.0 * a, 10.0 + b, 4.0 + 0.5 * c]
}

/// Writes a CSV with a header.
pub fn write(
    folder: &Folder,
    name: &str,
    header: &str,
    rows: impl Iterator<Item = String>,
) -> String {
    let rows: String = rows.map(|row| row + "\n").collect();
    folder.write(name, format!("{header}\n{rows}").as_bytes())
}

/// The options of a training that takes no time: one flow.
pub const QUICK: [&str; 4] = ["--members", "1", "--steps", "100"];

/// The names of [`values`].
pub const HEADER: &str = "temperature,flow,current";

/// A line of a CSV.
pub fn row([temperature, flow, current]: [f64; 3]) -> String {
    format!("{temperature:.4},{flow:.4},{current:.4}")
}

/// A model of rows 0 to 599.
pub fn trained(folder: &Folder) -> String {
    let rows = (0..600).map(|i| row(values(i)));
    let train = write(folder, "train.csv", HEADER, rows);
    let model = folder.path("pump.st");
    succeed(&[&["train", &train, "-o", &model], &QUICK[..]].concat());
    model
}

/// Rows 600 to 1199, to calibrate with.
pub fn held_out(folder: &Folder) -> String {
    let rows = (600..1200).map(|i| row(values(i)));
    write(folder, "held.csv", HEADER, rows)
}

/// The model with a threshold.
pub fn calibrated(folder: &Folder, rate: &str) -> String {
    let (model, held_out) = (trained(folder), held_out(folder));
    let options = ["--false-alarm-rate", rate, "-o", &model];
    succeed(&[&["calibrate", &model, &held_out], &options[..]].concat());
    model
}
