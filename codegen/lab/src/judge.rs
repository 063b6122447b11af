//! Whether scores can be trusted: thresholds with a guarantee, the error of generated modules, and how well scores
//! rank.

pub mod advice;
pub mod build;
pub mod calibrate;
pub mod drift;
pub mod golden;
pub mod likeness;
pub mod metrics;
pub mod module;
pub mod order;
pub mod promise;
pub mod quartiles;
pub mod ranks;
pub mod tail;
pub mod verify;
