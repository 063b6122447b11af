//! Drift: half of the normal test rows, in a random order, give the p-values, and rows are drawn from the others. Printed are
//! the rows between false alarms (at most 100000 a run, the mean of 20), and until a step of one deviation in one sensor is
//! noticed (the median of 201), the deviation being half of what the middle 68 % of the training rows span.

use crate::Board;
use crate::random::{below, shuffle};
use nice_flow_codegen::Result;
use nice_flow_codegen::model::p_values::{Knots, PValues};
use nice_flow_lab::judge::drift::changes;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

/// Rows between false alarms, and the most that are drawn.
const ROWS: u32 = 10_000;
const MOST: usize = 100_000;

/// Rows before a step.
const BEFORE: usize = 200;

impl Board {
    /// Prints how seldom drift rings for nothing, and how soon for a step.
    pub fn drift(&self, set: &str, normal: &[f64]) -> Result<()> {
        let (dim, mut rng) = (self.training.columns, ChaCha8Rng::seed_from_u64(5));
        let mut order: Vec<usize> = (0..normal.len() / dim).collect();
        shuffle(&mut order, &mut rng);
        let (known, live) = order.split_at(order.len() / 2);
        let of = |places: &[usize]| -> Vec<f64> {
            let rows = places.iter().map(|place| &normal[place * dim..]);
            rows.flat_map(|row| &row[..dim]).copied().collect()
        };
        let Some(knots) = PValues::of_normal(&self.scores(&of(known))).knots() else {
            return Ok(());
        };
        let mut rows = of(live);
        let usual = self.scores(&rows);
        let step = self.half_width(dim / 2);
        rows.iter_mut()
            .skip(dim / 2)
            .step_by(dim)
            .for_each(|x| *x += step);
        let stepped = self.scores(&rows);
        let mut until = |before: usize, after: &[f64]| {
            let mut draw = |from: &[f64]| from[below(&mut rng, from.len())];
            let mut scores: Vec<f64> = (0..before).map(|_| draw(&usual)).collect();
            scores.extend((0..MOST).map(|_| draw(after)));
            delay(&scores, before, &knots)
        };
        let between: Vec<usize> = (0..20).map(|_| until(0, &usual)).collect();
        let mut delays: Vec<usize> = (0..201).map(|_| until(BEFORE, &stepped)).collect();
        delays.sort();
        let (mean, median) = (between.iter().sum::<usize>() / between.len(), delays[100]);
        println!("{set},drift,rows between false alarms {mean},until a step is noticed {median}");
        Ok(())
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

/// Rows from a place on until an alarm, that of the alarm included.
fn delay(scores: &[f64], from: usize, knots: &Knots) -> usize {
    let alarms = changes(scores, knots, ROWS, 1, &[0]);
    let alarm = alarms[from..].iter().position(|alarm| *alarm);
    alarm.map_or(alarms.len() - from, |place| place + 1)
}
