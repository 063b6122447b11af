//! Generated modules on emulated boards: their exact output, instructions and bytes, and the tools needed for that.

pub mod cost;
pub mod family;
pub mod simulate;
pub mod target;
pub mod toolchain;
