//! What a flow computes, in `f64`: layers and prior, rewrites that keep the function, sampling, and flows of a given
//! shape.

pub mod fold;
pub mod ir;
pub mod sample;
pub mod shape;
