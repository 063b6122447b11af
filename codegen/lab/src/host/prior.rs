//! Evaluates priors, sixteen rows at a time.
//!
//! Sums run over the elements in their order, in each lane as in the runtime's function for one row; exponentials and logarithms are
//! that function's own.

use super::lane::{LANES, Lane};
use super::vectors::Vectors;
use nice_flow::float::Libm;
use nice_flow::host::float as prior;
use nice_flow_codegen::module::float::{DiagonalNormal, FullNormal, Prior, StudentT};
use pulp::{Simd, WithSimd};

/// The log-density of each row.
pub(super) fn log_density(vectors: Vectors, value: &Prior, z: &[Lane]) -> Lane {
    match value {
        Prior::Normal => standard(vectors, z),
        Prior::DiagonalNormal(one) => normal(vectors, one, z),
        Prior::Logistic => each(z, prior::logistic::<Libm>),
        Prior::Mixture(components) => {
            let terms = components.iter().map(|one| normal(vectors, one, z));
            let terms: Vec<Lane> = terms.collect();
            each(&terms, prior::log_sum_exp::<Libm>)
        }
        Prior::StudentT(one) => each(z, |row| student_t(one, row)),
        Prior::FullMixture(components) => {
            let terms = components.iter().map(|one| full_normal(vectors, one, z));
            let terms: Vec<Lane> = terms.collect();
            each(&terms, prior::log_sum_exp::<Libm>)
        }
    }
}

fn student_t(one: &StudentT, row: &[f32]) -> f32 {
    let StudentT {
        location,
        factor,
        power,
        constant,
    } = one;
    prior::student_t::<Libm>(location, factor, power, *constant, row)
}

/// What a function for one row gives for each.
fn each(numbers: &[Lane], f: impl Fn(&[f32]) -> f32) -> Lane {
    let mut row = vec![0.0; numbers.len()];
    std::array::from_fn::<_, LANES, _>(|lane| {
        let pairs = row.iter_mut().zip(numbers);
        pairs.for_each(|(row, number)| *row = number[lane]);
        f(&row)
    })
}

/// Independent standard normals: of mean 0 and precision 1, with the log-density of zeros as the constant.
fn standard(vectors: Vectors, z: &[Lane]) -> Lane {
    let (mean, precision) = (vec![0.0; z.len()], vec![1.0; z.len()]);
    let constant = prior::normal(&mean);
    let one = DiagonalNormal {
        mean,
        precision,
        constant,
    };
    normal(vectors, &one, z)
}

fn normal(vectors: Vectors, one: &DiagonalNormal, z: &[Lane]) -> Lane {
    let mut nats = [0.0; LANES];
    vectors.run(Normal {
        one,
        z,
        nats: &mut nats,
    });
    nats
}

struct Normal<'a> {
    one: &'a DiagonalNormal,
    z: &'a [Lane],
    nats: &'a mut Lane,
}

impl WithSimd for Normal<'_> {
    type Output = ();

    /// `constant − ½ Σ ((z − mean) · precision)²`; nothing is fused.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { one, z, nats } = self;
        let constants = || one.mean.iter().zip(&one.precision);
        for (part, nats) in S::as_mut_simd_f32s(nats).0.iter_mut().enumerate() {
            let mut sum = simd.splat_f32s(0.0);
            for (z, (mean, precision)) in z.iter().zip(constants()) {
                let away = simd.sub_f32s(S::as_simd_f32s(z).0[part], simd.splat_f32s(*mean));
                let t = simd.mul_f32s(away, simd.splat_f32s(*precision));
                sum = simd.add_f32s(sum, simd.mul_f32s(t, t));
            }
            let half = simd.mul_f32s(simd.splat_f32s(-0.5), sum);
            *nats = simd.add_f32s(half, simd.splat_f32s(one.constant));
        }
    }
}

fn full_normal(vectors: Vectors, one: &FullNormal, z: &[Lane]) -> Lane {
    let mut nats = [0.0; LANES];
    let pairs = z.iter().zip(&one.mean);
    let away: Vec<Lane> = pairs.map(|(z, mean)| z.map(|z| z - mean)).collect();
    vectors.run(Full {
        one,
        away: &away,
        nats: &mut nats,
    });
    nats
}

struct Full<'a> {
    one: &'a FullNormal,
    away: &'a [Lane],
    nats: &'a mut Lane,
}

