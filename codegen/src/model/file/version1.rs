//! The format of nice-flow 0.1.0, in which a flow and an ensemble were separate kinds of file.

use super::header::{Calibration, Header, LayerEntry, Member, PValues, Preprocessing, Prior};
use super::strict;
use crate::model::debounce::Debounce;
use crate::model::{Biases, Combine, Missing, Origin, Tail, Threshold};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A flow.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    format_version: u64,
    name: String,
    dim: usize,
    features: Vec<String>,
    preprocessing: Option<Preprocessing>,
    layers: Vec<LayerEntry>,
    prior: Prior,
    threshold: Option<Threshold>,
    p_values: Option<PValues>,
    debounce: Option<Debounce>,
    #[serde(default)]
    calibration: Option<Calibration>,
    origin: Origin,
    training: BTreeMap<String, String>,
}

/// An ensemble.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    format_version: u64,
    members: Vec<WithTail>,
    // The first files did not have this key.
    #[serde(default)]
    combine: Combine,
    threshold: Option<Threshold>,
    p_values: Option<PValues>,
    debounce: Option<Debounce>,
    calibration: Option<Calibration>,
}

/// A member of an ensemble.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithTail {
    model: One,
    tail: Tail,
}

/// The header of the present format with the same content.
pub(super) fn header(json: &str) -> Result<Header> {
    if is_ensemble(json) {
        strict::header(json).and_then(several)
    } else {
        strict::header(json).map(one)
    }
}

fn is_ensemble(json: &str) -> bool {
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "members")]
        _members: serde::de::IgnoredAny,
    }
    serde_json::from_str::<Members>(json).is_ok()
}

fn one(one: One) -> Header {
    Header {
        format_version: one.format_version,
        name: one.name,
        dim: one.dim,
        features: one.features,
        channels: None,
        front_end: None,
        missing: Missing::Alarm,
        baseline: None,
        members: vec![Member {
            preprocessing: one.preprocessing,
            layers: one.layers,
            prior: one.prior,
            tail: None,
            training: one.training,
        }],
        combine: None,
        threshold: one.threshold,
        p_values: one.p_values,
        debounce: one.debounce,
        calibration: one.calibration,
        biases: Biases::default(),
        origin: one.origin,
    }
}

fn several(several: Several) -> Result<Header> {
    let versions = several
        .members
        .iter()
        .map(|member| member.model.format_version);
    if let Some((index, version)) = versions.enumerate().find(|(_, version)| *version != 1) {
        let message = format!("expected format version 1, found {version}");
        return Err(Error::input(
            format!("members.{index}.format_version"),
            message,
        ));
    }
    let mut members = several.members.into_iter();
    let Some(first) = members.next() else {
        return Err(Error::input("members", "expected members, found none"));
    };
    let mut whole = Header {
        format_version: several.format_version,
        combine: Some(several.combine),
        threshold: several.threshold,
        p_values: several.p_values,
        debounce: several.debounce,
        calibration: several.calibration,
        ..one(first.model)
    };
    whole.members[0].tail = Some(first.tail);
    for (index, WithTail { model, tail }) in members.enumerate() {
        if (model.dim, &model.features) != (whole.dim, &whole.features) {
            let message = "expected the features of the first member, found others";
            return Err(Error::input(format!("members.{}", index + 1), message));
        }
        let tail = Some(tail);
        whole.members.extend(
            one(model)
                .members
                .into_iter()
                .map(|member| Member { tail, ..member }),
        );
    }
    Ok(whole)
}
