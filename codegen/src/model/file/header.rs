//! The JSON header of a model file: the model, with names of tensors in place of numbers.

use crate::flow::ir::{Activation, Form, ScaleMap, Side, Steering};
use crate::model::debounce::Debounce;
use crate::model::{Baseline, Biases, Combine, FrontEnd, Missing, Tail};
use crate::model::{Origin, Threshold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The metadata key that marks a safetensors file as a model file.
pub(super) const KEY: &str = "nice_flow";

/// The format version that is written, unless a model has something that came later.
pub(super) const FORMAT_VERSION: u64 = 2;

/// The newest format version: that of models with a Student-t prior or a mixture of normals with full covariances, which version 2 did
/// not have. What no release reads has a version that no release reads, so that an older release asks for a newer one.
pub(super) const NEWEST_VERSION: u64 = 3;

/// The oldest format version that is read: see [`version1`](super::version1).
const OLDEST_VERSION: u64 = 1;

/// A model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub format_version: u64,
    pub name: String,
    pub dim: usize,
    pub features: Vec<String>,
    /// Numbers in a sample; left out where every vector is one sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Left out where there is none, so that older versions read such files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<FrontEnd>,
    /// Left out where it is the default, so that older versions read such files.
    #[serde(default, skip_serializing_if = "Missing::is_alarm")]
    pub missing: Missing,
    /// Left out where there is none, so that older versions read such files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    pub members: Vec<Member>,
    pub combine: Option<Combine>,
    pub threshold: Option<Threshold>,
    pub p_values: Option<PValues>,
    pub debounce: Option<Debounce>,
    pub calibration: Option<Calibration>,
    /// Left out where it is the default, so that older versions read such files.
    #[serde(default, skip_serializing_if = "Biases::is_words")]
    pub biases: Biases,
    pub origin: Origin,
}

impl Header {
    /// The oldest format version, from [`FORMAT_VERSION`] on, that has all that is in the file.
    pub fn version(&self) -> u64 {
        let members = self.members.iter().map(Member::version);
        members.fold(FORMAT_VERSION, u64::max)
    }

    /// An error if a layer or a prior came later than the format version that the file claims.
    pub fn expect_version(&self) -> crate::Result<()> {
        let (needed, found) = (self.version(), self.format_version);
        // What version 1 has is in version 2 under another header.
        if needed == FORMAT_VERSION || needed <= found {
            return Ok(());
        }
        let message = format!(
            "expected format version {needed}, which has these layers and priors, found {found}"
        );
        Err(crate::Error::input("format_version", message))
    }
}

/// A flow of a model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub preprocessing: Option<Preprocessing>,
    pub layers: Vec<LayerEntry>,
    pub prior: Prior,
    pub tail: Option<Tail>,
    pub training: BTreeMap<String, String>,
}

impl Member {
    /// The oldest format version that has its layers and its prior.
    pub fn version(&self) -> u64 {
        let layers = self.layers.iter().map(LayerEntry::version);
        layers.fold(self.prior.version(), u64::max)
    }
}

/// Scores of normal rows, and how rare each of them is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PValues {
    pub count: usize,
    pub scores: String,
    pub p_values: String,
}

/// A layer; for a coupling, the widths of its networks stand beside the names of their tensors.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum LayerEntry {
    Coupling {
        kept: Vec<usize>,
        changed: Vec<usize>,
        backwards: bool,
        scale: Option<ScaleMap>,
        conditioner: Parameters,
    },
    Autoregressive {
        order: Vec<usize>,
        backwards: bool,
        form: Form,
        scale: ScaleMap,
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

impl LayerEntry {
    /// The oldest format version that has it.
    pub fn version(&self) -> u64 {
        match self {
            Self::Coupling { .. }
            | Self::Autoregressive { .. }
            | Self::Diagonal(_)
            | Self::Permute { .. }
            | Self::Triangular { .. }
            | Self::Dense { .. } => FORMAT_VERSION,
        }
    }
}

/// The transformation from raw units to those of the flow.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Preprocessing {
    /// `(x − mean) / scale`.
    Standardise { mean: String, scale: String },
}

/// Normal rows, and the thresholds of integer scores.
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
    Normalise {
        eps: f64,
    },
    Skip {
        stages: Vec<Stage>,
    },
    Steer {
        width: usize,
        activation: Activation,
        offset: bool,
        how: Steering,
        branches: Vec<[Stage; 2]>,
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
    StudentT {
        location: String,
        precision: String,
        degrees: String,
    },
    FullMixture {
        log_weights: String,
        components: Vec<FullNormal>,
    },
    /// The places of the context behind the last layer, and the prior of the other elements.
    Given {
        context: Vec<usize>,
        prior: Box<Prior>,
    },
}

/// Independent normals.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagonalNormal {
    pub mean: String,
    pub precision: String,
}

/// A normal with any covariance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullNormal {
    pub mean: String,
    pub factor: String,
}

impl Prior {
    /// The oldest format version that has it.
    pub fn version(&self) -> u64 {
        match self {
            Self::Normal | Self::Logistic | Self::DiagonalNormal(_) | Self::Mixture { .. } => {
                FORMAT_VERSION
            }
            Self::StudentT { .. } | Self::FullMixture { .. } => NEWEST_VERSION,
            Self::Given { prior, .. } => prior.version(),
        }
    }
}

/// The format version, or an error if it is not supported. It is read first, since the rest of the header depends on
/// it.
pub(super) fn version(json: &str) -> Result<u64, String> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u64,
    }
    let Version { format_version } =
        serde_json::from_str(json).map_err(|error| error.to_string())?;
    let expected = format!("expected format version {OLDEST_VERSION} to {NEWEST_VERSION}");
    match format_version {
        OLDEST_VERSION..=NEWEST_VERSION => Ok(format_version),
        0 => Err(format!("{expected}, found 0")),
        newer => Err(format!(
            "made by a newer nice-flow: {expected}, found {newer}; this is nice-flow {}, \
             one that reads format version {newer} is needed",
            env!("CARGO_PKG_VERSION")
        )),
    }
}