impl WithSimd for Full<'_> {
    type Output = ();

    /// `constant − ½ |W away|²`; nothing is fused.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { one, away, nats } = self;
        for (part, nats) in S::as_mut_simd_f32s(nats).0.iter_mut().enumerate() {
            let (mut squares, mut rest) = (simd.splat_f32s(0.0), one.rows.as_slice());
            for last in 0..away.len() {
                let (row, next) = rest.split_at(last + 1);
                let mut sum = simd.splat_f32s(0.0);
                for (w, x) in row.iter().zip(away) {
                    let product = simd.mul_f32s(simd.splat_f32s(*w), S::as_simd_f32s(x).0[part]);
                    sum = simd.add_f32s(sum, product);
                }
                squares = simd.add_f32s(squares, simd.mul_f32s(sum, sum));
                rest = next;
            }
            let half = simd.mul_f32s(simd.splat_f32s(-0.5), squares);
            *nats = simd.add_f32s(half, simd.splat_f32s(one.constant));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: usize = 5;

    /// Rows of ordinary numbers and of the ends of the range.
    fn rows() -> Vec<Lane> {
        let ends = [f32::NAN, f32::INFINITY, -f32::MAX, 1e-40, -0.0, 1e19];
        let number = |i: usize, lane: usize| match (7 * i + 3 * lane) % 20 {
            n @ 0..6 if lane.is_multiple_of(3) => ends[n],
            n => ((n * 31 + i + lane) as f32).sin() * 3.0,
        };
        let lane = |i| std::array::from_fn(|lane| number(i, lane));
        (0..D).map(lane).collect()
    }

    fn component(k: usize) -> DiagonalNormal {
        let number = |i: usize| ((k * 13 + i) as f32).cos();
        DiagonalNormal {
            mean: (0..D).map(number).collect(),
            precision: (0..D).map(|i| 1.5 + number(i)).collect(),
            constant: number(D) - 4.0,
        }
    }

    fn heavy() -> StudentT {
        let component = component(4);
        StudentT {
            location: component.mean,
            factor: component.precision,
            power: vec![0.75, 1.0, 3.0, 20.0, 1e5],
            constant: component.constant,
        }
    }

    fn correlated(k: usize) -> FullNormal {
        FullNormal {
            mean: component(k).mean,
            rows: (0..15).map(|i| ((k + 7 * i) as f32).sin()).collect(),
            constant: -3.0,
        }
    }

    fn alone(one: &FullNormal, row: &[f32]) -> f32 {
        let away: Vec<f32> = row
            .iter()
            .zip(&one.mean)
            .map(|(z, mean)| z - mean)
            .collect();
        prior::full_normal(&one.rows, one.constant, &away)
    }

    #[test]
    fn lanes_have_the_bits_of_one_row_a_call() {
        let one = |value: &DiagonalNormal, row: &[f32]| {
            prior::diagonal_normal(&value.mean, &value.precision, value.constant, row)
        };
        let mixture: Vec<DiagonalNormal> = (0..8).map(component).collect();
        let mixed = |row: &[f32]| {
            let terms: Vec<f32> = mixture.iter().map(|value| one(value, row)).collect();
            prior::log_sum_exp::<Libm>(&terms)
        };
        let z = rows();
        for vectors in Vectors::all() {
            let found = [
                Prior::Normal,
                Prior::DiagonalNormal(component(3)),
                Prior::Logistic,
                Prior::Mixture(mixture.clone()),
                Prior::StudentT(heavy()),
                Prior::FullMixture(vec![correlated(1), correlated(2)]),
            ]
            .map(|value| log_density(vectors, &value, &z));
            for lane in 0..LANES {
                let row: Vec<f32> = z.iter().map(|z| z[lane]).collect();
                let expected = [
                    prior::normal(&row),
                    one(&component(3), &row),
                    prior::logistic::<Libm>(&row),
                    mixed(&row),
                    student_t(&heavy(), &row),
                    prior::log_sum_exp::<Libm>(&[1, 2].map(|k| alone(&correlated(k), &row))),
                ];
                for (found, expected) in found.iter().zip(expected) {
                    let (found, is_nan) = (found[lane], expected.is_nan());
                    assert!(found.to_bits() == expected.to_bits() || is_nan && found.is_nan());
                }
            }
        }
    }
}
