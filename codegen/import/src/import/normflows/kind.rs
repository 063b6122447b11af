//! Recognises the kinds of normflows' flows.

use crate::import::Weights;

/// A tensor that only this kind of flow has, and the kind. A name that ends in a dot stands for any tensor below it.
const KINDS: [(&str, Kind); 8] = [
    (
        "autoregressive_net.initial_layer.weight",
        Kind::Autoregressive,
    ),
    ("flows.1.param_map.", Kind::Block),
    ("b", Kind::Masked),
    ("s", Kind::Diagonal),
    ("perm", Kind::Permute),
    ("linear.lower_entries", Kind::Lu),
    ("log_S", Kind::Factors),
    ("W", Kind::Matrix),
];

/// A kind of flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `AffineCouplingBlock`.
    Block,
    /// `MaskedAffineAutoregressive`.
    Autoregressive,
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

/// The kind of flow that the tensors below `at` belong to.
pub(super) fn kind(weights: &Weights, at: &str) -> Option<Kind> {
    let mut kinds = KINDS.iter();
    let found = kinds.find(|(name, _)| match name.strip_suffix('.') {
        Some(name) => weights.holds_below(&format!("{at}.{name}")),
        None => weights.has(&format!("{at}.{name}")),
    });
    found.map(|(_, kind)| *kind)
}
