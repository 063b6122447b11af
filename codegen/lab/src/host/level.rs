//! A model's moving baseline on the host: what is above the level, row by row, as a board computes it.

use crate::table::spans;
use nice_flow::Level;
use nice_flow::host::{more, step};
use nice_flow_codegen::Result;
use nice_flow_codegen::model::Baseline;

/// How a level is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Raw units, in `f32`.
    Float,
    /// Counts of an ADC, in integers.
    Counts,
}

/// The levels of all channels of a stream.
#[derive(Clone)]
struct Levels<T: Level> {
    levels: Vec<T::State>,
    shift: u8,
    followed: u16,
}

impl<T: Level> Levels<T> {
    fn new(baseline: Baseline, channels: usize) -> Self {
        Self {
            levels: vec![T::START; channels],
            shift: baseline.shift(),
            followed: 0,
        }
    }

    /// As `nice_flow::Baseline` does in `push`.
    fn above(&self, row: &[T]) -> Vec<T::Value> {
        let pairs = row.iter().zip(&self.levels);
        let above = |(x, level): (&T, &T::State)| match self.followed {
            0 => x.above(x.followed(*level, 0, true)),
            _ => x.above(*level),
        };
        pairs.map(above).collect()
    }

    /// As `nice_flow::Baseline` does after a normal verdict.
    fn follow(&mut self, row: &[T]) {
        let step = step(self.followed, self.shift);
        for (level, x) in self.levels.iter_mut().zip(row) {
            *level = x.followed(*level, step, self.followed == 0);
        }
        self.followed = more(self.followed, self.shift);
    }
}

/// What is above the level in rows of `channels` numbers, where it is known which rows are anomalous: while they are, the
/// level stands still. Each of the recordings, which begin at `starts`, has a level of its own. In `f32`, as a board has it.
pub fn above_known(
    baseline: Baseline,
    rows: &[f64],
    channels: usize,
    starts: &[usize],
    anomalous: Option<&[bool]>,
) -> Vec<f64> {
    let channels = channels.max(1);
    let mut above = Vec::with_capacity(rows.len());
    for recording in spans(starts, rows.len() / channels) {
        let mut levels = Levels::<f32>::new(baseline, channels);
        for place in recording {
            let row = &rows[place * channels..][..channels];
            let row: Vec<f32> = row.iter().map(|x| *x as f32).collect();
            let values = levels.above(&row);
            // A board's detector takes a row with a value that is no number for anomalous.
            let whole = values.iter().all(|value| value.is_finite());
            above.extend(values.into_iter().map(f64::from));
            if whole && !anomalous.is_some_and(|anomalous| anomalous[place]) {
                levels.follow(&row);
            }
        }
    }
    above
}

/// What is above the level in rows of `channels` numbers, where `judge` says which rows above it are anomalous.
pub fn above_judged(
    baseline: Baseline,
    samples: Samples,
    rows: &[f64],
    channels: usize,
    starts: &[usize],
    judge: &dyn Fn(&[f64]) -> Result<Vec<bool>>,
) -> Result<Vec<f64>> {
    let channels = channels.max(1);
    let recordings = spans(starts, rows.len() / channels);
    let above = recordings.map(|recording| {
        let rows = &rows[recording.start * channels..recording.end * channels];
        Following::new(baseline, samples, channels).above(rows, judge)
    });
    Ok(above.collect::<Result<Vec<_>>>()?.concat())
}

/// The levels of one recording, whose rows come piece by piece.
pub struct Following {
    channels: usize,
    levels: Either,
}

enum Either {
    Float(Levels<f32>),
    Counts(Levels<i32>),
}

impl Following {
    /// Before the first row, of `channels` numbers.
    pub fn new(baseline: Baseline, samples: Samples, channels: usize) -> Self {
        let levels = match samples {
            Samples::Float => Either::Float(Levels::new(baseline, channels)),
            Samples::Counts => Either::Counts(Levels::new(baseline, channels)),
        };
        Self { channels, levels }
    }

    /// What is above the level in the rows that come next, where `judge` says which rows above it are anomalous.
    pub fn above(
        &mut self,
        rows: &[f64],
        judge: &dyn Fn(&[f64]) -> Result<Vec<bool>>,
    ) -> Result<Vec<f64>> {
        let channels = self.channels;
        match &mut self.levels {
            Either::Float(levels) => {
                let rows = rows.iter().map(|x| *x as f32).collect();
                judged(rows, channels, levels, judge)
            }
            Either::Counts(levels) => {
                let rows = rows.iter().map(|x| *x as i32).collect();
                judged(rows, channels, levels, judge)
            }
        }
    }
}

