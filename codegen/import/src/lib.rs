//! From the checkpoints people have to a [`Model`](nice_flow_codegen::Model), proven by a probe.

pub mod checkpoint;
pub mod import;
pub mod imported;
pub mod probe;
pub mod rereading;
pub mod standardise;
