//! Dense layers of integers for a single row: the bits of the runtime's kernels.
//!
//! On x86-64 the products of two weights and two activations, and their sum, are one instruction; of the runtime's kernels the compiler
//! makes ten. All orders of additions modulo 2³² give the same bits.

use nice_flow::fixed::{Quad, Rectifier};
use nice_flow::host::fixed as kernel;
use nice_flow_codegen::module::fixed::{Blocks, FixedDense, Hidden};

/// `W x + b`, four rows after four.
pub(super) fn affine(dense: &FixedDense, x: &[Quad]) -> Vec<[i32; 4]> {
    if let Some(sums) = pairs::affine(dense, x) {
        return sums;
    }
    let mut sums = vec![[0; 4]; dense.bias.len()];
    match &dense.blocks {
        Blocks::I8(blocks) => kernel::affine8(blocks, &dense.bias, x, &mut sums),
        Blocks::I16(blocks) => kernel::affine16(blocks, &dense.bias, x, &mut sums),
    }
    sums
}

/// The activations of `W x + b`.
pub(super) fn hidden(layer: &Hidden, x: &[Quad]) -> Vec<Quad> {
    let dense = &layer.dense;
    if let Some(sums) = pairs::affine(dense, x) {
        let limit = match dense.blocks {
            Blocks::I8(_) => 8_191,
            Blocks::I16(_) => 32_767,
        };
        return activated(&sums, layer, limit);
    }
    let rectifier = Rectifier::leaky_relu(layer.shift.into(), layer.slope.into());
    let mut y = vec![Quad::ZERO; dense.bias.len()];
    match &dense.blocks {
        Blocks::I8(blocks) => kernel::hidden8(blocks, &dense.bias, rectifier, x, &mut y),
        Blocks::I16(blocks) => kernel::hidden16(blocks, &dense.bias, rectifier, x, &mut y),
    }
    y
}

fn activated(sums: &[[i32; 4]], layer: &Hidden, limit: i32) -> Vec<Quad> {
    let (shift, slope) = (layer.shift, i32::from(layer.slope));
    if slope == 0 {
        let relu = |sum: i32| (sum >> shift).max(0).min(limit);
        return sums.iter().map(|sums| Quad::of(sums.map(relu))).collect();
    }
    let leaky = |sum: i32| {
        let v = sum >> shift;
        let leak = v.min(0).max(-limit).wrapping_mul(slope) + (1 << 14);
        v.max(0).min(limit) + (leak >> 15)
    };
    sums.iter().map(|sums| Quad::of(sums.map(leaky))).collect()
}

/// Products of pairs, in SSE2.
#[cfg(target_arch = "x86_64")]
mod pairs {
    use super::{Blocks, FixedDense, Quad};
    use nice_flow::host::fixed::{Block8, Block16};
    use pulp::x86::V1;
    use pulp::{cast, i32x4};

    /// The words of four activations, as a [`Quad`] has them: `x₁ | x₃ << 16` and `x₀ | x₂ << 16`.
    type Words = [i32; 2];

    /// `None` for a processor without.
    pub fn affine(dense: &FixedDense, x: &[Quad]) -> Option<Vec<[i32; 4]>> {
        let machine = V1::try_new()?;
        let words = |x: &Quad| {
            let [x0, x1, x2, x3] = x.activations();
            [x1 & 0xffff | x3 << 16, x0 & 0xffff | x2 << 16]
        };
        let x: Vec<Words> = x.iter().map(words).collect();
        Some(match &dense.blocks {
            Blocks::I8(blocks) => panels(machine, blocks, &dense.bias, &x),
            Blocks::I16(blocks) => panels(machine, blocks, &dense.bias, &x),
        })
    }

    /// Four rows by four columns, as words that belong to those of four activations.
    trait Block {
        fn words(&self, machine: V1) -> [i32x4; 2];
    }

    impl Block for Block16 {
        #[inline(always)]
        fn words(&self, _: V1) -> [i32x4; 2] {
            cast(*self)
        }
    }

