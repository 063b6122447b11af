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
use crate::table::Table;
use nice_flow_codegen::Result;
use nice_flow_codegen::text::listed;

/// The share of each batch that the first training leaves out; no more rows than these are suspects.
const DOUBTED: f64 = 0.3;

/// More rows are not listed.
const MOST_NAMED: usize = 5;

/// What a first training says of the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The places of the suspects among the rows, in rising order.
    Suspects(Vec<usize>),
    /// There are no more high scores than an exponential tail has.
    Regular,
    /// So many rows have the score of the median that no tail begins there.
    Alike,
    /// There are so many suspects that no flow can be trained on the others.
    TooMany(usize),
    /// The first training diverged.
    Diverged,
}

/// What a first training says of the rows of a lesson.
pub(super) fn judge(lesson: &Lesson, request: &Request, watch: Watch) -> Result<Verdict> {
    let first = Request {
        trim: Trim::Share(DOUBTED),
        steps: request.steps,
        members: request.members,
        seed: request.seed,
        ..Request::default()
    };
    let recipe = FIRST.scaled(lesson.dim());
    let class = Class::new(lesson, recipe, &first, watch)?;
    Ok(class.map_or(Verdict::Diverged, |class| {
        of_scores(&class.scores(&lesson.rows))
    }))
}

/// The rows from the kink of the scores on, if there is one.
fn of_scores(scores: &[f64]) -> Verdict {
    let kink = match kink(scores) {
        Ok(kink) => kink,
        Err(verdict) => return verdict,
    };
    let beyond: Vec<usize> = (0..scores.len())
        .filter(|row| scores[*row] >= kink)
        .collect();
    match scores.len() - beyond.len() >= FEWEST {
        true => Verdict::Suspects(beyond),
        false => Verdict::TooMany(beyond.len()),
    }
}

/// The least score, above the [`DOUBTED`] share, from which on there are more than twice as many rows as an exponential tail
/// through it and the median has; if there is no such score, why.
fn kink(scores: &[f64]) -> std::result::Result<f64, Verdict> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| compare(*a, *b));
    let at = |share| quantile(&sorted, share).ok_or(Verdict::Regular);
    let (median, start) = (at(0.5)?, at(1.0 - DOUBTED)?);
    // Without a slope all likely rows are alike, and their tail says nothing.
    if start <= median {
        return Err(Verdict::Alike);
    }
    // Between the two, the share of rows above falls from a half to `DOUBTED`.
    let slope = libm::log(0.5 / DOUBTED) / (start - median);
    let count = sorted.len();
    let expected = |score: f64| DOUBTED * count as f64 * libm::exp(-(score - start) * slope);
    let first = ((1.0 - DOUBTED) * count as f64) as usize;
    let mut rows = first..count;
    let kink = rows.find(|row| (count - row) as f64 > 2.0 * expected(sorted[*row]));
    kink.map(|row| sorted[row]).ok_or(Verdict::Regular)
}

impl Verdict {
    /// The same of the rows at these places in a table.
    pub fn at(self, places: &[usize]) -> Self {
        match self {
            Self::Suspects(rows) => Self::Suspects(rows.iter().map(|row| places[*row]).collect()),
            other => other,
        }
    }

    /// The places of the rows that are not learnt from.
    pub fn suspects(&self) -> &[usize] {
        match self {
            Self::Suspects(places) => places,
            _ => &[],
        }
    }

    /// What the user is told, of `count` rows of the table.
    pub fn note(&self, table: &Table, count: usize) -> String {
        let reason = match self {
            Self::Suspects(suspects) => {
                return format!(
                    "--trim auto leaves {} of {count} rows out, {}: in a first training more than twice as many rows score as high as an exponential tail of the other scores has there",
                    suspects.len(),
                    in_words(suspects, table)
                );
            }
            Self::Regular => "since a first training finds no more than twice as many high scores as an exponential tail of the others has".into(),
            Self::Alike => "since in a first training a fifth of the rows or more have one score, that of the median, so that it cannot tell which of the higher ones are too high (--trim 0.1 leaves a tenth of each batch out instead)".into(),
            Self::TooMany(suspects) => format!(
                "since a first training finds {suspects} of {count} rows too unlikely, and no flow is trained on fewer than {FEWEST} others"
            ),
            Self::Diverged => "since the first training, which is to find them, diverged".into(),
        };
        format!(
            "--trim auto leaves out no row for good, {reason}; of each batch the least likely 5 % are not learnt from"
        )
    }
}

/// The rows at these places in a table.
fn in_words(places: &[usize], table: &Table) -> String {
    let all = table.numbers();
    let numbers = places.iter().map(|place| all[*place]);
    if table.files.is_empty() {
        let numbers = Vec::from_iter(numbers.map(|number| number.to_string()));
        let numbers = listed(&numbers, MOST_NAMED);
        return format!("rows {numbers} of all that were read, from 0");
    }
    let rows = Vec::from_iter(numbers.map(|number| table.row_in_words(number)));
    format!("{}, from 0 in each file", listed(&rows, MOST_NAMED))
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
        assert_eq!(kink(&tail(1000)[1..]), Err(Verdict::Regular));
        // A tail that falls off faster.
        let normal: Vec<f64> = tail(1000).into_iter().map(f64::sqrt).collect();
        assert_eq!(kink(&normal), Err(Verdict::Regular));
        assert_eq!(kink(&[]), Err(Verdict::Regular));
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
    fn why_no_row_is_left_out_is_told_as_it_is() {
        let said = |verdict: &Verdict| verdict.note(&Table::default(), 1000);
        // A machine that stands still in three of four rows, and far rows besides.
        let still = [vec![2.0; 750], vec![3.0; 200], vec![90.0; 50]].concat();
        let alike = of_scores(&still);
        assert_eq!(alike, Verdict::Alike);
        assert!(said(&alike).contains("have one score, that of the median"));
        // Of eleven rows, two are beyond the kink.
        let few: Vec<f64> = (0..9).map(f64::from).chain([1e3, 1e3]).collect();
        assert_eq!(of_scores(&few), Verdict::TooMany(2));
        assert!(said(&Verdict::TooMany(2)).contains("no flow is trained on fewer than 10 others"));
        assert!(
            said(&Verdict::Diverged)
                .contains("the first training, which is to find them, diverged")
        );
        let tail = said(&of_scores(&tail(1000)[1..]));
        assert!(tail.contains("high scores as an exponential tail"));
        for verdict in [alike, Verdict::Diverged, Verdict::TooMany(2)] {
            assert!(!said(&verdict).contains("exponential"), "{verdict:?}");
            assert_eq!(verdict.suspects(), &[] as &[usize]);
        }
    }

    #[test]
    fn the_note_names_the_first_rows() {
        let verdict = Verdict::Suspects(vec![3, 5, 7, 9, 11, 13]).at(&Vec::from_iter(10..30));
        assert_eq!(verdict.suspects(), [13, 15, 17, 19, 21, 23]);
        let mut table = Table::of_rows(vec![0.0; 30], vec!["x".into()]);
        let note = verdict.note(&table, 40);
        assert!(
            note.starts_with("--trim auto leaves 6 of 40 rows out"),
            "{note}"
        );
        assert!(note.contains("rows 13, 15, 17, 19, 21"), "{note}");
        table.files = vec![(0, "a.csv".into()), (14, "b.csv".into())];
        let note = verdict.note(&table, 40);
        let rows = " out, row 13 of a.csv, row 1 of b.csv, row 3 of b.csv, ";
        assert!(
            note.contains(rows) && note.contains(", from 0 in each file: "),
            "{note}"
        );
    }
}
