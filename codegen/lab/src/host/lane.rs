//! Rows side by side, one in each SIMD lane.

/// The number of rows that are evaluated side by side.
pub const LANES: usize = 16;

/// One element of sixteen rows.
pub(super) type Lane = [f32; LANES];

/// The number of rows between two reports of progress.
pub(super) const CHUNK: usize = 1024;
