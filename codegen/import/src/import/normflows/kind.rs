//! Which flow tensors belong to.

use crate::import::Weights;

/// What a flow is, by a tensor that no other kind has.
const KINDS: [(&str, Kind); 7] = [
    ("flows.1.param_map.net.0.weight", Kind::Block),
    ("b", Kind::Masked),
    ("s", Kind::Diagonal),
    ("perm", Kind::Permute),
    ("linear.lower_entries", Kind::Lu),
    ("log_S", Kind::Factors),
    ("W", Kind::Matrix),
];

/// A flow of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `AffineCouplingBlock`.
    Block,
    /// `MaskedAffineFlow`.
    Masked,
    /// `ActNorm`, `AffineConstFlow`.
    Diagonal,
    /// `Permute(mode='shuffle')`.
    Permute,
    /// `LULinearPermute`.
    Lu,
    /// `InvertibleAffine`.
    Factors,
    /// `InvertibleAffine(use_lu=False)`.
    Matrix,
}

/// What the tensors below `at` belong to.
pub(super) fn kind(weights: &Weights, at: &str) -> Option<Kind> {
    let mut kinds = KINDS.iter();
    let found = kinds.find(|(name, _)| weights.has(&format!("{at}.{name}")));
    found.map(|(_, kind)| *kind)
}
