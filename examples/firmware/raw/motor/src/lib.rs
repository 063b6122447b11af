//! From a motor's vibration to verdicts: what the three firmwares of this folder share.
//!
//! ```text
//! timer's interrupt:  Imu → Sampler ⟶ queue ⟶ Watch → verdicts  : loop
//! ```
//!
//! The interrupt only reads the sensor, the loop computes; a sample that finds the queue full is counted, never waited for.

#![no_std]

pub mod board;
mod imu;
#[allow(missing_docs, dead_code)]
mod model;
mod sampler;
mod watch;

pub use imu::{CHANNELS, Imu, RATE_HZ, SAMPLES, Silent};
pub use sampler::{Queue, Sample, Sampler};
pub use watch::Watch;
