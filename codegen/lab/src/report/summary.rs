//! The first screen of the page: what the model is and how well it did, in plain words.

use super::number::{count, percent, share, short};
use super::subject::Scored;
use crate::judge::{likeness, metrics};
use maud::{Markup, html};
use nice_flow_codegen::model::Combine;
use nice_flow_codegen::model::unit::Unit;
use nice_flow_codegen::text::{agreeing, counted};

/// Key figures, then sentences.
pub fn section(scored: &Scored) -> Markup {
    html! {
        ul.tiles { @for (figure, what) in tiles(scored) { li { b { (figure) } " " (what) } } }
        @if let Some(sentence) = unlike(scored) { p.note { (sentence) } }
        @for sentence in sentences(scored) { p { (sentence) } }
    }
}

/// The number of flagged rows with this label, and of all rows with it.
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
    if let Some(threshold) = scored.threshold() {
        let rate = percent(threshold.false_alarm_rate);
        tiles.push((rate, "false alarms promised"));
        tiles.extend(rates(scored));
    }
    let labels = scored.labels();
    let auroc = labels.and_then(|labels| metrics::auroc(&scored.scores, labels));
    tiles.extend(auroc.map(|auroc| (format!("{auroc:.4}"), "AUROC")));
    tiles
}

/// The share of each kind of row that is flagged, for kinds that occur.
fn rates(scored: &Scored) -> impl Iterator<Item = (String, &'static str)> {
    let kinds = [(false, "false alarms seen"), (true, "of anomalies found")];
    let counts = kinds.map(|(anomalous, what)| (flagged(scored, anomalous), what));
    let counts = counts.into_iter().filter(|((_, rows), _)| *rows > 0);
    counts.map(|((part, rows), what)| (percent(part as f64 / rows as f64), what))
}

fn sentences(scored: &Scored) -> Vec<String> {
    let mut sentences = vec![what(scored), meaning(scored), verdicts(scored)];
    sentences.extend(labelled(scored));
    let broken = scored.broken();
    if broken > 0 {
        sentences.push(format!(
            "{} {} no finite score, because a value is missing, not a number or far out of range, and {} as flagged.",
            count(broken),
            agreeing(broken, "row has", "rows have"),
            agreeing(broken, "counts", "count")
        ));
    }
    sentences
}

/// Which columns of the rows are not like those of the normal rows that the model keeps.
fn unlike(scored: &Scored) -> Option<String> {
    let (model, data) = (scored.model(), &scored.subject.data.table);
    let changes = likeness::changes(&model.features, model.kept_rows(), &data.normal_rows());
    let rate = scored
        .threshold()
        .map_or(1.0, |threshold| threshold.false_alarm_rate);
    let alarming =
        data.labels.is_none() && likeness::is_alarming(all_flagged(scored), data.rows, rate);
    let sentence = likeness::sentence(&changes, alarming)?;
    let (first, rest) = sentence.split_at(1);
    Some(format!("{}{rest}.", first.to_uppercase()))
}

fn what(scored: &Scored) -> String {
    let (model, flows) = (scored.model(), scored.flows());
    let kind = match flows {
        1 => "a normalizing flow with".into(),
        _ => format!("an ensemble of {flows} normalizing flows with together"),
    };
    format!(
        "{} is {kind} {} parameters: it has learned how likely each combination of its {} is in normal \
         operation. Its prior is a {}.",
        model.name,
        count(model.parameters()),
        counted(model.dim(), "feature"),
        model.first().flow.prior.kind()
    )
}

/// What a score means.
fn meaning(scored: &Scored) -> String {
    let mixed = match scored.flows() {
        1 => "",
        _ => " p is the mean of the flows' densities.",
    };
    match scored.unit() {
        Unit::Nats => format!(
            "The score of a row is −ln p, in nats: the higher, the less likely; each nat more is a factor of e less \
             likely.{mixed}"
        ),
        Unit::TailScores if scored.model().combine == Some(Combine::Max) => "The score of a row is a tail score u, the \
             higher, the rarer. Each flow says how large a share of normal rows is at least as unlikely as this one; u is −ln of \
             the smallest of these shares. A row at 0 is as likely as the likeliest."
            .into(),
        Unit::TailScores => "The score of a row is a tail score u, the higher, the rarer. Each flow says how large a share \
             of normal rows is at least as unlikely as this one; u is −ln of that share, averaged over the flows. Of normal \
             rows about 5\u{a0}% score above 3, and each 1 more is a factor of e rarer: \
             P(u\u{a0}>\u{a0}3\u{a0}+\u{a0}x)\u{a0}≈\u{a0}0.05\u{a0}·\u{a0}e⁻ˣ. A row at 0 is as likely as the likeliest."
            .into(),
    }
}

fn verdicts(scored: &Scored) -> String {
    let flagged = share(all_flagged(scored), scored.scores.len());
    let file = &scored.subject.data.file;
    match scored.threshold() {
        Some(threshold) => format!(
            "In {file}, {flagged} rows score above the threshold of {} {} and are flagged. The threshold was calibrated so \
             that at most {} of new normal rows are, if they are like the rows it was calibrated on.",
            short(threshold.score),
            scored.unit(),
            percent(threshold.false_alarm_rate)
        ),
        None => format!(
            "The model has no threshold yet (nice-flow calibrate gives it one), so of the rows in {file} only those without \
             a finite score are flagged: {flagged}."
        ),
    }
}

fn labelled(scored: &Scored) -> Vec<String> {
    let Some(labels) = scored.labels() else {
        return vec![];
    };
    let mut sentences = vec![];
    if scored.threshold().is_some() {
        let (normal, anomalies) = (flagged(scored, false), flagged(scored, true));
        sentences.push(format!(
            "Of the rows labelled normal {} are flagged (false alarms), of those labelled anomalous {}.",
            share(normal.0, normal.1),
            share(anomalies.0, anomalies.1)
        ));
    }
    let areas = metrics::auroc(&scored.scores, labels).zip(metrics::aucpr(&scored.scores, labels));
    sentences.push(match areas {
        Some((auroc, aucpr)) => format!(
            "AUROC {auroc:.4}: so often an anomalous row scores higher than a normal one, whatever the threshold \
             (0.5 is chance, 1 perfect). AUCPR {aucpr:.4}: the share of right alarms, averaged over the anomalies \
             from the strangest on."
        ),
        None => "AUROC needs rows of both kinds.".into(),
    });
    sentences
}
