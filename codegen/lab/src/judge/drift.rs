//! Whether scores have changed slowly, as a board's `nice_flow::Drift` tells it.

use crate::table::{Table, spans};
use nice_flow::fixed::Fixed;
use nice_flow::host::{bet, limit};
use nice_flow_codegen::Model;
use nice_flow_codegen::model::p_values::Knots;

/// For each score, whether it raises an alarm; each of the recordings, which begin at `starts`, begins anew.
///
/// `rows` is how many normal scores lie between two alarms at least, in the mean; of `every` scores one counts.
pub fn changes(
    scores: &[f64],
    knots: &Knots,
    rows: u32,
    every: usize,
    starts: &[usize],
) -> Vec<bool> {
    let limit = limit(rows);
    let mut alarms = vec![false; scores.len()];
    for recording in spans(starts, scores.len()) {
        let mut sum = 0;
        for row in recording.step_by(every.max(1)) {
            let surprise = Fixed::from_bits(knots.surprise(scores[row]));
            (sum, alarms[row]) = bet(sum, surprise, limit);
        }
    }
    alarms
}

/// Of how many rows one counts: those that share samples tell the same twice.
pub fn every(model: &Model, table: &Table) -> usize {
    match &model.front_end {
        Some(front) => front.hops() as usize,
        None => overlap(table, model.channels),
    }
}

/// How many rows in a row share samples: rows are windows of samples of `channels` numbers, and each begins with what is in
/// the one before. One if they do not overlap.
fn overlap(table: &Table, channels: usize) -> usize {
    let (samples, shared) = (table.columns / channels.max(1), table.columns - channels);
    let follows = |row: usize| {
        let (before, after) = (table.row(row), table.row(row + 1));
        before[channels..] == after[..shared]
    };
    let pairs = table.rows.saturating_sub(1);
    let following = (0..pairs).filter(|row| follows(*row)).count();
    if samples > 1 && 2 * following > pairs {
        samples
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::{Drift, PValues};
    use nice_flow_codegen::model::p_values::{self, KNOTS};

    fn knots() -> Knots {
        let normal: Vec<f64> = (1..1000).map(|i| -(f64::from(i) / 1000.0).ln()).collect();
        p_values::PValues::of_normal(&normal).knots().unwrap()
    }

    /// Scores that are normal for a while, and then a little high.
    fn scores() -> Vec<f64> {
        let score = |i: i32| {
            let p = (f64::from(i) * 0.618_034).fract().max(1e-6);
            let more = if i > 2000 { 1.5 } else { 0.0 };
            f64::from((more - p.ln()) as f32)
        };
        (0..3000).map(score).chain([f64::NAN]).collect()
    }

    #[test]
    fn the_host_alarms_at_the_rows_of_a_board() {
        let knots = knots();
        let on_board = PValues::<f32, KNOTS>::new(knots.scores.map(|s| s as f32), knots.step);
        let mut single = Drift::<10_000>::new();
        let mut third = Drift::<10_000, 3>::new();
        let mut board = [vec![], vec![]];
        for (row, score) in scores().into_iter().enumerate() {
            if row == 2500 {
                single.reset();
                third.reset();
            }
            let surprise = on_board.surprise(score as f32);
            board[0].push(single.push(surprise));
            board[1].push(third.push(surprise));
        }
        let host = [1, 3].map(|every| {
            let exact = Knots {
                scores: knots.scores.map(|s| f64::from(s as f32)),
                ..knots.clone()
            };
            changes(&scores(), &exact, 10_000, every, &[0, 2500])
        });
        assert_eq!(host[0], board[0]);
        assert_eq!(host[1], board[1]);
        let first = host[0].iter().position(|alarm| *alarm).unwrap();
        assert!((2001..2060).contains(&first), "{first}");
    }

    /// For each run other normal rows, to which the rows that follow are alike: also where few ranks are told apart.
    #[test]
    fn ranks_among_few_rows_ring_no_more_often_than_promised() {
        let (mut state, mut intervals) = (1u64, vec![]);
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64
        };
        for rows in [50, 200, 1000] {
            let mut interval = || {
                let normal: Vec<f64> = (0..rows).map(|_| uniform()).collect();
                let knots = p_values::PValues::of_normal(&normal).knots().unwrap();
                let (mut sum, mut rang) = (0, false);
                let until = (1..20_000).find(|_| {
                    let surprise = Fixed::from_bits(knots.surprise(uniform()));
                    (sum, rang) = bet(sum, surprise, limit(1000));
                    rang
                });
                until.unwrap_or(20_000)
            };
            let mean = (0..200).map(|_| interval()).sum::<u32>() / 200;
            assert!(mean > 1000, "{rows} rows: {mean}");
            intervals.push(mean);
        }
        println!("rows between false alarms of 1000: {intervals:?}");
    }

    #[test]
    fn windows_that_overlap_are_recognised() {
        let rows = |apart: usize| {
            let row = |i: usize| (0..6).map(move |j| ((i * apart * 2 + j) as f64).sin());
            Table::of_rows(
                (0..50).flat_map(row).collect(),
                (0..6).map(|i| i.to_string()).collect(),
            )
        };
        assert_eq!(overlap(&rows(1), 2), 3);
        assert_eq!(overlap(&rows(3), 2), 1);
        assert_eq!(overlap(&rows(1), 6), 1);
    }
}
