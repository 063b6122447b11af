//! Arrays that end where memory does: a kernel that reads or writes beyond one ends in a fault.

use nice_flow::fixed::{Quad, Rectifier};
use nice_flow::host::fixed::{affine8, affine16, hidden8, hidden16};
use nice_flow::host::float::{affine, relu};

/// The end of 512 KB of the board that nothing else is in; there is no memory behind it.
const END: usize = 0x2008_0000;

/// So many elements before the end, whatever they are.
fn at_end<T>(count: usize) -> &'static mut [T] {
    let start = (END - count * size_of::<T>()) as *mut T;
    // SAFETY: memory that nothing else is in; only numbers are asked for, and one at a time of those that overlap.
    unsafe { core::slice::from_raw_parts_mut(start, count) }
}

/// Runs every kernel with each of its arrays at the end; how many sizes there were.
pub fn run() -> usize {
    let mut sizes = 0;
    for panels in 1..=7 {
        for groups in 1..=9 {
            layer(panels, groups, affine8, hidden8);
            layer(panels, groups, affine16, hidden16);
            sizes += 2;
        }
    }
    for rows in 0..=40 {
        for columns in 0..=9 {
            floats(rows, columns);
            sizes += 1;
        }
    }
    sizes
}

type Affine<B> = fn(&[B], &[[i32; 4]], &[Quad], &mut [[i32; 4]]);
type Hidden<B> = fn(&[B], &[[i32; 4]], Rectifier, &[Quad], &mut [Quad]);

fn layer<const N: usize>(
    panels: usize,
    groups: usize,
    affine: Affine<[u32; N]>,
    hidden: Hidden<[u32; N]>,
) {
    let blocks = [[0; N]; 7 * 9];
    let blocks = blocks.get(..panels * groups).unwrap_or_default();
    let (bias, x) = ([[0; 4]; 7], [Quad::ZERO; 9]);
    let bias = bias.get(..panels).unwrap_or_default();
    let x = x.get(..groups).unwrap_or_default();
    let (mut sums, mut y) = ([[0; 4]; 7], [Quad::ZERO; 7]);
    let sums = sums.get_mut(..panels).unwrap_or_default();
    let y = y.get_mut(..panels).unwrap_or_default();

    affine(at_end(panels * groups), bias, x, sums);
    affine(blocks, at_end(panels), x, sums);
    affine(blocks, bias, at_end(groups), sums);
    affine(blocks, bias, x, at_end(panels));
    for rectifier in [Rectifier::relu(3), Rectifier::leaky_relu(3, 300)] {
        hidden(at_end(panels * groups), bias, rectifier, x, y);
        hidden(blocks, at_end(panels), rectifier, x, y);
        hidden(blocks, bias, rectifier, at_end(groups), y);
        hidden(blocks, bias, rectifier, x, at_end(panels));
    }
}

fn floats(rows: usize, columns: usize) {
    let numbers = [0.0; 40 * 9];
    let numbers = |count| numbers.get(..count).unwrap_or_default();
    let mut y = [0.0; 40];
    let y = y.get_mut(..rows).unwrap_or_default();
    affine(at_end(rows * columns), numbers(rows), numbers(columns), y);
    affine(numbers(rows * columns), at_end(rows), numbers(columns), y);
    affine(numbers(rows * columns), numbers(rows), at_end(columns), y);
    affine(
        numbers(rows * columns),
        numbers(rows),
        numbers(columns),
        at_end(rows),
    );
    relu(at_end(rows));
}
