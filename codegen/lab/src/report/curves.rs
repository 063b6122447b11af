//! Detection against false alarms, and precision against recall, over all thresholds.

use super::axis::Axis;
use super::figure::Figure;
use super::ink::Ink;
use super::number::{percent, short};
use super::plot::{HEIGHT, Plot};
use super::subject::Scored;
use crate::judge::metrics;
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// The rows that a threshold flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flagged {
    anomalies: usize,
    normal: usize,
}

/// Both figures; empty unless there are anomalies and normal rows.
pub fn figures(scored: &Scored) -> Result<Markup> {
    let Some(labels) = scored.labels() else {
        return Ok(html! {});
    };
    let (Some(auroc), Some(aucpr)) = (
        metrics::auroc(&scored.scores, labels),
        metrics::aucpr(&scored.scores, labels),
    ) else {
        return Ok(html! {});
    };
    let curve = thresholds(&scored.scores, labels);
    let here = scored.threshold().map(|_| verdicts(scored, labels));
    Ok(html! {
        (roc(&curve, here, auroc)?)
        (precision_recall(&curve, here, aucpr)?)
    })
}

/// The rows that the model's own threshold flags.
fn verdicts(scored: &Scored, labels: &[bool]) -> Flagged {
    let pairs = labels.iter().zip(&scored.flagged);
    let count = |kind| {
        pairs
            .clone()
            .filter(|(label, flag)| (**label, **flag) == (kind, true))
            .count()
    };
    Flagged {
        anomalies: count(true),
        normal: count(false),
    }
}

/// The rows that each threshold flags, from none to all.
fn thresholds(scores: &[f64], labels: &[bool]) -> Vec<Flagged> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| metrics::compare(scores[b], scores[a]));
    let mut flagged = Flagged {
        anomalies: 0,
        normal: 0,
    };
    let mut curve = vec![flagged];
    for tie in order.chunk_by(|&a, &b| metrics::compare(scores[a], scores[b]).is_eq()) {
        let anomalies = tie.iter().filter(|&&row| labels[row]).count();
        flagged.anomalies += anomalies;
        flagged.normal += tie.len() - anomalies;
        curve.push(flagged);
    }
    curve
}

/// The last point of a curve, where all rows are flagged.
fn all(curve: &[Flagged]) -> (f64, f64) {
    let last = curve.last();
    last.map_or((1.0, 1.0), |last| {
        (last.anomalies as f64, last.normal as f64)
    })
}

fn legend(model: String, chance: String, here: Option<Flagged>) -> Vec<(Ink, String)> {
    let mut legend = vec![(Ink::Anomaly, model), (Ink::Chance, chance)];
    legend.extend(here.map(|_| (Ink::Text, "at the threshold".into())));
    legend
}

fn roc(curve: &[Flagged], here: Option<Flagged>, auroc: f64) -> Result<Markup> {
    let (anomalies, normal) = all(curve);
    let least = 1.0 / normal;
    // The axis is logarithmic: a rate of zero is drawn at the left edge, where one false alarm would be.
    let point = |flagged: &Flagged| {
        let rate = flagged.normal as f64 / normal;
        (
            rate.max(least).log10(),
            flagged.anomalies as f64 / anomalies,
        )
    };
    let chance: Vec<(f64, f64)> = (0..=60)
        .map(|i| least.log10() * (1.0 - f64::from(i) / 60.0))
        .map(|rate| (rate, 10f64.powf(rate)))
        .collect();
    let figure = Figure {
        title: "Anomalies found against false alarms",
        legend: legend(
            format!("the model, AUROC {}", short(auroc)),
            "chance (dashed)".into(),
            here,
        ),
        height: HEIGHT,
        reading: "From the false-alarm rate you can live with go up to the line: this share of the anomalies is found. \
                  The axis of rates is logarithmic, because small rates matter; its left end is one false alarm."
            .into(),
    };
    figure.draw(|canvas| {
        let x = Axis::decades("false-alarm rate: share of normal rows flagged", least);
        let y = Axis::linear("share of anomalies flagged", 0.0, 1.02);
        let mut plot = Plot::new(canvas, x, y)?;
        plot.line(&chance, Ink::Chance)?;
        plot.line(&thin(curve.iter().map(point)), Ink::Anomaly)?;
        let here: Vec<_> = here.iter().map(point).collect();
        plot.dots(&here, 5.0, 1.0, Ink::Text)
    })
}

fn precision_recall(curve: &[Flagged], here: Option<Flagged>, aucpr: f64) -> Result<Markup> {
    let (anomalies, normal) = all(curve);
    let share = anomalies / (anomalies + normal);
    let point = |flagged: &Flagged| {
        let flags = flagged.anomalies + flagged.normal;
        let precision = flagged.anomalies as f64 / flags as f64;
        (flagged.anomalies as f64 / anomalies, precision)
    };
    let some = |flagged: &&Flagged| **flagged != curve[0];
    let figure = Figure {
        title: "Right alarms against anomalies found",
        legend: legend(
            format!("the model, AUCPR {}", short(aucpr)),
            format!("chance (dashed), {}", percent(share)),
            here,
        ),
        height: HEIGHT,
        reading: "From the share of anomalies you want to find go up to the line: this share of the alarms is right. \
                  It depends on how common anomalies are among the rows scored."
            .into(),
    };
    figure.draw(|canvas| {
        let x = Axis::linear("recall: share of anomalies flagged", 0.0, 1.02);
        let y = Axis::linear("precision: share of flags right", 0.0, 1.02);
        let mut plot = Plot::new(canvas, x, y)?;
        plot.line(&[(0.0, share), (1.0, share)], Ink::Chance)?;
        let points = curve.iter().filter(some).map(point);
        plot.line(&thin(points), Ink::Anomaly)?;
        let here: Vec<_> = here.iter().filter(some).map(point).collect();
        plot.dots(&here, 5.0, 1.0, Ink::Text)
    })
}

/// Removes points that lie too close to the one before to be distinguished.
fn thin(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    const SEEN: f64 = 2e-3;
    let mut kept: Vec<(f64, f64)> = vec![];
    let mut last = None;
    for (x, y) in points {
        let is_near = |before: &(f64, f64)| (x - before.0).abs().max((y - before.1).abs()) < SEEN;
        if !kept.last().is_some_and(is_near) {
            kept.push((x, y));
        }
        last = Some((x, y));
    }
    kept.extend(last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_fall_together_and_nan_is_flagged_first() {
        let labels = [true, false, true, false];
        let curve = thresholds(&[2.0, 2.0, f64::NAN, 1.0], &labels);
        let counts: Vec<_> = curve.iter().map(|f| (f.anomalies, f.normal)).collect();
        assert_eq!(counts, [(0, 0), (1, 0), (2, 1), (2, 2)]);
    }

    #[test]
    fn a_thin_curve_keeps_its_ends() {
        let points: Vec<(f64, f64)> = (0..=100_000).map(|i| (f64::from(i) / 1e5, 0.5)).collect();
        let thin = thin(points.iter().copied());
        assert!(thin.len() < 600);
        assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
    }
}
