//! Says in words why a recipe was chosen.

use super::gain::{Gain, LARGE_GAIN, SURE};
use super::members::Lesson;
use super::recipe::Recipe;
use super::request::Request;
use nice_flow_codegen::text::{agreeing, counted};

/// Options asked for it.
pub(super) fn asked(lesson: &Lesson, request: &Request) -> String {
    let first = match (request.recipe, request.budget) {
        (Some(_), _) => "asked for by --recipe".into(),
        (None, Some(_)) => "made to fit --budget".into(),
        (None, None) => rows(lesson),
    };
    let alone = match (lesson.dim(), lesson.context) {
        (1, 0) => "; a single feature has no couplings",
        _ => "",
    };
    changed(first, request) + alone
}

/// So many labelled anomalies chose it.
pub(super) fn labelled(anomalies: usize, usual: &Recipe, chosen: &Recipe) -> String {
    let thing = agreeing(anomalies, "labelled anomaly", "labelled anomalies");
    let merit = match chosen.name == usual.name {
        true => "no other kind has a higher AUROC against held-out rows, less one standard error of the gain".into(),
        false => format!(
            "the highest AUROC against held-out rows, less one standard error of the gain over {}",
            usual.name
        ),
    };
    format!("chosen by {anomalies} {thing}: {merit}")
}

/// Held-out rows prefer it to the usual recipe.
pub(super) fn preferred(rival: &Recipe, gain: Gain, usual: &Recipe) -> String {
    format!("{}: {}", means(rival), gain.against(usual.name))
}

/// A reason for the kind of flow, with the options that changed its sizes.
pub(super) fn changed(reason: String, request: &Request) -> String {
    match request.changes().as_slice() {
        [] => reason,
        changes => format!("{reason}; changed by {}", changes.join(" and ")),
    }
}

/// A reason for another recipe than the usual one, with the reason why that is not among those to choose from.
pub(super) fn without_usual(reason: String, missed: Option<&Recipe>) -> String {
    match missed {
        None => reason,
        Some(missed) => format!("{reason}; {}", diverged(missed)),
    }
}

fn diverged(usual: &Recipe) -> String {
    format!("training of the usual recipe, {}, diverged", usual.name)
}

/// It is the usual one, or stands in for it if that is `missed`, and held-out rows prefer none of its rivals.
pub(super) fn usual(
    lesson: &Lesson,
    usual: &Recipe,
    missed: Option<&Recipe>,
    rivals: &[(Recipe, Gain)],
) -> String {
    let first = if let Some(missed) = missed {
        diverged(missed)
    } else if usual.is_for_logs() {
        format!("for a log (rows with times) of {} rows", lesson.rows.len())
    } else if usual.triangle {
        let rows = rows(lesson);
        format!("triangular layer first: {rows}, networks would be too narrow to relate them")
    } else {
        rows(lesson)
    };
    let dim = lesson.dim();
    let without = rivals
        .iter()
        .map(|(rival, gain)| without(rival, *gain, usual, dim));
    let reasons: Vec<String> = std::iter::once(first).chain(without).collect();
    reasons.join("; ")
}

fn rows(lesson: &Lesson) -> String {
    let given = match lesson.context {
        0 => String::new(),
        context => format!(" given {}", counted(context, "number")),
    };
    let features = counted(lesson.dim(), "feature");
    format!("for {} rows of {features}{given}", lesson.rows.len())
}

/// What a rival has that the usual recipe has not.
fn means(rival: &Recipe) -> &'static str {
    match rival.triangle {
        true => "triangular layer first",
        false => "mixture of normals",
    }
}

/// Why a rival is not preferred.
fn without(rival: &Recipe, gain: Gain, usual: &Recipe, dim: usize) -> String {
    let least = LARGE_GAIN * dim as f64;
    let lacking = if gain.is_sure() {
        format!(", less than the {least:.2} nats that it takes, {LARGE_GAIN} a feature")
    } else if gain.is_positive() {
        format!(", and it takes {SURE} standard errors to be sure")
    } else {
        String::new()
    };
    let gain = gain.against(usual.name);
    format!("no {}: with one, {gain}{lacking}", means(rival))
}
