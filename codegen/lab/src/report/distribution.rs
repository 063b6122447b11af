//! The distribution of scores, for each kind of row.

use super::axis::Axis;
use super::figure::Figure;
use super::ink::Ink;
use super::number::count;
use super::plot::{HEIGHT, Plot};
use super::scale::Scale;
use super::subject::{Group, Scored};
use crate::host::score::score;
use maud::{Markup, html};
use nice_flow_codegen::Result;
use nice_flow_codegen::model::unit::Unit;

const BINS: usize = 60;

/// The number of rows that are sampled from the model.
const DRAWN: usize = 2000;

/// The scores of training, normal and anomalous rows, with the threshold.
pub fn figure(scored: &Scored) -> Result<Markup> {
    let threshold = scored.threshold().map(|t| t.score);
    let reading = "A row further to the right is stranger to the model; the better normal and anomalous rows are \
                   apart, the fewer mistakes any threshold between them makes.";
    draw(
        "Distribution of scores",
        scored.unit(),
        &scored.groups(),
        threshold,
        reading,
    )
}

/// The scores of normal rows, and of rows sampled from the model.
pub fn drawn(scored: &Scored) -> Result<Markup> {
    if !scored.can_draw() {
        return Ok(html! {});
    }
    let (model, numeric) = (&scored.subject.model, scored.subject.numeric);
    let rows = model.sample(DRAWN, 0);
    let drawn = Group {
        name: format!("drawn from the model ({})", count(DRAWN)),
        ink: Ink::Model,
        scores: score(model, &rows, numeric, &|_| ())?.to_f64(),
    };
    let normal = scored.groups().into_iter().take(1);
    let groups: Vec<Group> = normal.chain([drawn]).collect();
    let reading = "A model that knows the normal rows draws rows that are as likely as they are, so that both shapes agree; \
                   drawn rows further to the right mean that it spreads over values that do not occur.";
    draw(
        "Scores of normal rows and of drawn ones",
        scored.unit(),
        &groups,
        None,
        reading,
    )
}

fn draw(
    title: &'static str,
    unit: Unit,
    groups: &[Group],
    threshold: Option<f64>,
    reading: &str,
) -> Result<Markup> {
    let scale = Scale::new(groups, threshold);
    let x = scale.axis(unit);
    let outline = |group: &Group| histogram(&positions(group, &scale), x.range, BINS);
    let outlines: Vec<Vec<(f64, f64)>> = groups.iter().map(outline).collect();
    let top = 1.05 * highest(&outlines);
    let y = Axis::linear("share of rows in a bar", 0.0, top);
    let mut legend: Vec<(Ink, String)> = groups.iter().map(|g| (g.ink, g.name.clone())).collect();
    legend.extend(threshold.map(|_| (Ink::Limit, "threshold (dashed)".into())));
    let compressed = " The axis is even around the normal rows and logarithmic far from them.";
    let note = if scale.is_compressed() {
        compressed
    } else {
        ""
    };
    let figure = Figure {
        title,
        legend,
        height: HEIGHT,
        reading: format!("{reading}{note}"),
    };
    figure.draw(|canvas| {
        let mut plot = Plot::new(canvas, x, y)?;
        for (group, outline) in groups.iter().zip(&outlines) {
            plot.area(outline, group.ink)?;
        }
        match threshold.map(|score| scale.place(score)) {
            Some(at) => plot.line(&[(at, 0.0), (at, top)], Ink::Limit),
            None => Ok(()),
        }
    })
}

fn positions(group: &Group, scale: &Scale) -> Vec<f64> {
    let finite = group.scores.iter().filter(|score| score.is_finite());
    finite.map(|score| scale.place(*score)).collect()
}

/// The outline of a histogram: the share of values in each of `bins` bins of equal width.
pub fn histogram(values: &[f64], (low, high): (f64, f64), bins: usize) -> Vec<(f64, f64)> {
    let width = (high - low) / bins as f64;
    let mut counts = vec![0usize; bins];
    for value in values {
        let bin = ((value - low) / width).floor();
        if bin >= 0.0 && (bin as usize) < bins {
            counts[bin as usize] += 1;
        }
    }
    let edge = |bin: usize| low + bin as f64 * width;
    let share = |count: usize| count as f64 / values.len().max(1) as f64;
    let steps = counts.into_iter().enumerate();
    let steps =
        steps.flat_map(|(bin, count)| [(edge(bin), share(count)), (edge(bin + 1), share(count))]);
    let (first, last) = ((low, 0.0), (high, 0.0));
    [first].into_iter().chain(steps).chain([last]).collect()
}

/// The maximum over all outlines.
pub fn highest(outlines: &[Vec<(f64, f64)>]) -> f64 {
    let heights = outlines.iter().flatten().map(|(_, height)| *height);
    heights.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_histogram_sum_to_one() {
        let outline = histogram(&[0.0, 0.1, 0.6, 0.9], (0.0, 1.0), 2);
        let expected = [
            (0.0, 0.0),
            (0.0, 0.5),
            (0.5, 0.5),
            (0.5, 0.5),
            (1.0, 0.5),
            (1.0, 0.0),
        ];
        assert_eq!(outline, expected);
        assert_eq!(highest(&[outline]), 0.5);
        assert_eq!(highest(&[histogram(&[], (0.0, 1.0), 2)]), 0.0);
    }
}
