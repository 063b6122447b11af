//! Scores against each number of the context.

use super::axis::Axis;
use super::figure::Figure;
use super::ink::Ink;
use super::plot::{HEIGHT, Plot};
use super::scale::Scale;
use super::subject::Scored;
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// The most rows of a kind that are shown.
const ROWS: usize = 2000;

/// A figure for each number of the context; nothing for a model without one.
pub fn figures(scored: &Scored) -> Result<Markup> {
    let context = scored.model().context();
    let figures = context.into_iter().map(|input| figure(scored, input));
    let figures = figures.collect::<Result<Vec<_>>>()?;
    Ok(html! { @for figure in figures { (figure) } })
}

fn figure(scored: &Scored, input: usize) -> Result<Markup> {
    let name = &scored.model().features[input];
    let threshold = scored.threshold().map(|threshold| threshold.score);
    let scale = Scale::new(&scored.groups(), threshold);
    let table = &scored.subject.data.table;
    let values: Vec<f64> = table.iter().map(|row| row[input]).collect();
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return Ok(html! {});
    }
    let (kinds, names) = match scored.labels() {
        Some(labels) => (labels, ["normal rows", "anomalous rows"]),
        None => (&*scored.flagged, ["rows", "flagged rows"]),
    };
    let mut legend: Vec<(Ink, String)> = [Ink::Normal, Ink::Anomaly]
        .into_iter()
        .zip(names.map(String::from))
        .collect();
    legend.extend(threshold.map(|_| (Ink::Limit, "threshold (dashed)".into())));
    let figure = Figure {
        title: "Score against context",
        legend,
        height: HEIGHT,
        reading: format!(
            "The model is one of the other features given {name}. Where normal rows score alike from left to right, it knows what is \
             normal at each value; where they rise, it has seen too few rows there.{}",
            match values.len() > ROWS {
                true => format!(" Up to {ROWS} evenly spaced rows of each kind are shown."),
                false => String::new(),
            }
        ),
    };
    figure.draw(|canvas| {
        let x = Axis::linear(name.clone(), low, high);
        let y = scale.axis(scored.unit());
        let (left, right) = x.range;
        let mut plot = Plot::new(canvas, x, y)?;
        for (ink, kind) in [(Ink::Normal, false), (Ink::Anomaly, true)] {
            let rows: Vec<usize> = (0..values.len())
                .filter(|row| kinds[*row] == kind)
                .collect();
            let shown = rows.iter().step_by(rows.len().div_ceil(ROWS).max(1));
            let dots = shown.map(|row| (values[*row], scale.place(scored.scores[*row])));
            plot.dots(&dots.collect::<Vec<_>>(), 1.5, 0.7, ink)?;
        }
        match threshold.map(|score| scale.place(score)) {
            Some(at) => plot.line(&[(left, at), (right, at)], Ink::Limit),
            None => Ok(()),
        }
    })
}
