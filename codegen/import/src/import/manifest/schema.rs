//! The structure of a manifest in TOML.

mod ops;
mod prior;

pub(in crate::import) use crate::checkpoint::Container;
pub(in crate::import) use ops::*;
pub(in crate::import) use prior::{Prior, PriorKind};
use serde::{Deserialize, Serialize};

/// A flow from data to latent, in which every number is a literal or the name of a tensor.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Schema {
    pub schema: String,
    pub name: String,
    pub dim: usize,
    pub direction: Direction,
    pub features: Option<Vec<String>>,
    /// Names of inputs behind the `dim` features that the flow is given: networks with a step `given` read them, and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// Steps from the context to what networks read in its place; linear ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embedding: Vec<Step>,
    pub source: Source,
    pub prior: Prior,
    pub probe: Option<Probe>,
    pub threshold: Option<Threshold>,
    pub non_finite: Option<String>,
    /// Constant that the author's Python adds to the `ln p` that it prints, in nats; it is subtracted from a probe.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub log_prob_constant: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre: Vec<Op>,
    pub ops: Vec<Op>,
}

fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Source {
    pub file: Option<String>,
    pub container: Container,
    #[serde(default)]
    pub root: String,
    pub layout: Option<String>,
    /// The version of the library, where several use the same names; for people.
    pub library_variant: Option<String>,
    pub sha256: Option<String>,
    /// Tensors that no op uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
}

/// Whether the ops turn data into latents, or latents into data.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Direction {
    XToZ,
    ZToX,
}

/// `probe = "none"`, or a file beside the manifest.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(untagged)]
pub(in crate::import) enum Probe {
    Word(String),
    File(ProbeFile),
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ProbeFile {
    pub file: String,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Threshold {
    /// The limit of `−ln p`, in nats.
    pub score: f64,
    pub space: Space,
    pub false_alarm_rate: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Space {
    Model,
    Raw,
}
