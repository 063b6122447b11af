//! Packs rows of weights into words.

use super::{Blocks, FixedDense, Hidden, Output};
use crate::module::quantise;
use crate::module::quantise::fraction;
use crate::numeric::Weights;
use nice_flow::host::fixed::{Block8, Block16};

impl FixedDense {
    fn new(layer: &quantise::QuantisedDense, weights: Weights) -> Self {
        let rows: Vec<Vec<i32>> = (layer.weights.chunks_exact(layer.inputs))
            .map(|row| padded(row, weights))
            .collect();
        let groups = layer.inputs.div_ceil(4);
        let blank = vec![0; 4 * groups];
        let row = |r: usize| rows.get(r).unwrap_or(&blank);
        let panels = 0..layer.outputs.div_ceil(4);
        let places = panels.flat_map(|panel| (0..groups).map(move |group| (4 * panel, 4 * group)));
        let quads = places.map(|(top, left)| {
            std::array::from_fn(|r| std::array::from_fn(|c| row(top + r)[left + c]))
        });
        Self {
            groups,
            blocks: match weights {
                Weights::I8 => Blocks::I8(quads.map(bytes).collect()),
                Weights::I16 => Blocks::I16(quads.map(halves).collect()),
            },
            bias: quads_of(&layer.bias),
        }
    }
}

impl Hidden {
    pub(super) fn new(layer: &quantise::QuantisedDense, slope: u16, weights: Weights) -> Self {
        Self {
            dense: FixedDense::new(layer, weights),
            shift: layer.shifts.first().copied().unwrap_or(1),
            slope,
            constant: layer.constant,
        }
    }

    /// The weights, with those of a constant input in column 3.
    pub fn blocks_of_constant(&self, exponent: u8) -> Blocks {
        let with = |word: u32, bias: i32| pair(word as i32, bias >> exponent);
        let biases = &self.dense.bias;
        match &self.dense.blocks {
            Blocks::I8(blocks) => {
                let pairs = blocks.iter().zip(biases);
                let block = |(block, bias): (&Block8, &[i32; 4])| {
                    std::array::from_fn(|r| with(block[r], bias[r]))
                };
                Blocks::I8(pairs.map(block).collect())
            }
            Blocks::I16(blocks) => {
                let pairs = blocks.iter().zip(biases);
                let block = |(block, bias): (&Block16, &[i32; 4])| {
                    std::array::from_fn(|i| match bias.get(i) {
                        Some(bias) => with(block[i], *bias),
                        None => block[i],
                    })
                };
                Blocks::I16(pairs.map(block).collect())
            }
        }
    }
}

impl Output {
    pub(super) fn new(layer: &quantise::QuantisedDense, weights: Weights) -> Self {
        Self {
            dense: FixedDense::new(layer, weights),
            shifts: quads_of(&layer.shifts),
        }
    }
}

/// A row padded to whole words. The padding bytes are zero, but the kernel also adds the byte below as a fraction, so
/// the effective weight may not be.
fn padded(row: &[i32], weights: Weights) -> Vec<i32> {
    let mut row = row.to_vec();
    while !row.len().is_multiple_of(4) {
        let before = row.last().copied().unwrap_or(0);
        row.push(match weights {
            Weights::I8 => fraction(row.len(), before),
            Weights::I16 => 0,
        });
    }
    row
}

/// A word of a row's bytes: its halves are the weights of columns 1 and 3, each with the byte below.
fn bytes(rows: [[i32; 4]; 4]) -> Block8 {
    rows.map(|[_, w1, _, w3]| pair(w1, w3))
}

/// The weights of columns 1 and 3 of all rows, then those of columns 0 and 2.
fn halves(rows: [[i32; 4]; 4]) -> Block16 {
    let (odd, even) = (
        rows.map(|[_, w1, _, w3]| pair(w1, w3)),
        rows.map(|[w0, _, w2, _]| pair(w0, w2)),
    );
    std::array::from_fn(|i| if i < 4 { odd[i] } else { even[i - 4] })
}

fn pair(low: i32, high: i32) -> u32 {
    (low as u32 & 0xffff) | (high as u32) << 16
}

/// Groups of four, the last padded with zeros.
fn quads_of<T: Copy + Default>(values: &[T]) -> Vec<[T; 4]> {
    let quad = |values: &[T]| std::array::from_fn(|i| values.get(i).copied().unwrap_or_default());
    values.chunks(4).map(quad).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::fixed::Quad;

    /// The weights that the kernel reads from a word are those that the row was rounded to.
    #[test]
    fn the_kernel_multiplies_by_what_was_stored() {
        // The bytes −1, 3, 0, 0 and 3, 7, each with the byte below as fraction: a row as rounding gives it.
        let row = [-256, 1023, 3, 0, 768, 1795];
        let layer = quantise::QuantisedDense {
            inputs: 6,
            outputs: 1,
            weights: row.to_vec(),
            bias: vec![5],
            shifts: vec![1],
            constant: None,
        };
        let dense = FixedDense::new(&layer, Weights::I8);
        let Blocks::I8(blocks) = &dense.blocks else {
            unreachable!()
        };
        assert_eq!((blocks[0][0], blocks[1][0]), (0x0000_03ff, 0x0000_0703));
        for (column, weight) in row.into_iter().enumerate() {
            let mut x = [[0; 4]; 2];
            x[column / 4][column % 4] = 100;
            let mut sums = [[0; 4]];
            nice_flow::host::fixed::affine8(blocks, &dense.bias, &x.map(Quad::of), &mut sums);
            assert_eq!(sums, [[5 + 100 * weight, 0, 0, 0]], "column {column}");
        }
    }
}
