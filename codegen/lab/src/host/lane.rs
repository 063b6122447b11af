//! Rows side by side, one a SIMD lane.

/// Rows that are evaluated side by side.
pub const LANES: usize = 16;

/// One element of sixteen rows.
pub(super) type Lane = [f32; LANES];

/// Rows between two reports of progress.
pub(super) const CHUNK: usize = 1024;
