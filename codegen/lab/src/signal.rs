//! Recordings of raw signals, and the rows of features that a front end makes of them, with the bits of a board.
//!
//! Recordings come from tables, WAV files and files of `i16`: [`read`]. A [`Wish`] and the recordings say what the front end of
//! a new model is; [`windows`] then makes a row of each window, now and with every recording that the model is ever given.

mod bank;
mod counts;
mod files;
pub mod front_file;
mod lowest;
mod pieces;
mod recording;
mod unit;
mod wave;
mod windows;
mod wish;

pub use bank::outputs;
pub use files::read;
pub use lowest::lowest;
pub use recording::{Recording, Request};
pub use windows::{Piece, Windows, windows};
pub use wish::{Length, Wish};
