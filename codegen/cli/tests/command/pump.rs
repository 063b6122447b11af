//! A pump: the rows that several tests train on, and quick training.

use super::Folder;

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
