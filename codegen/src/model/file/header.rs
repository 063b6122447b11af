//! The JSON in a model file: the model with names of tensors in place of their numbers.

use crate::flow::ir::{Activation, ScaleMap, Side};
use crate::model::debounce::Debounce;
use crate::model::ensemble::{Combine, Tail};
use crate::model::{Origin, Threshold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The metadata key that makes a safetensors file a model file.
pub(super) const KEY: &str = "nice_flow";

/// What this version writes, and the only one it reads.
pub(super) const FORMAT_VERSION: u64 = 1;

/// A model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub format_version: u64,
    pub name: String,
    pub dim: usize,
    pub features: Vec<String>,
    pub preprocessing: Option<Preprocessing>,
    pub layers: Vec<Layer>,
    pub prior: Prior,
    pub threshold: Option<Threshold>,
    pub p_values: Option<PValues>,
    pub debounce: Option<Debounce>,
    // Left out where there is none: older files have no such key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    pub origin: Origin,
    pub training: BTreeMap<String, String>,
}

/// Scores of normal rows and how rare each is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PValues {
    pub count: usize,
    pub scores: String,
    pub p_values: String,
}

/// An ensemble.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnsembleHeader {
    pub format_version: u64,
    pub members: Vec<MemberHeader>,
    // Missing in older files.
    #[serde(default)]
    pub combine: Combine,
    pub threshold: Option<Threshold>,
    pub p_values: Option<PValues>,
    pub debounce: Option<Debounce>,
    pub calibration: Option<Calibration>,
}

/// A member of an ensemble.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberHeader {
    pub model: Header,
    pub tail: Tail,
}

/// A layer; a coupling's networks have their widths beside their names.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Layer {
    Coupling {
        kept: Vec<usize>,
        changed: Vec<usize>,
        backwards: bool,
        scale: Option<ScaleMap>,
        conditioner: Parameters,
    },
    Diagonal(Diagonal),
    Permute {
        order: Vec<usize>,
    },
    Triangular {
        side: Side,
        matrix: String,
    },
    Dense {
        matrix: String,
        shift: String,
        log_det: f64,
    },
}

/// From raw units to the flow's.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Preprocessing {
    /// `(x − mean) / scale`.
    Standardise { mean: String, scale: String },
}

/// Normal rows, and thresholds of integer scores.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calibration {
    pub count: usize,
    pub rows: String,
    pub i16: Option<f64>,
    pub i8: Option<f64>,
}

/// `(x − center) · factor`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Diagonal {
    pub center: String,
    pub factor: String,
}

/// One network or two.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Parameters {
    Joint(Vec<Stage>),
    Separate {
        shift: Vec<Stage>,
        scale: Vec<Stage>,
    },
}

/// A step of a network.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Stage {
    Linear {
        inputs: usize,
        outputs: usize,
        weight: String,
        bias: String,
    },
    Activation {
        function: Activation,
    },
    Scale {
        width: usize,
        factor: String,
        shift: String,
    },
    Skip {
        stages: Vec<Stage>,
    },
}

/// A prior.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Prior {
    Normal,
    Logistic,
    DiagonalNormal(DiagonalNormal),
    Mixture {
        log_weights: String,
        components: Vec<DiagonalNormal>,
    },
}

/// Independent normals.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagonalNormal {
    pub mean: String,
    pub precision: String,
}

/// Whether the JSON is an ensemble's.
pub(super) fn is_ensemble(json: &str) -> bool {
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "members")]
        _members: serde::de::IgnoredAny,
    }
    serde_json::from_str::<Members>(json).is_ok()
}

/// What is wrong unless this version reads the format: asked before all else, which may have changed.
pub(super) fn check_version(json: &str) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u64,
    }
    match serde_json::from_str(json) {
        Err(error) => Err(error.to_string()),
        Ok(Version { format_version }) if format_version == FORMAT_VERSION => Ok(()),
        Ok(Version { format_version }) => {
            let newer = format_version > FORMAT_VERSION;
            let who = if newer {
                "made by a newer nice-flow: "
            } else {
                ""
            };
            let expected = format!("expected format version {FORMAT_VERSION}");
            Err(format!("{who}{expected}, found {format_version}"))
        }
    }
}
