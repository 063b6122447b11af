//! Finds likely anomalies among training rows that have no labels.
//!
//! A first training uses a flow too small to spare a part for a minority, and leaves 30 % of each batch out of the loss, so that
//! anomalies can hardly steer it. Where its scores then have far more rows than the tail of the likely ones goes on to, there is a
//! kink: rows beyond it are suspects. Rows without anomalies have such rows too, and lose by leaving them out, so that a kink
//! alone does not prove that there are anomalies.

use super::class::Class;
use super::data::FEWEST;
use super::fit::Watch;
use super::members::Lesson;
use super::recipe::FIRST;
use super::request::Request;
use super::trim::Trim;
use crate::judge::metrics::{compare, quantile};
use nice_flow_codegen::Result;
use nice_flow_codegen::text::listed;

/// The share of each batch that the first training leaves out; no more rows than these are suspects.
const DOUBTED: f64 = 0.3;

/// More rows are not listed.
const MOST_NAMED: usize = 5;

/// The places of the suspects among the rows of a lesson, in rising order. None if so few other rows would be left that no flow
/// can be trained, or if the first training diverges.
pub(super) fn suspects(lesson: &Lesson, request: &Request, watch: Watch) -> Result<Vec<usize>> {
    let first = Request {
        trim: Trim::Share(DOUBTED),
        steps: request.steps,
        members: request.members,
        seed: request.seed,
        ..Request::default()
    };
    let recipe = FIRST.scaled(lesson.dim());
    let Some(class) = Class::new(lesson, recipe, &first, watch)? else {
        return Ok(vec![]);
    };
    let scores = class.scores(&lesson.rows);
    let Some(kink) = kink(&scores) else {
        return Ok(vec![]);
    };
    let beyond = (0..scores.len()).filter(|row| scores[*row] >= kink);
    let beyond: Vec<usize> = beyond.collect();
    let is_enough = scores.len() - beyond.len() >= FEWEST;
    Ok(if is_enough { beyond } else { vec![] })
}

/// The least score, above the [`DOUBTED`] share, from which on there are more than twice as many rows as an exponential tail
/// through it and the median has; `None` if there is no such score.
fn kink(scores: &[f64]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| compare(*a, *b));
    let (median, start) = (quantile(&sorted, 0.5)?, quantile(&sorted, 1.0 - DOUBTED)?);
    // Between the two, the share of rows above falls from a half to `DOUBTED`.
    let slope = libm::log(0.5 / DOUBTED) / (start - median);
    let count = sorted.len();
    let expected = |score: f64| DOUBTED * count as f64 * libm::exp(-(score - start) * slope);
    let first = ((1.0 - DOUBTED) * count as f64) as usize;
    // Without a slope all likely rows are alike, and their tail says nothing.
    (start > median)
        .then(|| (first..count).find(|row| (count - row) as f64 > 2.0 * expected(sorted[*row])))?
        .map(|row| sorted[row])
}

/// What the user is told about the rows, whose numbers in their file these are, of `count`.
pub(super) fn note(numbers: &[usize], count: usize) -> String {
    if numbers.is_empty() {
        return "--trim auto leaves out no row for good, since a first training finds no more than twice as many high scores as an exponential tail of the others has; of each batch the least likely 5 % are not learnt from".into();
    }
    let named: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!(
        "--trim auto leaves {} of {count} rows out, rows {} of all that were read, from 0: in a first training more than twice as many rows score as high as an exponential tail of the other scores has there",
        numbers.len(),
        listed(&named, MOST_NAMED)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponentially distributed scores.
    fn tail(count: usize) -> Vec<f64> {
        let share = |n: usize| (n as f64 + 0.5) / count as f64;
        (0..count).map(|n| -share(n).ln()).collect()
    }

    #[test]
    fn a_tail_that_goes_on_as_it_begins_has_no_kink() {
        assert_eq!(kink(&tail(1000)[1..]), None);
        // A tail that falls off faster.
        let normal: Vec<f64> = tail(1000).into_iter().map(f64::sqrt).collect();
        assert_eq!(kink(&normal), None);
        assert_eq!(kink(&[2.0; 100]), None);
        assert_eq!(kink(&[]), None);
    }

    #[test]
    fn rows_that_the_tail_does_not_reach_lie_beyond_the_kink() {
        let far = (0..60).map(|n| 9.0 + f64::from(n) / 20.0);
        let scores: Vec<f64> = tail(940).into_iter().chain(far).collect();
        let kink = kink(&scores).unwrap();
        let beyond = scores.iter().filter(|score| **score >= kink).count();
        // Some 23 others go with them: most of those beyond are not of the tail.
        assert!((60..90).contains(&beyond), "{beyond} from {kink} on");
    }

    #[test]
    fn the_note_names_the_first_rows() {
        let note = note(&[3, 5, 7, 9, 11, 13], 40);
        assert!(
            note.starts_with("--trim auto leaves 6 of 40 rows out"),
            "{note}"
        );
        assert!(note.contains("rows 3, 5, 7, 9, 11"), "{note}");
    }
}