    impl Block for Block8 {
        /// A word of bytes `b₀ b₁ b₂ b₃` is the halves `b₁ b₀` and `b₃ b₂`; shifted by a byte it is `b₀ 0` and `b₂ b₁`.
        #[inline(always)]
        fn words(&self, machine: V1) -> [i32x4; 2] {
            let word = cast(*self);
            [word, machine.shl_const_i32x4::<8>(word)]
        }
    }

    fn panels<B: Block>(
        machine: V1,
        blocks: &[B],
        bias: &[[i32; 4]],
        x: &[Words],
    ) -> Vec<[i32; 4]> {
        let panels = blocks.chunks_exact(x.len().max(1)).zip(bias);
        panels
            .map(|(panel, bias)| sums(machine, panel, *bias, x))
            .collect()
    }

    #[inline(always)]
    fn sums<B: Block>(machine: V1, panel: &[B], bias: [i32; 4], x: &[Words]) -> [i32; 4] {
        let add = |sums: i32x4, w: i32x4, x: i32| {
            let x = cast(machine.splat_i32x4(x));
            let products = machine.multiply_wrapping_add_adjacent_i16x8(cast(w), x);
            machine.wrapping_add_i32x4(sums, products)
        };
        // Two sums, so that additions do not wait for one another.
        let (mut odd, mut even) = (cast(bias), machine.splat_i32x4(0));
        for (block, x) in panel.iter().zip(x) {
            let w = block.words(machine);
            (odd, even) = (add(odd, w[0], x[0]), add(even, w[1], x[1]));
        }
        cast(machine.wrapping_add_i32x4(odd, even))
    }
}

/// Other processors run the runtime's kernels.
#[cfg(not(target_arch = "x86_64"))]
mod pairs {
    use super::{FixedDense, Quad};

    pub fn affine(_: &FixedDense, _: &[Quad]) -> Option<Vec<[i32; 4]>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a congruential generator, some of them extreme.
    fn word(state: &mut u32) -> u32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match *state >> 29 {
            0 => 0x8000_8000,
            1 => 0x7fff_7fff,
            2 => 0x8080_8080,
            _ => state.rotate_left(11),
        }
    }

    #[test]
    fn layers_have_the_bits_of_the_kernels_of_the_runtime() {
        let mut state = 7;
        let mut next = || word(&mut state);
        for (panels, groups) in [(1, 1), (2, 3), (3, 8), (16, 16)] {
            let x: Vec<Quad> = (0..groups)
                .map(|_| Quad::of([0; 4].map(|_| next() as i32)))
                .collect();
            let bias: Vec<[i32; 4]> = (0..panels).map(|_| [0; 4].map(|_| next() as i32)).collect();
            let bytes: Vec<_> = (0..panels * groups)
                .map(|_| [0; 4].map(|_| next()))
                .collect();
            let halves: Vec<_> = (0..panels * groups)
                .map(|_| [0; 8].map(|_| next()))
                .collect();
            let (mut sums8, mut sums16) = (vec![[0; 4]; panels], vec![[0; 4]; panels]);
            kernel::affine8(&bytes, &bias, &x, &mut sums8);
            kernel::affine16(&halves, &bias, &x, &mut sums16);
            for (blocks, expected) in [
                (Blocks::I8(bytes.clone()), sums8),
                (Blocks::I16(halves.clone()), sums16),
            ] {
                let bias = bias.clone();
                let dense = FixedDense {
                    groups,
                    blocks,
                    bias,
                };
                assert_eq!(affine(&dense, &x), expected);
                for (shift, slope) in [(1, 0), (9, 328), (31, 32_767), (17, 0)] {
                    let rectifier = Rectifier::leaky_relu(shift.into(), slope.into());
                    let mut y = vec![Quad::ZERO; panels];
                    match &dense.blocks {
                        Blocks::I8(w) => kernel::hidden8(w, &dense.bias, rectifier, &x, &mut y),
                        Blocks::I16(w) => kernel::hidden16(w, &dense.bias, rectifier, &x, &mut y),
                    }
                    let dense = dense.clone();
                    let layer = Hidden {
                        dense,
                        shift,
                        slope,
                        constant: None,
                    };
                    assert_eq!(hidden(&layer, &x), y);
                }
            }
        }
    }
}
