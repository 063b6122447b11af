extern crate std;

use super::*;
use std::vec::Vec;

/// Every number of 16 bits, and some beyond.
fn numbers() -> impl Iterator<Item = i32> {
    (-32_768..=32_767).chain([i32::MIN / 2, -1 << 20, 1 << 20, i32::MAX / 2])
}

/// The largest distance to `exact`, in units of the function's values.
fn off<F: Function>(before: u8, after: u8, function: F, exact: impl Fn(f64) -> f64) -> f64 {
    let curve = Curve::new(before, after, 32_767, function);
    let unit = |bits: i32, places: u8| f64::from(bits) / f64::from(1 << places);
    let distances = numbers().map(|p| {
        let clamped = p.clamp(-32_767, 32_767);
        let least = exact(unit(clamped, before)).min(unit(32_767, after));
        (unit(curve.of(p), after) - least).abs()
    });
    distances.fold(0.0, f64::max)
}

#[test]
fn curves_follow_their_functions() {
    let gelu = |p: f64| 0.5 * p * libm::erfc(-p / 2f64.sqrt());
    // What straight lines between knots a sixteenth apart cost, and half a step of the result.
    assert!(off(11, 15, Tanh, f64::tanh) < 2.5e-4);
    assert!(off(11, 13, Tanh, f64::tanh) < 3.0e-4);
    assert!(off(12, 12, Softplus, |p| p.exp().ln_1p()) < 3.0e-4);
    assert!(off(12, 12, Silu, |p| p / (1.0 + (-p).exp())) < 4.0e-4);
    assert!(off(12, 12, Gelu, gelu) < 4.5e-4);
    let gelu_tanh =
        |p: f64| 0.5 * p * (1.0 + (0.797_884_560_8 * (p + 0.044_715 * p * p * p)).tanh());
    assert!(off(12, 12, GeluTanh, gelu_tanh) < 4.5e-4);
    assert!(off(12, 12, Mish, |p| p * p.exp().ln_1p().tanh()) < 5.0e-4);
    let selu = |p: f64| {
        if p < 0.0 {
            1.673_263_242_4 * p.exp_m1()
        } else {
            p
        }
    };
    assert!(off(12, 12, Selu, selu) < 1.0e-3);
    let by = |alpha: f64| move |p: f64| if p < 0.0 { alpha * p.exp_m1() } else { p };
    assert!(off(12, 12, EluAlpha::new(1 << 14, 15), by(0.5)) < 4.0e-4);
    assert!(off(11, 11, EluAlpha::new(3 << 13, 13), by(3.0)) < 1.8e-3);
    // Straight lines are exact.
    assert!(off(14, 14, Hardtanh, |p| p.clamp(-1.0, 1.0)) <= 1.0 / 32_768.0);
    assert!(off(14, 13, Hardtanh, |p| p.clamp(-1.0, 1.0)) <= 1.0 / 16_384.0);
    assert!(off(12, 12, Hardswish, |p| p * (p + 3.0).clamp(0.0, 6.0) / 6.0) < 3.0e-4);
    assert!(off(12, 12, Elu, |p| if p < 0.0 { p.exp_m1() } else { p }) < 6.0e-4);
}

/// Of coarse units, too, where the table ends within the range.
#[test]
fn values_stay_within_the_limit() {
    fn all<F: Function + Copy>(function: F) -> Vec<i32> {
        let curves = [4, 9, 14].map(|places| Curve::new(places, places, 8_191, function));
        numbers()
            .flat_map(|p| curves.map(|curve| curve.of(p)))
            .collect()
    }
    let all = [
        all(Softplus),
        all(Silu),
        all(Gelu),
        all(GeluTanh),
        all(Mish),
        all(Elu),
        all(Hardtanh),
        all(Hardswish),
        all(Selu),
        all(EluAlpha::new(32_767, 11)),
    ]
    .concat();
    assert!(all.iter().all(|y| (-8_191..=8_191).contains(y)));
    let tanh = Curve::new(11, 15, 32_767, Tanh);
    assert!(numbers().all(|p| tanh.of(-p) == -tanh.of(p)));
    assert_eq!(tanh.of(i32::MAX / 2), 32_767);
}
