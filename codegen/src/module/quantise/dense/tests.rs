//! The claimed sums against all sums there are.

mod bias;

use super::super::every::vectors;
use super::super::samples::Samples;
use super::*;
use crate::model::Biases;
use nalgebra::{DMatrix, DVector};

/// The sum that the kernel makes, with bits to spare.
fn sum(weights: &[i32], bias: i64, x: &[i64]) -> i64 {
    let products = weights.iter().zip(x).map(|(w, x)| i64::from(*w) * x);
    bias + products.sum::<i64>()
}

/// The least and the largest sum of these inputs.
fn extremes(weights: &[i32], bias: i64, inputs: &[Vec<i64>]) -> (i64, i64) {
    let sums: Vec<i64> = inputs.iter().map(|x| sum(weights, bias, x)).collect();
    (*sums.iter().min().unwrap(), *sums.iter().max().unwrap())
}

/// Every input of so many elements within the range.
fn all(n: usize, (low, high): (i32, i32)) -> Vec<Vec<i64>> {
    vectors(&vec![(i64::from(low)..=i64::from(high)).collect(); n])
}

/// Every input whose elements are at an end of the range, or zero: not added yet.
fn ends(n: usize, (low, high): (i32, i32)) -> Vec<Vec<i64>> {
    vectors(&vec![vec![i64::from(low), 0, i64::from(high)]; n])
}

#[test]
fn some_input_reaches_the_claimed_sums_and_none_passes_them() {
    for (n, range) in [(2, (0, 3)), (2, (-3, 3)), (2, (-2, 5)), (3, (-1, 2))] {
        let inputs = all(n, range);
        for weights in all(n, (-2, 2)) {
            let weights: Vec<i32> = weights.iter().map(|w| *w as i32).collect();
            for bias in [-7, 0, 4] {
                let found = extremes(&weights, bias, &inputs);
                let case = format!("{weights:?} {bias} {range:?}");
                assert_eq!(reach(&weights, bias, range, 0), found, "{case}");
            }
        }
    }
}

#[test]
fn the_largest_weights_and_inputs_reach_the_claimed_sums() {
    for range in [(0, 8191), (-16383, 16383), (-32767, 32767)] {
        for weights in [[-32768, 32767, 1], [-32768; 3], [32767; 3]] {
            for bias in [i64::from(i32::MIN), i64::from(i32::MAX)] {
                let found = extremes(&weights, bias, &ends(3, range));
                assert_eq!(
                    reach(&weights, bias, range, 0),
                    found,
                    "{weights:?} {range:?}"
                );
            }
        }
    }
}

#[test]
fn some_input_takes_each_output_as_far_as_claimed_and_none_farther() {
    let dense = QuantisedDense {
        inputs: 2,
        outputs: 3,
        weights: vec![5, -3, -7, -2, 0, 1],
        bias: vec![-9, 4, 0],
        shifts: vec![0, 1, 3],
        constant: None,
    };
    for range in [(0, 6), (-6, 6)] {
        assert_eq!(
            dense.reach(range, 0, Weights::I16),
            farthest(&dense, &all(2, range))
        );
    }
    // By hand: −9 + 5 · 6, (4 − 9 · 6) / 2, 6 / 8 rounded down.
    assert_eq!(dense.reach((0, 6), 0, Weights::I16), [27, 25, 0]);
}

/// How far these inputs take each output from zero.
fn farthest(dense: &QuantisedDense, inputs: &[Vec<i64>]) -> Vec<i64> {
    let rows = dense.weights.chunks(dense.inputs).zip(&dense.bias);
    rows.zip(&dense.shifts)
        .map(|((weights, bias), shift)| {
            let sums = inputs.iter().map(|x| sum(weights, i64::from(*bias), x));
            sums.map(|sum| (sum >> shift).abs()).max().unwrap()
        })
        .collect()
}

fn format(weights: Weights) -> Format {
    Format {
        weights,
        biases: Biases::Words,
        fraction: 16,
        range: 128,
        scales: false,
    }
}

/// A layer by its rows.
fn linear(inputs: usize, rows: &[f64], bias: &[f64]) -> Linear {
    Linear {
        weight: DMatrix::from_row_slice(bias.len(), inputs, rows),
        bias: DVector::from_column_slice(bias),
    }
}

/// Inputs that are the same on all calibration rows.
fn constant(means: &[f64], step: f64, range: (i32, i32)) -> Inputs {
    Inputs {
        samples: Samples {
            width: means.len(),
            values: means.repeat(2),
        },
        step: vec![step; means.len()],
        range,
        idle: 0,
    }
}

#[test]
fn no_input_takes_the_sums_of_a_small_layer_beyond_32_bits() {
    let layers = [
        linear(2, &[1.0, 1.0, -1.0, -1.0], &[0.0; 2]),
        linear(2, &[1.0, -1.0, -0.3, 0.7, 0.0, 0.0], &[0.5, -300.0, 0.1]),
        linear(
            2,
            &[-1.0, 1.0, 0.999, 1.0, -1.0, 0.001],
            &[40.0, 0.0, -40.0],
        ),
    ];
    for weights in [Weights::I8, Weights::I16] {
        let (_, limit) = weights.input_limits();
        for (layer, low) in layers
            .iter()
            .flat_map(|layer| [(layer, 0), (layer, -limit)])
        {
            let (seen, range) = ([50.0; 3], (low, limit));
            let hidden = Outputs::Hidden {
                limit,
                seen: &seen[..layer.bias.len()],
            };
            for outputs in [hidden, Outputs::Steps { fraction: 16 }] {
                let inputs = constant(&[0.5, -0.25], 1.0 / 1024.0, range);
                let (dense, _) = quantise(layer, &inputs, &outputs, format(weights)).unwrap();
                let ends = ends(2, range);
                for (row, bias) in dense.weights.chunks(2).zip(&dense.bias) {
                    let (least, largest) = extremes(row, i64::from(*bias), &ends);
                    assert!(i64::from(i32::MIN) <= least, "{least}");
                    assert!(largest <= i64::from(i32::MAX), "{largest}");
                }
                assert_eq!(dense.reach(range, 0, Weights::I16), farthest(&dense, &ends));
            }
        }
    }
}

