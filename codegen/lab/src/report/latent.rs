//! Whether normal rows follow the prior in latent space, as they do if the density is right.

use super::axis::Axis;
use super::distribution::{highest, histogram};
use super::elements::{Element, Kind, legend};
use super::figure::Figure;
use super::ink::Ink;
use super::marginal::{Marginal, normal_below};
use super::number::{count, short};
use super::plot::{Canvas, Drawn, Plot, titled};
use super::quantiles;
use super::subject::{Scored, thinned};
use super::table::{Cell, table};
use crate::judge::metrics::quantile;
use maud::{Markup, html};
use nice_flow_codegen::Result;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::Member;

/// The most rows of a kind that are used.
const ROWS: usize = 20_000;

/// The most histograms.
const PANELS: usize = 12;

const BINS: usize = 40;

/// Histograms for the first flow, a Q–Q plot for all, and a table of the elements of each.
pub fn figures(scored: &Scored) -> Result<(Markup, Markup)> {
    let members = &scored.subject.model.members;
    let flows: Vec<Vec<Kind>> = members.iter().map(|member| kinds(scored, member)).collect();
    let figures = html! { (histograms(scored, &flows)?) (quantiles::figure(&flows)?) };
    let tables = html! {
        @for (index, kinds) in flows.iter().enumerate() {
            @if let Some(last) = kinds.last() {
                details {
                    summary {
                        "Every latent element "
                        @if flows.len() > 1 { "of flow " (index) " " }
                        "in numbers (" (last.name) ")"
                    }
                    p { "As standard normal deviates: a perfect flow has median 0, spread (half the width of the central 68\u{a0}%) 1 and distance 0." }
                    (numbers(last))
                }
            }
        }
    };
    Ok((figures, tables))
}

/// The normal rows in the latent space of a flow.
fn kinds(scored: &Scored, member: &Member) -> Vec<Kind> {
    let flow = member.raw_flow();
    let laws = Marginal::of(&flow.prior, flow.dim);
    let samples = scored.normal_samples().into_iter();
    let kinds = samples.map(|sample| {
        let rows = thinned(&sample.rows, ROWS);
        Kind {
            name: sample.name,
            ink: sample.ink,
            rows: rows.len(),
            elements: elements(&flow, &laws, &rows),
        }
    });
    kinds.collect()
}

/// The latent vectors of rows, element by element; vectors that are not finite are left out.
fn elements(flow: &Flow, laws: &[Marginal], rows: &[&[f64]]) -> Vec<Element> {
    let latent = rows.iter().map(|row| {
        let mut z = row.to_vec();
        flow.forward(&mut z);
        // Of a context nothing is said.
        let mut places = 0..;
        let context = flow.prior.context();
        z.retain(|_| places.next().is_some_and(|place| !context.contains(&place)));
        z
    });
    let latent: Vec<Vec<f64>> = latent.filter(|z| z.iter().all(|z| z.is_finite())).collect();
    let element = |(i, law): (usize, &Marginal)| {
        let z: Vec<f64> = latent.iter().map(|z| z[i]).collect();
        let mut deviates: Vec<f64> = z.iter().map(|z| law.deviate(*z)).collect();
        deviates.sort_by(f64::total_cmp);
        Element { z, deviates }
    };
    laws.iter().enumerate().map(element).collect()
}

impl Element {
    fn distance(&self) -> f64 {
        distance(&self.deviates)
    }
}

/// The Kolmogorov–Smirnov distance: the largest difference between the empirical and the expected distribution
/// function.
fn distance(sorted: &[f64]) -> f64 {
    let n = sorted.len().max(1) as f64;
    let gaps = sorted.iter().enumerate().map(|(i, deviate)| {
        let promised = normal_below(*deviate);
        (promised - i as f64 / n).max((i + 1) as f64 / n - promised)
    });
    gaps.fold(0.0, f64::max)
}

