//! What a model must be before it is used or written.

use crate::flow::ir::length;
use crate::model::{Calibration, Combine, Member, Model, Threshold};
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
    members(model)?;
    if let Some(calibration) = &model.calibration {
        rows(calibration, model.dim())?;
    }
    if let Some(p_values) = &model.p_values {
        p_values.check()?;
    }
    threshold(model.threshold)
}

/// As many flows as are combined, each sound and of the model's inputs.
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
            (None, Some(Combine::Tail)) => {
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
    length("features", member.flow.dim, model.features.len())?;
    match &member.preprocessing {
        Some(preprocessing) => preprocessing.check("preprocessing", member.flow.dim),
        None => Ok(()),
    }
}

fn rows(calibration: &Calibration, dim: usize) -> Result<()> {
    let Calibration { rows, i16, i8 } = calibration;
    let is_whole = !rows.is_empty() && rows.len().is_multiple_of(dim);
    let thresholds = [*i16, *i8];
    if is_whole && thresholds.iter().flatten().all(|score| score.is_finite()) {
        return Ok(());
    }
    let message = format!(
        "expected rows of {dim} and finite thresholds, found {} numbers, {thresholds:?}",
        rows.len()
    );
    Err(Error::input("calibration", message))
}

fn threshold(threshold: Option<Threshold>) -> Result<()> {
    match threshold {
        Some(t) if !(t.score.is_finite() && (0.0..=1.0).contains(&t.false_alarm_rate)) => {
            let message = format!("expected a finite score and a rate from 0 to 1, found {t:?}");
            Err(Error::input("threshold", message))
        }
        _ => Ok(()),
    }
}