/// A row whose first weight is ±32767 and whose second rounds to zero, an error that its mean puts into the bias.
#[test]
fn the_extreme_sums_of_32_bits_are_accepted_and_one_more_is_refused() {
    let unit = exp2(-17);
    let layer = |sign: f64| linear(2, &[sign * 32767.0 * unit, 0.25 * unit], &[0.0]);
    let quantised = |sign: f64, bias: i64| {
        let inputs = constant(&[0.0, 4.0 * bias as f64], 1.0, (0, 1));
        let format = format(Weights::I16);
        quantise(
            &layer(sign),
            &inputs,
            &Outputs::Steps { fraction: 16 },
            format,
        )
        .map(|(dense, _)| dense)
    };
    // One for the rounding of the shift.
    let (largest, least) = (
        i64::from(i32::MAX) - 32767 - 1,
        i64::from(i32::MIN) + 32767 - 1,
    );
    for (sign, bias, end) in [(1.0, largest, i32::MAX), (-1.0, least, i32::MIN)] {
        let dense = quantised(sign, bias).unwrap();
        assert_eq!((dense.weights[1], &dense.shifts), (0, &vec![1]));
        assert_eq!(dense.weights[0] + dense.bias[0], end);
        let message = quantised(sign, bias + sign as i64).unwrap_err();
        assert!(message.contains("output 0 is finer than the state"));
    }
}

/// All weights of a row of bytes round to a larger magnitude, together by more than the hundredth that is spared.
#[test]
fn a_row_that_its_rounding_takes_beyond_32_bits_gets_coarser() {
    let inputs = constant(&[0.0; 64], 1.0, (0, 8191));
    let outputs = Outputs::Hidden {
        limit: 8191,
        seen: &[500.0],
    };
    let format = format(Weights::I8);
    for weight in [1.0, -1.0] {
        let row = Row {
            weights: vec![weight; 64],
            bias: 0.0,
            constant: None,
        };
        let finest = Scales::new(&[row], inputs.range, &outputs, format).unwrap();
        let layer = linear(64, &[weight; 64], &[0.0]);
        let (dense, steps) = quantise(&layer, &inputs, &outputs, format).unwrap();
        assert!(steps[0] > 1.01 * finest.steps()[0], "{steps:?}");
        let far = [vec![0; 64], vec![8191; 64]];
        let (least, largest) = extremes(&dense.weights, i64::from(dense.bias[0]), &far);
        assert!(i64::from(i32::MIN) <= least && largest <= i64::from(i32::MAX));
    }
}

/// The sums of the kernel itself, over words of four bytes whose last are padding, with the activation of zero in the units there.
#[test]
fn the_kernel_stays_within_the_claimed_sums_beside_idle_units() {
    use nice_flow::fixed::Quad;
    use nice_flow::host::fixed::affine8;
    let (range, mut farthest) = ((0, 50), 0);
    for bytes in vectors(&[
        vec![-128i64, -1, 0, 1, 127],
        vec![-128, -1, 0, 127],
        vec![-3, 0, 127],
    ]) {
        for n in 1..=3 {
            let bytes: Vec<i32> = bytes[..n].iter().map(|byte| *byte as i32).collect();
            let mut weights: Vec<i32> = vec![];
            for (j, byte) in bytes.iter().enumerate() {
                let before = weights.last().copied().unwrap_or(0);
                weights.push(256 * byte + rounding::fraction(j, before));
            }
            let word = bytes
                .iter()
                .rev()
                .fold(0u32, |word, byte| (word << 8) | (*byte as u32 & 0xff));
            let block = [word, 0, 0, 0];
            for idle in [-3, 0, 45] {
                let mut sums = vec![];
                for x in ends(n, range) {
                    let mut quad = [idle; 4];
                    quad.iter_mut()
                        .zip(&x)
                        .for_each(|(unit, x)| *unit = *x as i32);
                    let mut sum = [[0; 4]];
                    affine8(&[block], &[[7, 0, 0, 0]], &[Quad::of(quad)], &mut sum);
                    sums.push(i64::from(sum[0][0]));
                }
                let found = (*sums.iter().min().unwrap(), *sums.iter().max().unwrap());
                let stray = stray(&weights, idle, Weights::I8);
                let claimed = reach(&weights, 7, range, stray);
                assert!(
                    claimed.0 <= found.0 && found.1 <= claimed.1,
                    "{bytes:?} {idle}: {found:?}"
                );
                // One of them is reached, to what is not stray.
                assert!(claimed.0 == found.0 || claimed.1 == found.1);
                let without = reach(&weights, 7, range, 0);
                farthest = farthest.max(found.1 - without.1);
                let dense = QuantisedDense {
                    inputs: n,
                    outputs: 1,
                    weights: weights.clone(),
                    bias: vec![7],
                    shifts: vec![0],
                    constant: None,
                };
                let most = found.0.abs().max(found.1.abs());
                assert!(most <= dense.reach(range, idle, Weights::I8)[0]);
            }
        }
    }
    // Without the stray bytes the claim was passed by this much.
    assert_eq!(farthest, 255 * 45);
}
