//! Combines members' scores to one; in integers and `f32`, bit for bit as the runtime crate does.

use super::scores::Scores;
use nice_flow::fixed::{self, Fixed};
use nice_flow::float::{self, Libm};
use nice_flow::host;
use nice_flow_codegen::flow::ir::log_sum_exp;
use nice_flow_codegen::model::{Combination, Tail};
use nice_flow_codegen::module::fixed::bits;

/// One score per row, in the arithmetic of the members' scores; in `f64` if those differ.
pub fn combine(combination: &Combination, members: &[Scores]) -> Scores {
    let integers = match members.first() {
        Some(Scores::Fixed { fraction: 16, .. }) => all_integers::<16>(combination, members),
        Some(Scores::Fixed { fraction: 14, .. }) => all_integers::<14>(combination, members),
        _ => None,
    };
    let scores = integers.or_else(|| all_singles(combination, members));
    scores.unwrap_or_else(|| Scores::F64(doubles(combination, members)))
}

fn doubles(combination: &Combination, members: &[Scores]) -> Vec<f64> {
    let members: Vec<_> = members.iter().map(Scores::to_f64).collect();
    let members: Vec<_> = members.iter().map(Vec::as_slice).collect();
    match combination {
        Combination::Tails(tails) => by_row(&members, |scores| {
            tail_scores(tails, scores).sum::<f64>() * combination.weight()
        }),
        Combination::HighestTail(tails) => by_row(&members, |scores| {
            tail_scores(tails, scores).fold(0.0, higher)
        }),
        Combination::MeanDensity(_) => by_row(&members, |scores| {
            combination.ln_members() - log_sum_exp(&negative(scores))
        }),
    }
}

fn tail_scores(tails: &[Tail], scores: &[f64]) -> impl Iterator<Item = f64> {
    let pairs = tails.iter().zip(scores);
    pairs.map(|(tail, score)| tail.score(*score))
}

/// The higher of two; NaN if one of them is.
fn higher(a: f64, b: f64) -> f64 {
    if b <= a || a.is_nan() { a } else { b }
}

/// Combines in `f32`; `None` unless all members' scores are in `f32`.
fn all_singles(combination: &Combination, members: &[Scores]) -> Option<Scores> {
    let members: Option<Vec<_>> = members.iter().map(singles).collect();
    let members = members?;
    let constants =
        (combination.tails().iter()).map(|tail| tail.constants(combination.weight(), |x| x as f32));
    let tails: Vec<_> = constants
        .map(|tail| float::Tail::new(tail.knots, tail.slopes, tail.step))
        .collect();
    Some(Scores::F32(match combination {
        Combination::Tails(_) => by_row(&members, |scores| {
            -host::float::tails(&tails, &negative(scores))
        }),
        Combination::HighestTail(_) => by_row(&members, |scores| {
            -host::float::highest_tail(&tails, &negative(scores))
        }),
        Combination::MeanDensity(_) => {
            let ln_members = combination.ln_members() as f32;
            by_row(&members, |scores| {
                -host::float::mean_density::<Libm>(ln_members, &negative(scores))
            })
        }
    }))
}

/// Combines in integers; `None` unless all members' scores have this fraction.
fn all_integers<const FRAC: u32>(combination: &Combination, members: &[Scores]) -> Option<Scores> {
    let members: Option<Vec<_>> = members.iter().map(|m| integers(m, FRAC)).collect();
    let members = members?;
    let log_densities = |scores: &[i32]| -> Vec<Fixed<FRAC>> {
        scores.iter().map(|bits| -Fixed::from_bits(*bits)).collect()
    };
    let number = |nats| bits(nats, FRAC);
    let constants =
        (combination.tails().iter()).map(|tail| tail.constants(combination.weight(), number));
    let tails: Vec<_> = constants
        .map(|tail| fixed::Tail::new(tail.knots, tail.slopes, tail.step))
        .collect();
    let bits = match combination {
        Combination::Tails(_) => by_row(&members, |scores| {
            (-host::fixed::tails(&tails, &log_densities(scores))).to_bits()
        }),
        Combination::HighestTail(_) => by_row(&members, |scores| {
            (-host::fixed::highest_tail(&tails, &log_densities(scores))).to_bits()
        }),
        Combination::MeanDensity(_) => by_row(&members, |scores| {
            let ln_members = number(combination.ln_members());
            (-host::fixed::mean_density(ln_members, &log_densities(scores))).to_bits()
        }),
    };
    Some(Scores::Fixed {
        bits,
        fraction: FRAC,
    })
}

/// Applies `combine` to the scores of each row, in the order of the members.
fn by_row<S: Copy, T>(members: &[&[S]], combine: impl Fn(&[S]) -> T) -> Vec<T> {
    let rows = members.iter().map(|scores| scores.len()).min().unwrap_or(0);
    let of_row = |row: usize| -> Vec<S> { members.iter().map(|scores| scores[row]).collect() };
    (0..rows).map(|row| combine(&of_row(row))).collect()
}

/// Negates scores to log-densities, or the reverse.
fn negative<S: Copy + std::ops::Neg<Output = S>>(scores: &[S]) -> Vec<S> {
    scores.iter().map(|score| -*score).collect()
}

fn singles(scores: &Scores) -> Option<&[f32]> {
    match scores {
        Scores::F32(scores) => Some(scores),
        _ => None,
    }
}

fn integers(scores: &Scores, wanted: u32) -> Option<&[i32]> {
    match scores {
        Scores::Fixed { bits, fraction } if *fraction == wanted => Some(bits),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `nats` in integers.
    fn member(nats: f64, fraction: u32) -> Scores {
        Scores::Fixed {
            bits: vec![(nats * f64::from(1 << fraction)) as i32],
            fraction,
        }
    }

    #[test]
    fn integers_of_one_fraction_become_integers_of_it() {
        let density = f64::midpoint((-3.0f64).exp(), (-5.0f64).exp());
        for (one, other) in [(14, 14), (16, 16), (16, 14), (14, 16)] {
            let members = [member(3.0, one), member(5.0, other)];
            let both = combine(&Combination::MeanDensity(2), &members);
            let found = both.to_f64();
            assert!((found[0] + density.ln()).abs() < 1e-3, "{both:?}");
            match both {
                Scores::Fixed { fraction, .. } => assert_eq!((one, other), (fraction, fraction)),
                _ => assert_ne!(one, other),
            }
        }
    }

    #[test]
    fn the_higher_of_two_is_no_number_where_one_is_none() {
        assert_eq!([higher(1.0, 2.0), higher(2.0, 1.0)], [2.0, 2.0]);
        assert_eq!(higher(f64::NEG_INFINITY, -1.0), -1.0);
        for one in [1.0, f64::INFINITY, f64::NAN] {
            assert!(higher(one, f64::NAN).is_nan() && higher(f64::NAN, one).is_nan());
        }
    }
}
