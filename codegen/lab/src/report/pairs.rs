//! A scatter plot for each pair of features, of data and of rows sampled from the flow.

use super::axis::Axis;
use super::distribution::{highest, histogram};
use super::drivers::shortened;
use super::figure::Figure;
use super::ink::Ink;
use super::number::count;
use super::plot::{Canvas, Drawn, Plot, WIDTH, titled};
use super::subject::{Scored, thinned};
use crate::judge::metrics;
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// The most features shown.
const FEATURES: usize = 6;

/// The most rows of each kind shown.
const ROWS: usize = 400;

/// The figure; `ranked` features are preferred, the most important first.
pub fn figure(scored: &Scored, ranked: &[usize]) -> Result<Markup> {
    let model = scored.model();
    let samples = scored.normal_samples();
    let Some(normal) = samples.first() else {
        return Ok(html! {});
    };
    if !scored.can_draw() {
        return Ok(html! {});
    }
    let data = thinned(&normal.rows, ROWS);
    let drawn = scored.subject.model.sample(ROWS, 0);
    let drawn: Vec<&[f64]> = drawn.chunks_exact(model.dim()).collect();
    let features = chosen(ranked, model.dim());
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
        reading: reading(features.len(), model.dim()),
    };
    let grid = Grid {
        names: &model.features,
        features,
        ranges,
        data,
        drawn,
    };
    figure.draw(|canvas| grid.draw(canvas))
}

/// The grid of plots, features by features.
struct Grid<'a> {
    names: &'a [String],
    features: Vec<usize>,
    /// The range of each of `features`.
    ranges: Vec<(f64, f64)>,
    data: Vec<&'a [f64]>,
    drawn: Vec<&'a [f64]>,
}

impl Grid<'_> {
    fn draw(&self, canvas: &Canvas) -> Drawn {
        let side = self.features.len();
        for (place, panel) in canvas.split_evenly((side, side)).iter().enumerate() {
            let (row, column) = (place / side, place % side);
            if row == column {
                self.histograms(panel, row)?;
            } else {
                self.scatter(panel, row, column)?;
            }
        }
        Ok(())
    }

    fn axis(&self, place: usize) -> Axis {
        Axis::bare(self.ranges[place].0, self.ranges[place].1)
    }

    fn histograms(&self, canvas: &Canvas, place: usize) -> Drawn {
        let feature = self.features[place];
        let name = shortened(&self.names[feature], 60 / self.features.len());
        let panel = titled(canvas, &name)?;
        let outlines = [&self.drawn, &self.data].map(|rows| {
            let column: Vec<f64> = rows.iter().map(|row| row[feature]).collect();
            histogram(&column, self.axis(place).range, 24)
        });
        let top = 1.05 * highest(&outlines);
        let mut plot = Plot::new(&panel, self.axis(place), Axis::bare(0.0, top))?;
        plot.area(&outlines[0], Ink::Model)?;
        plot.area(&outlines[1], Ink::Normal)
    }

    fn scatter(&self, canvas: &Canvas, row: usize, column: usize) -> Drawn {
        let (rows, ink) = match row > column {
            true => (&self.data, Ink::Normal),
            false => (&self.drawn, Ink::Model),
        };
        let (x, y) = (self.features[column], self.features[row]);
        let dots: Vec<(f64, f64)> = rows.iter().map(|row| (row[x], row[y])).collect();
        Plot::new(canvas, self.axis(column), self.axis(row))?.dots(&dots, 1.25, 0.5, ink)
    }
}

fn reading(shown: usize, dim: usize) -> String {
    let text = "Where the model knows the normal rows, each panel in the upper right is the mirror image of the one across \
                the diagonal, and the two histograms on the diagonal agree; of each kind at most 400 rows are drawn, evenly spaced, and none outside the central 99\u{a0}%.";
    match shown < dim {
        true => format!(
            "{text} Of {dim} features, the {shown} that drive the strangest rows are shown, filled up with the first ones."
        ),
        false => text.into(),
    }
}

/// The features to show, in the order of the model.
fn chosen(ranked: &[usize], dim: usize) -> Vec<usize> {
    let rest = (0..dim).filter(|feature| !ranked.contains(feature));
    let mut chosen: Vec<usize> = ranked.iter().copied().chain(rest).take(FEATURES).collect();
    chosen.sort_unstable();
    chosen
}

/// A range a little wider than the central 99\u{a0}% of a feature's values.
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
