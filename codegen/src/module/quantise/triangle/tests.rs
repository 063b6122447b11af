//! A quantised triangle multiplies a state by the matrix, to the rounding of a step.

use super::*;
use crate::model::Biases;
use crate::module::quantise::Format;
use crate::numeric::Weights;
use nalgebra::{DMatrix, SVector};
use nice_flow::Bijection;
use nice_flow::fixed::{self, Fixed};

const DIM: usize = 3;

fn triangular(side: Side, scale: f64) -> Triangular {
    #[rustfmt::skip]
    let upper = DMatrix::from_row_slice(DIM, DIM, &[
        1.0, 0.3 * scale, -scale,
        0.0, 1.0, 0.7 * scale,
        0.0, 0.0, 1.0,
    ]);
    let matrix = match side {
        Side::Upper => upper,
        Side::Lower => upper.transpose(),
    };
    Triangular { side, matrix }
}

fn bounds() -> Bounds {
    let format = Format {
        weights: Weights::I8,
        biases: Biases::Words,
        fraction: 16,
        range: 128,
        scales: false,
    };
    Bounds::new(DIM, format)
}

#[test]
fn lifting_steps_are_the_matrix_to_a_rounding() {
    for (scale, side) in [0.01, 1.0, 1.5, 7.9]
        .into_iter()
        .flat_map(|scale| [Side::Upper, Side::Lower].map(|side| (scale, side)))
    {
        let triangular = triangular(side, scale);
        let triangle = Triangle::new(&triangular, &mut bounds()).unwrap();
        let strict: [i32; 3] = triangle.strict.as_slice().try_into().unwrap();
        let side = match side {
            Side::Upper => fixed::Side::Upper,
            Side::Lower => fixed::Side::Lower,
        };
        let board: fixed::Triangular<DIM, 3> =
            fixed::Triangular::new(side, strict, triangle.shift.into());
        for state in [
            [8_388_608, -8_388_607, 1],
            [3, 65_536, -70_000],
            [-1, 5, 8_000_000],
        ] {
            let mut found = SVector::from(state.map(Fixed::<16>::from_bits));
            board.forward(&mut found);
            let mut expected = state.map(f64::from);
            crate::flow::ir::Layer::Triangular(triangular.clone()).forward(&mut expected);
            for (found, expected) in found.iter().zip(expected) {
                // Half a step, and what coefficients of 27 bits behind the point are off for states of 2²³.
                let error = f64::from(found.to_bits()) - expected;
                assert!(error.abs() < 0.6, "{scale}: {error}");
            }
        }
    }
}

/// As many bits behind the binary point as leave the largest coefficient 30 bits.
#[test]
fn coefficients_take_the_bits_there_are() {
    let shift = |scale| {
        let triangle = Triangle::new(&triangular(Side::Upper, scale), &mut bounds()).unwrap();
        triangle.shift
    };
    assert_eq!([0.1, 1.0, 1.01, 2.0, 7.0].map(shift), [30, 30, 29, 29, 27]);
}

#[test]
fn a_matrix_that_multiplies_too_much_is_refused() {
    let of = |scale| Triangle::new(&triangular(Side::Lower, scale), &mut bounds());
    // 2²³ steps times 171 are less than 2³¹.
    assert!(of(100.0).is_ok());
    // The last row is lifted first, by elements as they were: 2²³ · (1 + 256 + 179.2), rounded.
    let error = of(256.0).unwrap_err();
    assert!(error.contains("could reach 3659110810,"), "{error}");
    let error = of(exp2(30)).unwrap_err();
    assert!(error.contains("less than 2³⁰"), "{error}");
}
