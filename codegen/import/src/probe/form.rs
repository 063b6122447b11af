//! Recognises other forms of log-densities in a probe, to say in the error what it holds.

use super::Samples;
use std::f64::consts::{LN_2, LN_10, TAU};

/// A form of a log-density of so many dimensions, and what the probe then holds.
type Form = (fn(f64, f64) -> f64, &'static str);

/// Without constants first: where rows are few and alike, the plainer form is the likelier.
const FORMS: [Form; 18] = [
    (|p, _| -p, "−ln p, the loss: negate log_prob"),
    (|p, _| p.exp(), "p: take its logarithm"),
    (|p, _| -p.exp(), "−p: log_prob is ln(−p)"),
    (
        |p, d| -p / (d * LN_2),
        "bits per dimension: log_prob is −bits · D · ln 2",
    ),
    (|p, d| p / d, "the mean over the dimensions: multiply by D"),
    (|p, d| -p / d, "−ln p per dimension: multiply by −D"),
    (|p, _| p / LN_2, "logarithms to base 2: multiply by ln 2"),
    (|p, _| -p / LN_2, "−log₂ p, bits: log_prob is −bits · ln 2"),
    (|p, _| p / LN_10, "logarithms to base 10: multiply by ln 10"),
    (
        |p, _| -p / LN_10,
        "−log₁₀ p, a loss to base 10: multiply by −ln 10",
    ),
    (
        |p, d| -p - normal(d),
        "a loss without the normal's constant: log_prob is −loss − ½ D ln 2π",
    ),
    (
        |p, d| (-p - normal(d)) / d,
        "a loss per dimension without the normal's constant: log_prob is −D · (loss + ½ ln 2π)",
    ),
    (
        |p, d| (p + normal(d)) / d,
        "the mean over the dimensions without the normal's constant: log_prob is D · (mean − ½ ln 2π)",
    ),
    (
        |p, d| -p / (d * LN_2) + LEVELS,
        "bits per dimension of 256 levels, to which 8 bits were added: log_prob is −(bits − 8) · D · ln 2",
    ),
    (
        |p, d| -p / LN_2 + LEVELS * d,
        "bits of 256 levels, to which 8 for each dimension were added: log_prob is −(bits − 8 · D) · ln 2",
    ),
    (
        |p, d| -p / d + LEVELS * LN_2,
        "−ln p per dimension of 256 levels, to which ln 256 was added: log_prob is −D · (loss − ln 256)",
    ),
    (
        |p, d| -p / d + LEVELS,
        "−ln p per dimension, to which 8 was added as if it were in bits: log_prob is −D · (loss − 8)",
    ),
    (
        |p, d| -p + LEVELS * LN_2 * d,
        "−ln p of 256 levels, to which D ln 256 was added: log_prob is −loss + D ln 256",
    ),
];

/// The bits of 256 levels.
const LEVELS: f64 = 8.0;

/// `½ D ln 2π`, the constant of a normal prior.
fn normal(d: f64) -> f64 {
    0.5 * d * TAU.ln()
}

/// What the probe holds in place of `ours`, the log-densities in nats, if all rows agree on it.
pub(super) fn recognised(
    ours: &[f64],
    set: &Samples,
    tolerance: f64,
    dim: usize,
) -> Option<&'static str> {
    let fits = |form: &&Form| {
        let pairs = ours.iter().zip(&set.log_density).zip(&set.rounding);
        let mut close = pairs.map(|((ours, theirs), rounding)| {
            (form.0(*ours, dim as f64) - theirs).abs()
                <= tolerance * (1.0 + theirs.abs()) + rounding
        });
        close.all(|close| close)
    };
    // Densities that all round to zero say nothing.
    let informed = set.log_density.iter().any(|theirs| theirs.abs() > 1e-3);
    FORMS
        .iter()
        .find(fits)
        .filter(|_| informed && ours.len() > 1)
        .map(|form| form.1)
}

/// Of a normal distribution, the distance of the quartiles in standard deviations.
const QUARTILES: f64 = 1.349;

