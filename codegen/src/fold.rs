//! Rewrites of a flow that keep the function and leave only what the runtime has.
//!
//! Each fold is `Flow → Flow`, with `log_density` unchanged but for rounding.

mod dense;
mod diagonal;
mod gather;
mod normalise;

use crate::Result;
use crate::ir::Flow;

/// All folds, in order: networks to linear layers and activations, dense layers to triangles, neighbouring
/// diagonals to one, scattered couplings to halves of the vector.
pub fn fold(flow: &Flow) -> Result<Flow> {
    let flow = normalise::normalise(flow);
    let flow = dense::factor(&flow)?;
    let flow = diagonal::merge(&flow);
    gather::gather(&flow)
}
