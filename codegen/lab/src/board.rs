//! Generated modules on emulated boards: their bits, instructions, bytes; the tools that this takes.

pub mod cost;
pub mod simulate;
pub mod target;
pub mod toolchain;
