//! The rows with the highest scores, and the features that cause them.

use super::attribution::Strange;
use super::axis::Axis;
use super::figure::Figure;
use super::ink::Ink;
use super::number::{count, decibels, short};
use super::plot::Plot;
use super::subject::Scored;
use super::table::{Cell, table};
use crate::host::explain::Cause;
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// The most rows in the table.
const ROWS: usize = 25;

/// The number of causes that the table shows for each row.
const CAUSES: usize = 3;

/// The most features in the figure.
const BARS: usize = 12;

/// The text that explains how causes are found.
pub fn method(scored: &Scored) -> String {
    let front = scored.model().front_end.as_ref();
    let shown = match front.is_some_and(|front| front.is_level(0)) {
        true => "; of a band, it shows how much louder it is than that",
        false => ", which stands behind the arrow",
    };
    format!(
        "The page puts one feature after another right, first the one whose score falls farthest, until the row is normal: it \
         takes the most likely of its usual values (15 quantiles of the normal rows){shown}, and then the fall in {}. \
         A feature that is no number, or too far out to be told apart, comes first.",
        scored.unit().plural()
    )
}

/// The table of the rows with the highest scores.
pub fn rows(scored: &Scored, strange: &[Strange]) -> Markup {
    let mut head = vec!["row", scored.unit().score(), "flagged"];
    head.extend(scored.labels().map(|_| "label"));
    head.extend(["1st feature", "2nd feature", "3rd feature"]);
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let numbers = scored.subject.data.table.numbers();
    let cells = |strange: &Strange| {
        let (row, score) = (strange.row, scored.scores[strange.row]);
        let mut cells = vec![
            Cell::number(numbers[row] as f64, numbers[row]),
            Cell::number(score, short(score)),
            Cell::text(yes(scored.flagged[row])),
        ];
        let label = |labels: &[bool]| if labels[row] { "anomaly" } else { "normal" };
        cells.extend(scored.labels().map(|labels| Cell::text(label(labels))));
        let causes = (0..CAUSES).map(|place| strange.causes.get(place));
        cells.extend(causes.map(|found| cause(scored, found)));
        cells
    };
    table(&head, strange.iter().take(ROWS).map(cells).collect())
}

fn cause(scored: &Scored, cause: Option<&Cause>) -> Cell {
    match cause.filter(|cause| cause.fall > 0.0) {
        None => Cell::text("–"),
        Some(cause) => Cell::text(html! {
            b { (scored.model().features[cause.input]) }
            " " (change(scored, cause))
            span.fall { " −" (short(cause.fall)) }
        }),
    }
}

/// The value and the usual one; of a band how much louder it is.
fn change(scored: &Scored, cause: &Cause) -> String {
    let front = scored.model().front_end.as_ref();
    let louder = front.and_then(|front| front.decibels(cause.input, cause.value, cause.usual));
    match louder {
        Some(louder) => decibels(louder),
        None => format!("{} → {}", short(cause.value), short(cause.usual)),
    }
}

/// For each feature the number of rows of which it is the main cause, largest first; features without such rows are
/// left out.
pub fn ranking(strange: &[Strange], dim: usize) -> Vec<(usize, usize)> {
    let mut counts = vec![0; dim];
    for cause in strange.iter().filter_map(|strange| strange.causes.first()) {
        counts[cause.input] += usize::from(cause.fall > 0.0);
    }
    let mut ranking: Vec<(usize, usize)> = counts.into_iter().enumerate().collect();
    ranking.retain(|(_, count)| *count > 0);
    ranking.sort_by_key(|(feature, count)| (std::cmp::Reverse(*count), *feature));
    ranking
}

/// A bar chart: of how many of these rows each feature is the main cause.
pub fn figure(scored: &Scored, strange: &[Strange]) -> Result<Markup> {
    let features = &scored.model().features;
    let mut bars = ranking(strange, features.len());
    if bars.is_empty() {
        return Ok(html! {});
    }
    bars.truncate(BARS);
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let place = |i: usize| -(i as f64);
    let ticks = bars.iter().enumerate();
    let ticks = ticks.map(|(i, (feature, _))| (place(i), shortened(&features[*feature], 14)));
    let y = Axis {
        label: String::new(),
        range: (place(bars.len()) + 0.4, 0.6),
        ticks: ticks.collect(),
    };
    let figure = Figure {
        title: "Features that drive the strangest rows",
        legend: vec![],
        height: 70 + 22 * bars.len() as i32,
        reading: format!(
            "A bar is as long as the number of rows, of the {} with the highest scores, whose score falls most when this \
             one feature is put right: sensors with long bars are the ones to look at first.",
            count(strange.len())
        ),
    };
    figure.draw(|canvas| {
        let x = Axis::linear("rows", 0.0, most as f64);
        let mut plot = Plot::new(canvas, x, y)?;
        for (i, (_, count)) in bars.iter().enumerate() {
            plot.bar(*count as f64, place(i), 0.7, Ink::Anomaly)?;
        }
        Ok(())
    })
}

/// A long name, shortened to its start.
pub fn shortened(name: &str, most: usize) -> String {
    match name.chars().count() > most {
        true => name.chars().take(most - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_ranked_by_the_rows_they_drive() {
        let strange = |feature, fall| Strange {
            row: 0,
            causes: vec![Cause {
                input: feature,
                value: 0.0,
                usual: 0.0,
                score: 0.0,
                fall,
            }],
        };
        let rows = [
            strange(2, 1.0),
            strange(0, 0.0),
            strange(1, 3.0),
            strange(2, f64::INFINITY),
        ];
        assert_eq!(ranking(&rows, 4), [(2, 2), (1, 1)]);
        assert_eq!(shortened("temperature", 5), "temp…");
        assert_eq!(shortened("täst", 4), "täst");
    }
}
