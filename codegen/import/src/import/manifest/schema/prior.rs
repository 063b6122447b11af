//! The density of the latent vector.

use super::Key;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Prior {
    pub kind: PriorKind,
    pub loc_tensor: Option<Key>,
    pub log_scale_tensor: Option<Key>,
    /// Used in place of `log_scale_tensor`.
    pub scale_tensor: Option<Key>,
    /// Added to each scale.
    pub scale_eps: Option<f64>,
    /// Covariances, one for each component.
    pub covariance_tensor: Option<Key>,
    /// Their inverses.
    pub precision_tensor: Option<Key>,
    /// Lower triangular `L` with `L Lᵀ` the covariance.
    pub scale_tril_tensor: Option<Key>,
    /// What is below the diagonal of `L`, row by row; the scales are its diagonal.
    pub lower_tensor: Option<Key>,
    /// The logarithms of a mixture's weights, up to a constant.
    pub weight_tensor: Option<Key>,
    /// The weights themselves, up to a factor.
    pub probs_tensor: Option<Key>,
    /// Degrees of freedom of every element.
    pub df: Option<f64>,
    /// Degrees of freedom, one for each element or one for all.
    pub df_tensor: Option<Key>,
    /// Their logarithms.
    pub log_df_tensor: Option<Key>,
    /// Numbers whose softplus they are.
    pub softplus_df_tensor: Option<Key>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum PriorKind {
    Normal,
    Logistic,
    /// Of normals, each with its own row of `loc_tensor` and of the scales, or its own covariance.
    Mixture,
    /// Independent ones.
    StudentT,
}
