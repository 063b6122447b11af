//! Whether tail scores are as rare as they claim.

use super::ink::Ink;
use super::number::{percent, short};
use super::subject::Scored;
use super::table::{Cell, table};
use maud::{Markup, html};
use nice_flow_codegen::model::Combine;

/// The tail scores at which shares are compared.
const LEVELS: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0];

/// The expected and the observed share of normal rows above some mean tail scores; empty for other scores, which promise none.
pub fn section(scored: &Scored) -> Markup {
    if scored.model().combine != Some(Combine::Tail) {
        return html! {};
    }
    let mut groups = scored.groups();
    groups.retain(|group| group.ink != Ink::Anomaly);
    let mut head = vec!["tail score above", "promised"];
    head.extend(groups.iter().map(|group| group.name.as_str()));
    let share = |share: f64| Cell::number(share, percent(share));
    let line = |level: f64| {
        let seen = groups
            .iter()
            .map(|group| share(above(&group.scores, level)));
        let promised = [Cell::number(level, short(level)), share((-level).exp())];
        promised.into_iter().chain(seen).collect()
    };
    html! {
        p {
            "A tail score promises how rare it is: of normal rows a share of e" sup { "−u" } " should score above u. Where more rows do \
             than promised, new normal rows differ from those of the training, and the threshold has to come from them \
             (nice-flow calibrate):"
        }
        (table(&head, LEVELS.map(line).into()))
    }
}

/// The share of scores above a level; NaN is above every level.
fn above(scores: &[f64], level: f64) -> f64 {
    let is_above = |score: &&f64| score.is_nan() || **score > level;
    let above = scores.iter().filter(is_above).count();
    above as f64 / scores.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_is_no_number_lies_above_every_level() {
        let scores = [0.5, 3.0, 4.0, f64::NAN];
        assert_eq!(above(&scores, 3.0), 0.5);
        assert_eq!(above(&scores, 10.0), 0.25);
        assert_eq!(above(&[], 1.0), 0.0);
    }
}
