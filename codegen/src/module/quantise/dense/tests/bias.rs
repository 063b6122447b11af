//! What a bias holds beside that of the layer.

use super::*;

/// A row of a large weight, by which the unit of its sums is 2⁻¹⁷, and of a quarter of that unit, which rounds to nothing; its
/// outputs have steps of 2⁻¹⁶. The second input is `mean` on the calibration rows.
fn quantised(mean: f64, bias: f64) -> QuantisedDense {
    let unit = exp2(-17);
    let layer = linear(2, &[32767.0 * unit, 0.25 * unit], &[bias * unit]);
    let inputs = constant(&[0.0, mean], 1.0, (0, 1));
    let outputs = Outputs::Steps { fraction: 16 };
    let (dense, _) = quantise(&layer, &inputs, &outputs, format(Weights::I16)).unwrap();
    assert_eq!(
        (&*dense.weights, &*dense.shifts),
        (&[32767, 0][..], &[1][..])
    );
    dense
}

/// What the shift takes off, halved.
const HALF: i32 = 1;

#[test]
fn a_bias_makes_up_for_what_rounded_weights_miss_of_the_mean_input() {
    for (mean, missed) in [(0.0, 0), (8.0, 2), (-12.0, -3), (400.0, 100)] {
        for bias in [-3, 0, 5] {
            let found = quantised(mean, bias.into()).bias;
            assert_eq!(found, [bias + missed + HALF], "{mean} {bias}");
        }
    }
}

#[test]
fn a_sum_with_its_bias_is_shifted_to_the_nearest_and_halves_up() {
    for bias in -4..=4 {
        let dense = quantised(0.0, bias.into());
        for x in [0, 1] {
            let found = sum(&dense.weights, dense.bias[0].into(), &[x, 0]) >> dense.shifts[0];
            let exact = (32767.0 * x as f64 + f64::from(bias)) / 2.0;
            assert_eq!(found as f64, (exact + 0.5).floor(), "{bias} {x}");
        }
    }
}
