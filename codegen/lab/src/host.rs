//! Scores on this machine: the reference in `f64`, and modules at run-time sizes with the bits of the board.

pub mod arithmetic;
pub mod combine;
mod dense;
pub mod fixed;
pub mod float;
mod lane;
mod layers;
mod network;
mod prior;
pub mod score;
pub mod scores;
pub mod vectors;