/// The first column whose middle or spread is far from 0 and 1, in words. They are by quartiles, since a probe may have rows far out.
pub(super) fn raw(rows: &[Vec<f64>]) -> Option<String> {
    let dim = rows.first()?.len();
    (0..dim).find_map(|i| {
        let column = rows.iter().map(|row| row.get(i).copied().unwrap_or(0.0));
        let mut column: Vec<f64> = column.collect();
        column.sort_by(f64::total_cmp);
        let (middle, quarter) = (column[column.len() / 2], column.len() / 4);
        let (low, high) = (column[quarter], column[column.len() - 1 - quarter]);
        let deviation = (high - low) / QUARTILES;
        let is_narrow = column[column.len() - 1] - column[0] < 0.3;
        let far = middle.abs() > 3.0 || deviation > 5.0 || is_narrow;
        far.then(|| format!("column {i} of x is around {middle:.3} with a deviation of {deviation:.3}: if x is raw, give --standardise"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Units;

    fn probe(theirs: impl Fn(f64) -> f64) -> (Vec<f64>, Samples) {
        let ours = vec![-3.0, -1.5, -7.25];
        let log_density = ours.iter().map(|p| theirs(*p)).collect();
        let samples = Samples {
            units: Units::Model,
            rows: vec![vec![0.0; 2]; 3],
            log_density,
            rounding: vec![0.0; 3],
            single: false,
        };
        (ours, samples)
    }

    #[test]
    fn the_loss_the_density_and_bits_are_recognised() {
        let says = |theirs: &dyn Fn(f64) -> f64| {
            let (ours, set) = probe(theirs);
            recognised(&ours, &set, 1e-7, 2).unwrap_or("nothing")
        };
        assert!(says(&|p| -p).starts_with("−ln p, the loss"));
        assert!(says(&f64::exp).starts_with("p:"));
        assert!(says(&|p| -p.exp()).starts_with("−p:"));
        assert!(says(&|p| -p / (2.0 * LN_2)).starts_with("bits"));
        assert!(says(&|p| p / 2.0).starts_with("the mean"));
        assert_eq!(says(&|p| p + 1.0), "nothing");
    }

    /// What a user does who follows the hint gives the log-density back.
    #[test]
    fn constants_of_losses_and_other_bases_are_recognised() {
        let constant = TAU.ln();
        type Hint<'a> = (&'a dyn Fn(f64) -> f64, &'a str, &'a dyn Fn(f64) -> f64);
        let hints: [Hint; 11] = [
            (&|p| -p / LN_2, "−log₂ p, bits", &|b| -b * LN_2),
            (&|p| p / LN_10, "logarithms to base 10", &|l| l * LN_10),
            (&|p| -p / LN_10, "−log₁₀ p", &|l| -l * LN_10),
            (&|p| -p - constant, "a loss without", &|l| -l - constant),
            (&|p| (-p - constant) / 2.0, "a loss per dimension", &|l| {
                -2.0 * (l + 0.5 * constant)
            }),
            (
                &|p| (p + constant) / 2.0,
                "the mean over the dimensions without",
                &|m| 2.0 * (m - 0.5 * constant),
            ),
            (
                &|p| -p / (2.0 * LN_2) + 8.0,
                "bits per dimension of 256",
                &|b| -(b - 8.0) * 2.0 * LN_2,
            ),
            (&|p| -p / LN_2 + 16.0, "bits of 256 levels", &|b| {
                -(b - 16.0) * LN_2
            }),
            (
                &|p| -p / 2.0 + 8.0,
                "−ln p per dimension, to which 8",
                &|l| -2.0 * (l - 8.0),
            ),
            (
                &|p| -p / 2.0 + 256_f64.ln(),
                "−ln p per dimension of 256",
                &|l| -2.0 * (l - 256_f64.ln()),
            ),
            (
                &|p| -p + 2.0 * 256_f64.ln(),
                "−ln p of 256 levels",
                &|l| -l + 2.0 * 256_f64.ln(),
            ),
        ];
        for (theirs, expected, back) in hints {
            let (ours, set) = probe(theirs);
            let found = recognised(&ours, &set, 1e-7, 2).unwrap();
            assert!(found.starts_with(expected), "{found}");
            for (ours, theirs) in ours.iter().zip(&set.log_density) {
                assert!((back(*theirs) - ours).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn raw_columns_are_told_from_standardised_ones() {
        let rows = |offset: f64| {
            (0..20).map(move |i| vec![f64::from(i % 5) - 2.0, offset + f64::from(i % 3) - 1.0])
        };
        assert_eq!(raw(&rows(0.0).collect::<Vec<_>>()), None);
        assert!(
            raw(&rows(20.0).collect::<Vec<_>>())
                .unwrap()
                .starts_with("column 1 of x")
        );
    }

    #[test]
    fn rows_far_out_are_not_taken_for_raw_ones() {
        let rows = |at: f64, width: f64, far: f64| -> Vec<Vec<f64>> {
            let size = |i: i32| if i % 5 == 0 { far } else { width };
            let row = |i: i32| vec![at + size(i) * f64::from(i % 7 - 3) / 2.0];
            (0..70).map(row).collect()
        };
        assert_eq!(raw(&rows(0.0, 1.0, 300.0)), None);
        for raw_rows in [
            rows(8.0, 1.0, 1.0),
            rows(0.0, 9.0, 9.0),
            rows(0.0, 0.01, 0.01),
        ] {
            assert!(
                raw(&raw_rows)
                    .unwrap()
                    .starts_with("column 0 of x is around")
            );
        }
    }
}
