//! The masked networks of `residual=True`.

use crate::import::Weights;
use crate::import::ops::{Step, act, linear};
use nice_flow_codegen::flow::ir::Activation;

/// `MaskedMLP` with residual blocks, whose two linear layers lie in a list of their own: `h + L₂ act(L₁ h)`. Nothing stands
/// between the blocks. `None` if the network below `at` has no such block.
pub(super) fn read(weights: &Weights, at: &str, activation: Activation) -> Option<Vec<Step>> {
    let has = |name: &str| weights.has(&format!("{name}.weight"));
    let (mut net, mut blocks) = (vec![], 0);
    for place in weights.places(at) {
        let [first, second] = [0, 2].map(|part| format!("{place}.{part}"));
        if has(&place) {
            net.push(linear(&place));
        } else if has(&first) && has(&second) {
            let branch = [linear(&first), act(activation), linear(&second)];
            net.push(Step::Push {});
            net.extend(branch);
            net.push(Step::ADD);
            blocks += 1;
        } else {
            return None;
        }
    }
    (blocks > 0).then_some(net)
}