/// The histograms of the first flow.
fn histograms(scored: &Scored, flows: &[Vec<Kind>]) -> Result<Markup> {
    let Some((kinds, last)) = flows.first().and_then(|kinds| Some((kinds, kinds.last()?))) else {
        return Ok(html! {});
    };
    let model = scored.model().first();
    let laws = Marginal::of(&model.flow.prior, model.flow.dim);
    let distances: Vec<f64> = last.elements.iter().map(Element::distance).collect();
    let mut shown: Vec<usize> = (0..laws.len()).collect();
    shown.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    shown.truncate(PANELS);
    shown.sort_unstable();
    let columns = shown.len().clamp(1, 3);
    let lines = shown.len().div_ceil(columns);
    let figure = Figure {
        title: "Latent elements against the prior",
        legend: legend(kinds, "prior (dashed)"),
        height: 130 * lines as i32,
        reading: format!(
            "The flow turns each normal row into as many latent numbers z; where the filled shape follows the dashed line, the \
             density of normal rows is learned well, and D, the largest difference of the cumulative shares, is near 0.{}",
            left_out(shown.len(), kinds, flows.len())
        ),
    };
    figure.draw(|canvas| {
        let panels = canvas.split_evenly((lines, columns));
        for (canvas, &i) in panels.iter().zip(&shown) {
            let name = format!("z{i}, D = {}", short((distances[i] * 1e3).round() / 1e3));
            let canvas = titled(canvas, &name)?;
            panel(
                &canvas,
                &laws[i],
                kinds.iter().map(|kind| (kind.ink, &kind.elements[i])),
            )?;
        }
        Ok(())
    })
}

/// A sentence on what the figure does not show, if anything.
fn left_out(shown: usize, kinds: &[Kind], flows: usize) -> String {
    let mut text = String::new();
    if flows > 1 {
        text += &format!(" Of {flows} flows the first is shown.");
    }
    let elements = kinds.first().map_or(0, |kind| kind.elements.len());
    if shown < elements {
        text += &format!(" Of {elements} elements the {shown} worst are shown.");
    }
    if kinds.iter().any(|kind| kind.rows == ROWS) {
        text += &format!(
            " Of each kind at most {} rows are taken, evenly spaced.",
            count(ROWS)
        );
    }
    text
}

/// The histograms of an element and its density under the prior, both as the share per bar.
fn panel<'a>(
    canvas: &Canvas,
    law: &Marginal,
    elements: impl Iterator<Item = (Ink, &'a Element)>,
) -> Drawn {
    let (low, high) = law.range();
    let width = (high - low) / BINS as f64;
    let outline = |element: &Element| histogram(&element.z, (low, high), BINS);
    let (inks, mut curves): (Vec<Ink>, Vec<_>) = elements
        .map(|(ink, element)| (ink, outline(element)))
        .unzip();
    let points = (0..=100).map(|step| low + (high - low) * f64::from(step) / 100.0);
    curves.push(points.map(|z| (z, law.density(z) * width)).collect());
    let ticks = Axis::linear("", low, high).ticks.into_iter().step_by(2);
    let x = Axis {
        ticks: ticks.collect(),
        ..Axis::bare(low, high)
    };
    let y = Axis::bare(0.0, 1.05 * highest(&curves));
    let mut plot = Plot::new(canvas, x, y)?;
    for (ink, outline) in inks.into_iter().zip(&curves) {
        plot.area(outline, ink)?;
    }
    plot.line(curves.last().map_or(&[], Vec::as_slice), Ink::Limit)
}

fn numbers(kind: &Kind) -> Markup {
    let rows = kind.elements.iter().enumerate();
    let rows = rows.map(|(i, element)| {
        // Quantiles, not mean and standard deviation: a single value beyond the range of `f64` would spoil those.
        let at = |share| quantile(&element.deviates, share).unwrap_or(0.0);
        let spread = 0.5 * (at(normal_below(1.0)) - at(normal_below(-1.0)));
        let cell = |value: f64| Cell::number(value, short((value * 1e4).round() / 1e4));
        vec![
            Cell::number(i as f64, format!("z{i}")),
            cell(at(0.5)),
            cell(spread),
            cell(element.distance()),
        ]
    });
    table(
        &["element", "median", "spread", "distance D"],
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::quantiles::perfect;
    use super::*;

    #[test]
    fn the_distance_of_perfect_rows_is_none_and_that_of_others_is_not() {
        let rows = perfect(10_000);
        assert!((distance(&rows) - 0.5e-4).abs() < 1e-9);
        let wide: Vec<f64> = perfect(1000).iter().map(|z| 2.0 * z + 1.0).collect();
        assert!(distance(&wide) > 0.2);
        assert_eq!(distance(&[]), 0.0);
    }
}
