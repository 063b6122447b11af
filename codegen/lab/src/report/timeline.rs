//! Scores in the order of the rows.

use super::axis::Axis;
use super::drift;
use super::figure::Figure;
use super::ink::Ink;
use super::number::count;
use super::plot::{HEIGHT, Plot};
use super::scale::Scale;
use super::subject::Scored;
use crate::judge::metrics;
use maud::Markup;
use nice_flow_codegen::Result;
use nice_flow_codegen::text::agreeing;

/// The number of columns of the figure; each has up to two dots per kind of row.
const COLUMNS: usize = 500;

/// The score of each row, by row number.
pub fn figure(scored: &Scored) -> Result<Markup> {
    let threshold = scored.threshold().map(|t| t.score);
    let scale = Scale::new(&scored.groups(), threshold);
    let (kinds, names) = match scored.labels() {
        Some(labels) => (labels, ["normal rows", "anomalous rows"]),
        None => (&*scored.flagged, ["rows", "flagged rows"]),
    };
    let rows = scored.scores.len();
    let numbers = scored.subject.data.table.numbers();
    let step = rows.div_ceil(COLUMNS);
    let legend = [Ink::Normal, Ink::Anomaly]
        .into_iter()
        .zip(names.map(String::from));
    let mut legend: Vec<(Ink, String)> = legend.collect();
    legend.extend(threshold.map(|_| (Ink::Limit, "threshold (dashed)".into())));
    let change = scored.changes.as_ref().and_then(|rows| rows.first());
    legend.extend(change.map(|_| (Ink::Model, "scores have slowly changed".into())));
    let figure = Figure {
        title: match scored.subject.data.table.times {
            Some(_) => "Score over time",
            None => "Score over row number",
        },
        legend,
        height: HEIGHT,
        reading: reading(scored, step),
    };
    figure.draw(|canvas| {
        let x = rows_or_times(scored, &numbers);
        let end = x.range.1;
        let y = scale.axis(scored.unit());
        let (bottom, top) = y.range;
        let mut plot = Plot::new(canvas, x, y)?;
        if let Some(row) = change {
            let at = numbers[*row] as f64;
            plot.line(&[(at, bottom), (at, top)], Ink::Model)?;
        }
        for (ink, kind) in [(Ink::Normal, false), (Ink::Anomaly, true)] {
            let dots = extremes(&scored.scores, step, |row| kinds[row] == kind);
            let dots = dots
                .into_iter()
                .map(|row| (numbers[row] as f64, scale.place(scored.scores[row])));
            plot.dots(&dots.collect::<Vec<_>>(), 1.5, 0.7, ink)?;
        }
        match threshold.map(|score| scale.place(score)) {
            Some(at) => plot.line(&[(0.0, at), (end, at)], Ink::Limit),
            None => Ok(()),
        }
    })
}

/// An axis of rows with these numbers, with the times of some of them, as many as there is room for; with their numbers if
/// no times are known.
fn rows_or_times(scored: &Scored, numbers: &[usize]) -> Axis {
    let (table, rows) = (&scored.subject.data.table, numbers.len());
    let end = rows + table.ignored.len();
    let Some(times) = &table.times else {
        return Axis::linear("row, counted from 0", 0.0, end as f64);
    };
    let longest = times.iter().map(|time| time.chars().count()).max();
    let count = (LETTERS / longest.unwrap_or(0).max(1)).clamp(1, 5);
    // In the middle of equal parts, since a text at an end of the axis would be cut off.
    let places = (0..count).map(|part| (2 * part + 1) * rows / (2 * count));
    let tick = |row: usize| Some((*numbers.get(row)? as f64, times.get(row)?.clone()));
    Axis {
        label: "time, row by row".into(),
        range: (0.0, end.max(1) as f64),
        ticks: places.filter_map(tick).collect(),
    }
}

/// A row by its number and, if it is known, its time.
fn name(scored: &Scored, row: usize) -> String {
    let table = &scored.subject.data.table;
    let time = table.times.as_ref().and_then(|times| times.get(row));
    let number = count(table.numbers()[row]);
    match time {
        Some(time) => format!("row {number} ({time})"),
        None => format!("row {number}"),
    }
}

/// The letters that fit below the figure.
const LETTERS: usize = 60;

fn reading(scored: &Scored, step: usize) -> String {
    let mut text = String::new();
    if scored.threshold().is_some() {
        text += "Dots above the dashed line raise an alarm. ";
    }
    if let Some(changes) = &scored.changes {
        text += &drift::sentence(changes, |row| name(scored, row));
        text += " ";
    }
    text += "A level that drifts along the rows means that the machine or a sensor changes slowly, and a threshold \
             calibrated earlier no longer fits.";
    if step > 1 {
        text += &format!(
            " Of every {step} rows only the lowest and the highest score of each kind are drawn."
        );
    }
    let broken = scored.broken();
    if broken > 0 {
        text += &format!(
            " {} {} no finite score, and {} drawn at the upper end.",
            count(broken),
            agreeing(broken, "row has", "rows have"),
            agreeing(broken, "is", "are")
        );
    }
    text
}

/// The rows with the lowest and the highest score of those wanted, in each interval of `step` rows.
fn extremes(scores: &[f64], step: usize, is_wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    let order = |a: &usize, b: &usize| metrics::compare(scores[*a], scores[*b]);
    let starts = (0..scores.len()).step_by(step.max(1));
    starts
        .flat_map(|start| {
            let rows = start..(start + step).min(scores.len());
            let rows = rows.filter(|row| is_wanted(*row));
            let (lowest, highest) = (rows.clone().min_by(order), rows.max_by(order));
            lowest
                .into_iter()
                .chain(highest.filter(|row| Some(*row) != lowest))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_of_each_stretch_are_kept() {
        let scores = [1.0, 5.0, 3.0, f64::NAN, 2.0, 4.0];
        assert_eq!(extremes(&scores, 3, |_| true), [0, 1, 4, 3]);
        assert_eq!(extremes(&scores, 3, |row| row == 2), [2]);
        assert_eq!(extremes(&scores, 1, |_| true), [0, 1, 2, 3, 4, 5]);
    }
}
