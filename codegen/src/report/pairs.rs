//! Rows drawn from the flow beside rows of the data, for pairs of features.

use super::axis::Axis;
use super::distribution::{highest, histogram};
use super::drivers::shortened;
use super::figure::Figure;
use super::ink::Ink;
use super::number::count;
use super::plot::{Plot, WIDTH, titled};
use super::subject::{Scored, thinned};
use crate::sample::sample;
use crate::{Result, metrics};
use maud::{Markup, html};

/// Features shown.
const FEATURES: usize = 6;

/// Rows of each kind shown.
const ROWS: usize = 400;

/// The pairs plot; `ranked` features come first, most wanted first.
pub fn figure(scored: &Scored, ranked: &[usize]) -> Result<Markup> {
    let model = &scored.subject.model;
    let samples = scored.normal_samples();
    let Some(normal) = samples.first() else {
        return Ok(html! {});
    };
    let data = thinned(&normal.rows, ROWS);
    let drawn = sample(model, ROWS, 0);
    let drawn: Vec<&[f64]> = drawn.chunks_exact(model.flow.dim).collect();
    let features = chosen(ranked, model.flow.dim);
    let ranges: Vec<(f64, f64)> = features.iter().map(|f| range(&normal.rows, *f)).collect();
    let figure = Figure {
        title: "Normal rows and rows drawn from the model",
        legend: vec![
            (
                Ink::Normal,
                format!("{}, lower left ({})", normal.name, count(data.len())),
            ),
            (
                Ink::Model,
                format!("drawn from the model, upper right ({})", count(drawn.len())),
            ),
        ],
        height: WIDTH,
        reading: reading(features.len(), model.flow.dim),
    };
    figure.draw(|canvas| {
        let panels = canvas.split_evenly((features.len(), features.len()));
        for (place, panel) in panels.iter().enumerate() {
            let (row, column) = (place / features.len(), place % features.len());
            let (x, y) = (features[column], features[row]);
            let x_axis = Axis::bare(ranges[column].0, ranges[column].1);
            if row == column {
                let name = shortened(&model.features[x], 60 / features.len());
                let panel = titled(panel, &name)?;
                let outlines = [&drawn, &data].map(|rows| {
                    let column: Vec<f64> = rows.iter().map(|row| row[x]).collect();
                    histogram(&column, x_axis.range, 24)
                });
                let top = 1.05 * highest(&outlines);
                let mut plot = Plot::new(&panel, x_axis, Axis::bare(0.0, top))?;
                plot.area(&outlines[0], Ink::Model)?;
                plot.area(&outlines[1], Ink::Normal)?;
                continue;
            }
            let (rows, ink) = match row > column {
                true => (&data, Ink::Normal),
                false => (&drawn, Ink::Model),
            };
            let dots: Vec<(f64, f64)> = rows.iter().map(|row| (row[x], row[y])).collect();
            let y_axis = Axis::bare(ranges[row].0, ranges[row].1);
            Plot::new(panel, x_axis, y_axis)?.dots(&dots, 1.25, 0.5, ink)?;
        }
        Ok(())
    })
}

fn reading(shown: usize, dim: usize) -> String {
    let text = "Where the model knows the normal rows, each panel in the upper right is the mirror image of the one across \
                the diagonal, and the two histograms on the diagonal agree; dots outside the central 99\u{a0}% of the rows are not drawn.";
    match shown < dim {
        true => format!(
            "{text} Of {dim} features, the {shown} that drive the strangest rows are shown, filled up with the first ones."
        ),
        false => text.into(),
    }
}

/// The features to show, in their own order.
fn chosen(ranked: &[usize], dim: usize) -> Vec<usize> {
    let rest = (0..dim).filter(|feature| !ranked.contains(feature));
    let mut chosen: Vec<usize> = ranked.iter().copied().chain(rest).take(FEATURES).collect();
    chosen.sort_unstable();
    chosen
}

/// Where the central 99\u{a0}% of a feature lie, and a little more.
fn range(rows: &[&[f64]], feature: usize) -> (f64, f64) {
    let column = rows.iter().map(|row| row[feature]);
    let column: Vec<f64> = column.filter(|value| value.is_finite()).collect();
    let at = |share| metrics::quantile(&column, share).unwrap_or(0.0);
    let (low, high) = (at(0.005), at(0.995));
    let room = 0.08 * (high - low);
    (low - room, high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranked_features_come_first_and_the_others_fill_up() {
        assert_eq!(chosen(&[9, 2], 10), [0, 1, 2, 3, 4, 9]);
        assert_eq!(chosen(&[], 2), [0, 1]);
    }
}