/// The most rows of a batch.
const MOST: usize = 1024;

/// What is above the level in rows of one recording, after which the levels are those of the next row.
///
/// Rows are judged many at a time: all of a batch as if those before were like the last one, and what follows the first
/// that is not, again.
fn judged<T: Level<Value: Into<f64>>>(
    rows: Vec<T>,
    channels: usize,
    levels: &mut Levels<T>,
    judge: &dyn Fn(&[f64]) -> Result<Vec<bool>>,
) -> Result<Vec<f64>> {
    let count = rows.len() / channels;
    let row = |place: usize| &rows[place * channels..][..channels];
    let mut above = Vec::with_capacity(rows.len());
    let (mut next, mut batch, mut expected) = (0, 1, false);
    while next < count {
        let end = (next + batch).min(count);
        let mut ahead = levels.clone();
        let mut values = vec![];
        for place in next..end {
            values.extend(ahead.above(row(place)).into_iter().map(Into::into));
            if !expected {
                ahead.follow(row(place));
            }
        }
        let verdicts = judge(&values)?;
        let as_expected = verdicts
            .iter()
            .take_while(|verdict| **verdict == expected)
            .count();
        // The first that is otherwise was computed rightly too.
        let right = (as_expected + 1).min(end - next);
        above.extend_from_slice(&values[..right * channels]);
        for (place, verdict) in (next..next + right).zip(&verdicts) {
            if !verdict {
                levels.follow(row(place));
            }
        }
        batch = match as_expected == end - next {
            true => (2 * batch).min(MOST),
            false => 1,
        };
        expected = verdicts[right - 1];
        next += right;
    }
    Ok(above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::Collect;

    fn baseline() -> Baseline {
        "EWMA:16".parse().unwrap()
    }

    /// Two channels that creep, with steps and numbers that are none.
    fn rows() -> Vec<f64> {
        let row = |i: u32| {
            let x = f64::from(i);
            let step = if i % 97 > 80 { 40.0 } else { 0.0 };
            let broken = if i % 131 == 130 {
                f64::NAN
            } else {
                (x * 1.3).cos() * 5.0
            };
            [(x * 0.7).sin() * 9.0 + x / 10.0 + step, broken]
        };
        (0..700)
            .flat_map(row)
            .map(|x| f64::from(x as f32))
            .collect()
    }

    /// Of one row above its level: whether the first channel is far from it, or the second no number.
    fn is_far(above: &[f64]) -> bool {
        above[0].abs() > 25.0 || above[1].is_nan()
    }

    /// The rows one by one through the runtime's type.
    fn on_a_board<T: Level<Value: Into<f64>>>(sample: impl Fn(f64) -> T) -> Vec<f64> {
        let mut baseline = nice_flow::Baseline::<T, 2, 2>::new(baseline().shift());
        let mut above = vec![];
        for (place, row) in rows().chunks_exact(2).enumerate() {
            if place == 500 {
                baseline.clear();
            }
            let x = baseline.push([sample(row[0]), sample(row[1])]).unwrap();
            let x = [x[0].into(), x[1].into()];
            baseline.learn(is_far(&x));
            above.extend(x);
        }
        above
    }

    fn on_the_host(samples: Samples) -> Vec<f64> {
        let judge = |rows: &[f64]| Ok(rows.chunks_exact(2).map(is_far).collect());
        above_judged(baseline(), samples, &rows(), 2, &[0, 500], &judge).unwrap()
    }

    fn assert_equal(host: &[f64], board: &[f64]) {
        assert_eq!(host.len(), board.len());
        for (place, (host, board)) in host.iter().zip(board).enumerate() {
            assert!(
                host == board || host.is_nan() && board.is_nan(),
                "{place}: {host} {board}"
            );
        }
    }

    #[test]
    fn the_host_has_the_numbers_of_a_board() {
        assert_equal(&on_the_host(Samples::Float), &on_a_board(|x| x as f32));
        assert_equal(&on_the_host(Samples::Counts), &on_a_board(|x| x as i32));
    }

    #[test]
    fn known_verdicts_give_what_the_same_verdicts_give_when_judged() {
        let judged = on_the_host(Samples::Float);
        let anomalous: Vec<bool> = judged.chunks_exact(2).map(is_far).collect();
        let known = above_known(baseline(), &rows(), 2, &[0, 500], Some(&anomalous));
        assert_equal(&known, &judged);
    }
}
