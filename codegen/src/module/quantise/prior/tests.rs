//! The board's prior of a state is the flow's prior of what the last diagonal makes of it.

use super::mixture::REACH;
use super::*;
use crate::flow::ir::Flow;
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

fn array<T: Copy + std::fmt::Debug>(values: &[T]) -> [T; 2] {
    values.try_into().unwrap()
}

/// What the board computes, in nats.
fn on_board<const FRAC: u32>(prior: &Prior, u: [i32; 2]) -> f64 {
    let u = SVector::from(u.map(Fixed::<FRAC>::from_bits));
    let parts = |one: &Standard| {
        let arrays = (array(&one.factor), array(&one.offset));
        (arrays.0, arrays.1, u32::from(one.shift), one.constant)
    };
    let component =
        |one: &Component| fixed::Component::new(array(&one.mean), array(&one.factor), one.constant);
    let nats: Fixed<FRAC> = match prior {
        Prior::Logistic(one) => {
            let (factor, offset, shift, constant) = parts(one);
            fixed::Logistic::new(factor, offset, shift, constant).log_density(&u)
        }
        Prior::Normal(one) => {
            let (factor, offset, shift, constant) = parts(one);
            fixed::DiagonalNormal::new(factor, offset, shift, constant).log_density(&u)
        }
        Prior::Mixture(Mixture {
            coarse,
            shift,
            components,
        }) => {
            let components = [component(&components[0]), component(&components[1])];
            fixed::Mixture::new(array(coarse), (*shift).into(), components).log_density(&u)
        }
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
            // Elements off by a bit or two, where the density falls by up to 20 nats a deviation; and the table. In
            // mixtures deviations have steps of 2⁻⁸, and the state steps of 2⁻⁹ deviations of the widest component.
            let (limit, coarser) = match prior {
                ir::Prior::Mixture { .. } => (0.2, 0.2),
                _ => (1e-3, 4e-3),
            };
            let found = on_board::<16>(&quantised, bits(16));
            assert!(
                (found - expected).abs() < limit,
                "{prior:?}: {found}, {expected}"
            );
            let found = on_board::<14>(&coarse, bits(14));
            assert!(
                (found - expected).abs() < coarser,
                "{prior:?}: {found}, {expected}"
            );
        }
    }
}

/// The largest factor of all takes 30 bits, so that its product with a state fits 63; or 15 in a mixture.
#[test]
fn factors_take_the_bits_there_are() {
    for prior in priors() {
        let (factors, bits) = match quantise(&prior, &entry(), &exit(), 16).unwrap() {
            Prior::Normal(one) | Prior::Logistic(one) => (one.factor, 30),
            Prior::Mixture(mixture) => {
                let factors = mixture.components.iter().flat_map(|one| &one.factor);
                (factors.map(|factor| i32::from(*factor)).collect(), 15)
            }
        };
        let largest = factors.iter().map(|factor| factor.unsigned_abs()).max();
        let largest = largest.unwrap();
        assert!(
            1 << (bits - 1) <= largest && largest <= 1 << bits,
            "{largest}"
        );
    }
}

/// The log-densities of a narrow and a wide normal in one mixture, at the means and beside them.
#[test]
fn components_of_unlike_widths_keep_their_densities() {
    for ratio in [1.0, 10.0, 100.0] {
        let prior = ir::Prior::Mixture {
            log_weights: vec![-std::f64::consts::LN_2; 2],
            components: vec![one([3.0, 1.0], [ratio, 1.0]), one([-2.0, 0.0], [1.0; 2])],
        };
        let quantised = quantise(&prior, &entry(), &exit(), 16).unwrap();
        for at in [-3.0, -1.0, 0.0, 0.5, 2.0] {
            let z = [3.0 + at / ratio, 1.0];
            let u = [0, 1].map(|i| z[i] / exit().factor[i] + exit().center[i]);
            let expected = prior.log_density(&z) + exit().log_det() + entry().log_det();
            let found = on_board::<16>(&quantised, u.map(|u| (u * exp2(16)).round() as i32));
            // A step of the state, in deviations of the narrow one: half of it for the state and half for the mean.
            let step = 2.0 * REACH / 32_768.0 * ratio;
            let limit = 0.02 + step * f64::abs(at) + step * step / 2.0;
            assert!(
                (found - expected).abs() < limit,
                "{ratio}, {at}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn a_mixture_is_refused_where_widths_are_too_unlike() {
    let mixture = |precision| ir::Prior::Mixture {
        log_weights: vec![-std::f64::consts::LN_2; 2],
        components: vec![one([0.0; 2], [1.0; 2]), one([0.0; 2], [precision, 1.0])],
    };
    assert!(quantise(&mixture(16_000.0), &entry(), &exit(), 16).is_ok());
    let error = quantise(&mixture(1e5), &entry(), &exit(), 16).unwrap_err();
    assert!(error.contains("at most 2¹⁴ to 1"), "{error}");
    let far = |mean| ir::Prior::Mixture {
        log_weights: vec![-std::f64::consts::LN_2; 2],
        components: vec![one([0.0; 2], [1.0; 2]), one([mean, 0.0], [1.0; 2])],
    };
    assert!(quantise(&far(4e4), &entry(), &exit(), 16).is_ok());
    let error = quantise(&far(1e6), &entry(), &exit(), 16).unwrap_err();
    assert!(error.contains("mean of at most 32767 steps"), "{error}");
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

#[test]
fn priors_that_integers_do_not_have_are_refused_by_name() {
    let student_t = ir::Prior::StudentT(ir::StudentT {
        location: vec![0.0; 2],
        precision: vec![1.0; 2],
        degrees: vec![3.0; 2],
    });
    let flow = Flow {
        dim: 2,
        layers: vec![],
        prior: student_t.given(vec![]),
    };
    let error = crate::module::quantise::expect_integers(&flow).unwrap_err();
    let expected = "prior: expected a normal or logistic prior, or a mixture of diagonal normals, found a Student-t prior, which only f32 takes: --numeric f32";
    assert_eq!(error.to_string(), expected);
    for prior in priors() {
        expect_integers(&prior).unwrap();
    }
}
