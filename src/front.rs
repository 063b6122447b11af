//! Front ends: from raw counts of sensors to the numbers that a model scores, in integers, the same bits on host and board.
//!
//! A window of raw samples says little of a vibration: what changes with a fault is how loud each band of frequencies is.
//! [`Bands`] are that; [`Statistics`] are for what changes slowly, such as temperatures. Both are a [`Collect`](crate::Collect), which a
//! [`Detector`](crate::Detector) takes, and need no memory for the window.
//!
//! What comes out of the same samples is part of the promise of this crate: it does not change within a minor version, since
//! models were trained on it.

mod bands;
pub(crate) mod channel;
pub(crate) mod half_band;
pub(crate) mod levels;
mod log2;
mod octaves;
mod reals;
mod statistics;
mod tree;

pub use bands::Bands;
pub use reals::Reals;
pub use statistics::Statistics;
pub use tree::{Eight, Sixteen, Tree};
