//! What the targets share: files in memory, limits, seeds, and what must hold of all that is read.

pub mod bounds;
pub mod containers;
pub mod edits;
pub mod layouts;
pub mod models;
pub mod seeds;
pub mod sound;
