//! Weights as the kernels for sixteen rows read them.

use nice_flow_codegen::module::fixed::{Blocks, Branch, Conditioner, FixedDense};

/// Gives all weights 16 bits: of a word of bytes, the two that it stands for.
pub(super) fn widen(conditioner: &mut Conditioner) {
    match conditioner {
        Conditioner::Linear(output) => widen_dense(&mut output.dense),
        Conditioner::Mlp {
            input,
            inner,
            output,
        } => {
            widen_dense(&mut input.dense);
            inner
                .iter_mut()
                .for_each(|layer| widen_dense(&mut layer.dense));
            widen_dense(&mut output.dense);
        }
        Conditioner::Nested { hidden, rest } => {
            widen_dense(&mut hidden.dense);
            widen(rest);
        }
        Conditioner::Smooth { layer, rest, .. } => {
            widen_dense(&mut layer.dense);
            widen(rest);
        }
        Conditioner::Steered {
            input,
            offset,
            branches,
            rest,
            ..
        } => {
            widen_dense(&mut input.dense);
            widen_dense(&mut offset.layer.dense);
            branches.iter_mut().for_each(widen_branch);
            widen(rest);
        }
        Conditioner::Residual {
            input,
            branches,
            output,
            ..
        } => {
            widen_dense(&mut input.dense);
            branches.iter_mut().for_each(widen_branch);
            widen_dense(&mut output.dense);
        }
    }
}

fn widen_branch(branch: &mut Branch) {
    let Branch {
        first,
        output,
        gate,
        ..
    } = branch;
    widen_dense(first.dense_mut());
    widen_dense(&mut output.dense);
    for lane in first.lane_mut().into_iter().chain(gate) {
        widen_dense(&mut lane.dense);
    }
}

/// A word of bytes `b₀ b₁ b₂ b₃` is the halves `b₁ b₀` and `b₃ b₂`; shifted by a byte it is `b₀ 0` and `b₂ b₁`.
fn widen_dense(layer: &mut FixedDense) {
    if let Blocks::I8(blocks) = &layer.blocks {
        let wide = |[a, b, c, d]: &[u32; 4]| [*a, *b, *c, *d, a << 8, b << 8, c << 8, d << 8];
        layer.blocks = Blocks::I16(blocks.iter().map(wide).collect());
    }
}
