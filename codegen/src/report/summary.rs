//! The page's first screen: what the model is and how it did, in plain words.

use super::number::{count, percent, share, short};
use super::subject::Scored;
use crate::metrics;
use maud::{Markup, html};

/// Key figures, then sentences.
pub fn section(scored: &Scored) -> Markup {
    html! {
        ul.tiles { @for (figure, what) in tiles(scored) { li { b { (figure) } " " (what) } } }
        @for sentence in sentences(scored) { p { (sentence) } }
    }
}

/// Flagged rows of those with a label; without labels all rows count as normal ones.
fn flagged(scored: &Scored, anomalous: bool) -> (usize, usize) {
    let labels = scored.labels().unwrap_or(&[]);
    let rows = labels
        .iter()
        .zip(&scored.flagged)
        .filter(|(label, _)| **label == anomalous);
    (
        rows.clone().filter(|(_, flag)| **flag).count(),
        rows.count(),
    )
}

fn all_flagged(scored: &Scored) -> usize {
    scored.flagged.iter().filter(|flag| **flag).count()
}

fn tiles(scored: &Scored) -> Vec<(String, &'static str)> {
    let mut tiles = vec![
        (count(scored.scores.len()), "rows scored"),
        (count(all_flagged(scored)), "flagged"),
    ];
    let threshold = scored.subject.model.threshold;
    tiles.extend(threshold.map(|t| (percent(t.false_alarm_rate), "false alarms promised")));
    let Some(labels) = scored.labels() else {
        return tiles;
    };
    let rate = |(part, whole): (usize, usize)| percent(part as f64 / whole as f64);
    let (normal, anomalies) = (flagged(scored, false), flagged(scored, true));
    if normal.1 > 0 {
        tiles.push((rate(normal), "false alarms seen"));
    }
    if anomalies.1 > 0 {
        tiles.push((rate(anomalies), "of anomalies found"));
    }
    let auroc = metrics::auroc(&scored.scores, labels);
    tiles.extend(auroc.map(|auroc| (format!("{auroc:.4}"), "AUROC")));
    tiles
}

fn sentences(scored: &Scored) -> Vec<String> {
    let mut sentences = vec![what(scored)];
    sentences.push(verdicts(scored));
    sentences.extend(labelled(scored));
    let broken = scored
        .scores
        .iter()
        .filter(|score| !score.is_finite())
        .count();
    if broken > 0 {
        sentences.push(format!(
            "{} rows have no finite score, because a value is missing, not a number or far out of range; they count as flagged.",
            count(broken)
        ));
    }
    sentences
}

fn what(scored: &Scored) -> String {
    let (model, prior) = (
        &scored.subject.model,
        scored.subject.model.flow.prior.kind(),
    );
    format!(
        "{} is a normalizing flow with {} trained numbers: it has learned how likely each combination of its {} features \
         is in normal operation. The score of a row is −ln p, in nats: the higher, the less likely; each nat more is a \
         factor of e less likely. It maps normal rows to a {prior} distribution.",
        model.name,
        count(model.flow.parameters()),
        model.flow.dim
    )
}

fn verdicts(scored: &Scored) -> String {
    let flagged = share(all_flagged(scored), scored.scores.len());
    let file = &scored.subject.data.file;
    match scored.subject.model.threshold {
        Some(threshold) => format!(
            "In {file}, {flagged} rows score above the threshold of {} nats and are flagged. The threshold was calibrated so \
             that at most {} of new normal rows are, if they are like the rows it was calibrated on.",
            short(threshold.score),
            percent(threshold.false_alarm_rate)
        ),
        None => format!(
            "The model has no threshold yet (nice-flow calibrate gives it one), so of the rows in {file} only those without \
             a finite score are flagged: {flagged}."
        ),
    }
}

fn labelled(scored: &Scored) -> Option<String> {
    let labels = scored.labels()?;
    let (normal, anomalies) = (flagged(scored, false), flagged(scored, true));
    let found = format!(
        "Of the rows labelled normal {} are flagged (false alarms), of those labelled anomalous {}.",
        share(normal.0, normal.1),
        share(anomalies.0, anomalies.1)
    );
    let areas = metrics::auroc(&scored.scores, labels).zip(metrics::aucpr(&scored.scores, labels));
    Some(match areas {
        Some((auroc, aucpr)) => format!(
            "{found} AUROC {auroc:.4}: so often an anomalous row scores higher than a normal one, whatever the threshold \
             (0.5 is chance, 1 perfect). AUCPR {aucpr:.4} (average precision)."
        ),
        None => format!("{found} AUROC needs rows of both kinds."),
    })
}
