//! Whether scores can be trusted: thresholds with a promise, what generation cost, how well scores rank.

pub mod build;
pub mod calibrate;
pub mod metrics;
pub mod tail;
pub mod verify;
