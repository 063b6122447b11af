//! Everything that a host does with rows: read them, train on them, score them, judge the scores, run them on emulated
//! boards, report.

pub mod board;
pub mod host;
pub mod judge;
pub mod onnx;
#[cfg(feature = "parquet")]
pub mod parts;
pub mod report;
pub mod signal;
pub mod table;
pub mod train;

pub use board::target::Target;
