//! The board's prior of a state is the flow's prior of what the last diagonal makes of it.

use super::*;
use nalgebra::SVector;
use nice_flow::Density;
use nice_flow::fixed::{self, Fixed};

fn entry() -> Diagonal {
    Diagonal {
        center: vec![3.0, -100.0],
        factor: vec![0.25, -8.0],
    }
}

fn exit() -> Diagonal {
    Diagonal {
        center: vec![0.5, -0.25],
        factor: vec![1.5, -0.75],
    }
}

fn one(mean: [f64; 2], precision: [f64; 2]) -> DiagonalNormal {
    DiagonalNormal {
        mean: mean.to_vec(),
        precision: precision.to_vec(),
    }
}

fn priors() -> Vec<ir::Prior> {
    let one_of_two = one([0.5, -1.0], [2.0, 0.5]);
    vec![
        ir::Prior::Normal,
        ir::Prior::DiagonalNormal(one_of_two.clone()),
        ir::Prior::Logistic,
        ir::Prior::Mixture {
            log_weights: vec![libm::log(0.75), libm::log(0.25)],
            components: vec![one_of_two, one([-2.0, 0.0], [1.0, 3.0])],
        },
    ]
}

/// What the board computes, in nats.
fn on_board<const FRAC: u32>(prior: &Prior, u: [i32; 2]) -> f64 {
    let u = SVector::from(u.map(Fixed::<FRAC>::from_bits));
    let shift = u32::from(prior.shift);
    let arrays = |component: &Component| {
        let array = |values: &[i32]| <[i32; 2]>::try_from(values).unwrap();
        (
            array(&component.factor),
            array(&component.offset),
            component.constant,
        )
    };
    let normal = |component: &Component| {
        let (factor, offset, constant) = arrays(component);
        fixed::DiagonalNormal::new(factor, offset, shift, constant)
    };
    let nats: Fixed<FRAC> = match (prior.kind, prior.components.as_slice()) {
        (Kind::Logistic, [only]) => {
            let (factor, offset, constant) = arrays(only);
            fixed::Logistic::new(factor, offset, shift, constant).log_density(&u)
        }
        (Kind::Normal, [only]) => normal(only).log_density(&u),
        (Kind::Normal, [a, b]) => fixed::Mixture::new([normal(a), normal(b)]).log_density(&u),
        other => panic!("{other:?}"),
    };
    f64::from(nats.to_bits()) / exp2(FRAC as i32)
}

#[test]
fn the_log_density_is_that_of_raw_units() {
    for prior in priors() {
        let quantised = quantise(&prior, &entry(), &exit(), 16).unwrap();
        let coarse = quantise(&prior, &entry(), &exit(), 14).unwrap();
        for (a, b) in (-6..=6).flat_map(|a| (-6..=6).map(move |b| (a, b))) {
            let state = [f64::from(a) / 2.0, f64::from(b) / 2.0];
            let mut z = state;
            let outside = exit().log_det() + entry().log_det();
            z.iter_mut()
                .zip(exit().center.iter().zip(&exit().factor))
                .for_each(|(z, (center, factor))| *z = (*z - center) * factor);
            let expected = prior.log_density(&z) + outside;
            let bits = |fraction| state.map(|x| (x * exp2(fraction)) as i32);
            // Elements off by a bit or two, where the density falls by up to 20 nats a deviation; and the table.
            let found = on_board::<16>(&quantised, bits(16));
            assert!(
                (found - expected).abs() < 1e-3,
                "{prior:?}: {found}, {expected}"
            );
            let found = on_board::<14>(&coarse, bits(14));
            assert!(
                (found - expected).abs() < 4e-3,
                "{prior:?}: {found}, {expected}"
            );
        }
    }
}

/// The largest factor of all takes 30 bits, so that its product with a state fits 63.
#[test]
fn factors_take_the_bits_there_are() {
    for prior in priors() {
        let quantised = quantise(&prior, &entry(), &exit(), 16).unwrap();
        let factors = quantised.components.iter().flat_map(|one| &one.factor);
        let largest = factors.map(|factor| factor.unsigned_abs()).max().unwrap();
        assert!((1 << 29) < largest && largest <= 1 << 30, "{largest}");
    }
}

#[test]
fn what_has_no_integers_is_refused() {
    let prior = ir::Prior::Normal;
    let scaled = |factor: f64, center: f64| Diagonal {
        center: vec![center],
        factor: vec![factor],
    };
    let one = scaled(1.0, 0.0);
    let error = |exit: Diagonal| quantise(&prior, &one, &exit, 16).unwrap_err();
    assert!(quantise(&prior, &one, &scaled(536_870_911.0, 0.0), 16).is_ok());
    assert!(error(scaled(536_870_912.0, 0.0)).contains("factors below 2²⁹"));
    assert!(error(scaled(0.0, 0.0)).contains("factors below 2²⁹"));
    assert!(error(scaled(f64::NAN, 0.0)).contains("factors below 2²⁹"));
    // 2³⁰ steps of 2⁻¹⁶.
    assert!(quantise(&prior, &one, &scaled(1.0, 16_384.0), 16).is_ok());
    assert!(error(scaled(1.0, 16_385.0)).contains("offset of at most 2³⁰ steps"));

    let wide = |dim| Diagonal::scale(vec![1.0; dim]);
    assert!(quantise(&prior, &wide(512), &wide(512), 16).is_ok());
    let error = quantise(&prior, &wide(513), &wide(513), 16).unwrap_err();
    assert!(error.contains("at most 512 inputs"), "{error}");
}
