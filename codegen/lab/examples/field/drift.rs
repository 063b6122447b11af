//! Drift: half of the normal test rows, in a random order, give the p-values, and rows are drawn from the others, for 20 such
//! halves. Printed are the rows between false alarms (at most 100000 a run, the mean of 10 runs for each of the halves; then that of
//! the half with the fewest), and until a step of one deviation in one sensor is noticed (the median of 20 runs for each of the
//! halves), the deviation being half of what the middle 68 % of the training rows span.

use crate::random::{below, shuffle};
use crate::{Board, scores};
use nice_flow_codegen::model::p_values::{Knots, PValues};
use nice_flow_lab::judge::drift::changes;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

/// Rows between false alarms, and the most that are drawn.
const ROWS: u32 = 10_000;
const MOST: usize = 100_000;

/// Rows before a step.
const BEFORE: usize = 200;

/// Draws of the halves.
const HALVES: usize = 20;

impl Board {
    /// Prints how seldom drift rings for nothing, and how soon for a step.
    pub fn drift(&self, set: &str, normal: &[f64]) {
        let dim = self.training.columns;
        let mut stepped = normal.to_vec();
        let step = self.half_width(dim / 2);
        let sensor = stepped.iter_mut().skip(dim / 2).step_by(dim);
        sensor.for_each(|x| *x += step);
        for (kind, lowered) in self.kinds() {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let rows = Rows {
                usual: scores(lowered, normal),
                stepped: scores(lowered, &stepped),
            };
            let halves: Vec<_> = (0..HALVES).map(|_| rows.half(&mut rng)).collect();
            let means = halves.iter().map(|half| mean(&half.0));
            let fewest = means.clone().min().unwrap_or(0);
            let between = mean(&means.collect::<Vec<_>>());
            let mut delays: Vec<usize> = halves.iter().flat_map(|half| half.1.clone()).collect();
            delays.sort();
            let median = delays[delays.len() / 2];
            println!(
                "{set},{},drift,{kind},rows between false alarms {between},of one half {fewest},until a step is noticed {median}",
                self.recipe
            );
        }
    }

    /// Half the distance between the quantiles of 16 and 84 % of an input: a deviation that a few far rows do not widen.
    fn half_width(&self, input: usize) -> f64 {
        let column = self.training.values.iter().skip(input);
        let mut sorted: Vec<f64> = column.step_by(self.training.columns).copied().collect();
        sorted.sort_by(f64::total_cmp);
        let quantile = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
        (quantile(0.84) - quantile(0.16)) / 2.0
    }
}

/// Scores of normal rows, as they are and with the step.
struct Rows {
    usual: Vec<f64>,
    stepped: Vec<f64>,
}

impl Rows {
    /// The intervals between false alarms and the delays that a random half of the rows gives.
    fn half(&self, rng: &mut ChaCha8Rng) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.usual.len()).collect();
        shuffle(&mut order, rng);
        let (known, live) = order.split_at(order.len() / 2);
        let known: Vec<f64> = known.iter().map(|place| self.usual[*place]).collect();
        let Some(knots) = PValues::of_normal(&known).knots() else {
            return (vec![], vec![]);
        };
        let mut until = |before: usize, after: &[f64]| {
            let mut draw = |from: &[f64]| from[live[below(rng, live.len())]];
            let mut scores: Vec<f64> = (0..before).map(|_| draw(&self.usual)).collect();
            scores.extend((0..MOST).map(|_| draw(after)));
            delay(&scores, before, &knots)
        };
        let between = (0..10).map(|_| until(0, &self.usual)).collect();
        (
            between,
            (0..20).map(|_| until(BEFORE, &self.stepped)).collect(),
        )
    }
}

fn mean(numbers: &[usize]) -> usize {
    numbers.iter().sum::<usize>() / numbers.len().max(1)
}

/// Rows from a place on until an alarm, that of the alarm included.
fn delay(scores: &[f64], from: usize, knots: &Knots) -> usize {
    let alarms = changes(scores, knots, ROWS, 1, &[0]);
    let alarm = alarms[from..].iter().position(|alarm| *alarm);
    alarm.map_or(alarms.len() - from, |place| place + 1)
}
