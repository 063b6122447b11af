//! From checkpoints of common libraries to a [`Model`](nice_flow_codegen::Model), proven correct by a probe.

pub mod checkpoint;
pub mod import;
pub mod imported;
pub mod names;
pub mod probe;
pub mod rereading;
pub mod standardise;
