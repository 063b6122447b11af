//! Scores on this machine: the reference in `f64`, and modules evaluated bit for bit like on a board, without compiling
//! them.

pub mod arithmetic;
pub mod combine;
pub mod commission;
mod dense;
pub mod explain;
pub mod fixed;
pub mod float;
mod lane;
mod layers;
pub mod level;
mod network;
mod prior;
pub mod score;
pub mod scores;
pub mod stream;
pub mod vectors;
mod workbench;
