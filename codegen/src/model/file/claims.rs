//! Checks of a model's metadata: names, thresholds, rows, texts.

use super::single::{expect_normal, is_single};
use super::sizes;
use crate::error::expect_line;
use crate::flow::ir::{Layer, length};
use crate::model::{
    Calibration, Combine, FrontEnd, Member, Missing, Model, Threshold, expect_channels,
    expect_samples,
};
use crate::{Error, Result};

/// An error unless the model can be used: see also [`Flow::check`](crate::flow::ir::Flow::check).
pub(super) fn check(model: &Model) -> Result<()> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if model.name.is_empty() || !model.name.chars().all(is_word) {
        let message = format!(
            "expected letters, digits and underscores, found {:?}",
            model.name
        );
        return Err(Error::input("name", message));
    }
    sizes::check(model)?;
    members(model)?;
    expect_channels(model.dim(), model.channels)?;
    expect_samples(model.baseline, model.missing, model.dim(), model.channels)?;
    if let Some(front) = &model.front_end {
        front_end(front, model)?;
    }
    texts(model)?;
    if let Some(calibration) = &model.calibration {
        rows(calibration, model)?;
    }
    if let Some(p_values) = &model.p_values {
        p_values.check()?;
    }
    threshold(model.threshold)
}

/// An error unless the runtime has the front end, and the model takes what comes out of it, once a window.
fn front_end(front: &FrontEnd, model: &Model) -> Result<()> {
    front.check()?;
    front.check_features(&model.features)?;
    length("channels", model.dim(), model.channels)?;
    let beside = match (model.baseline, model.missing) {
        (Some(_), _) => "baseline",
        (None, Missing::Hold(_) | Missing::Ignore) => "missing",
        (None, Missing::Alarm) => return Ok(()),
    };
    let message = "expected none beside a front end, which takes samples as they are";
    Err(Error::input(beside, message))
}

/// An error unless the number of flows fits `combine`, and each flow is valid and has the model's inputs.
fn members(model: &Model) -> Result<()> {
    match (model.combine, model.members.len()) {
        (_, 0) => return Err(Error::input("members", "expected members, found none")),
        (None, count @ 2..) => {
            let message = format!("expected one flow where nothing is combined, found {count}");
            return Err(Error::input("members", message));
        }
        _ => (),
    }
    for (index, member) in model.members.iter().enumerate() {
        let place = format!("members.{index}");
        flow(model, member).map_err(|error| match model.combine {
            None => error,
            Some(_) => error.within(&place),
        })?;
        match (member.tail, model.combine) {
            (Some(tail), _) => tail.check(&format!("{place}.tail"))?,
            (None, Some(Combine::Tail | Combine::Max)) => {
                let message = "expected a tail, since scores are combined by tails, found none";
                return Err(Error::input(place, message));
            }
            (None, _) => (),
        }
    }
    Ok(())
}

fn flow(model: &Model, member: &Member) -> Result<()> {
    member.flow.check()?;
    for (index, layer) in member.flow.layers.iter().enumerate() {
        if let Layer::Diagonal(diagonal) = layer {
            expect_normal(&format!("layers.{index}.factor"), &diagonal.factor)?;
        }
    }
    length("features", member.flow.dim, model.features.len())?;
    if let Some(preprocessing) = &member.preprocessing {
        preprocessing.check("preprocessing", member.flow.dim)?;
        // The factors are the reciprocals of what the file holds.
        expect_normal("1 / preprocessing.scale", &preprocessing.factor)?;
    }
    context(model, member)
}

/// An error unless nothing changes the context, which is that of the first flow.
fn context(model: &Model, member: &Member) -> Result<()> {
    member.flow.check_context()?;
    let mut found = member.flow.context();
    found.sort_unstable();
    let expected = model.context();
    if found != expected {
        let message =
            format!("expected the context {expected:?} of the first flow, found {found:?}");
        return Err(Error::input("prior.context", message));
    }
    if found.is_empty() {
        return Ok(());
    }
    let standard = member.preprocessing.iter();
    let mut numbers = standard.flat_map(|d| found.iter().map(|&i| (d.center[i], d.factor[i])));
    if let Some(other) = numbers.find(|numbers| *numbers != (0.0, 1.0)) {
        let message = format!(
            "expected mean 0 and scale 1 of a context, which networks read as it is, found {other:?}"
        );
        return Err(Error::input("preprocessing", message));
    }
    match (model.baseline, &model.front_end) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(Error::input(
            "baseline",
            "expected none beside a context, whose level means something",
        )),
        (None, Some(_)) => Err(Error::input(
            "front_end",
            "expected none beside a context, which has no raw signal",
        )),
    }
}

/// An error unless every text is a single line, since it is shown and generated as one, and the hash is a SHA-256.
fn texts(model: &Model) -> Result<()> {
    let origin = &model.origin;
    expect_line("origin.file", &origin.file)?;
    expect_line("origin.layout", &origin.layout)?;
    for (index, name) in model.features.iter().enumerate() {
        expect_line(&format!("features.{index}"), name)?;
    }
    for (key, value) in model.members.iter().flat_map(|member| &member.training) {
        expect_line("training", key)?;
        expect_line(&format!("training.{key}"), value)?;
    }
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    match origin.sha256.as_str() {
        "" | "none" => Ok(()),
        hash if is_hash(hash) => Ok(()),
        other => {
            let message = format!("expected 64 hexadecimal digits, or none, found {other:?}");
            Err(Error::input("origin.sha256", message))
        }
    }
}

/// An error unless there are whole rows that can be used to scale integers, and the thresholds of integers are finite.
fn rows(calibration: &Calibration, model: &Model) -> Result<()> {
    let Calibration { rows, i16, i8 } = calibration;
    let dim = model.dim();
    let is_whole = !rows.is_empty() && rows.len().is_multiple_of(dim);
    let thresholds = [*i16, *i8];
    if !(is_whole && thresholds.iter().flatten().all(|score| is_single(*score))) {
        let message = format!(
            "expected rows of {dim} and finite thresholds within f32, found {} numbers, {thresholds:?}",
            rows.len()
        );
        return Err(Error::input("calibration", message));
    }
    match model.usable(rows).iter().position(|usable| !usable) {
        None => Ok(()),
        Some(row) => {
            let message = format!(
                "row {row} (the first is 0): expected finite numbers, and a score within f32, found {:?}",
                &rows[row * dim..][..dim]
            );
            Err(Error::input("calibration.rows", message))
        }
    }
}

/// An error unless a generated module can represent the threshold.
fn threshold(threshold: Option<Threshold>) -> Result<()> {
    match threshold {
        Some(t) if !(is_single(t.score) && (0.0..=1.0).contains(&t.false_alarm_rate)) => {
            let message =
                format!("expected a finite score within f32 and a rate from 0 to 1, found {t:?}");
            Err(Error::input("threshold", message))
        }
        _ => Ok(()),
    }
}
