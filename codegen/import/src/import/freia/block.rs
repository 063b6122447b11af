//! The kinds of FrEIA modules that are read.

/// A module of `module_list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Nice,
    Glow,
    Rnvp,
    AllInOne,
    Permute,
    ActNorm,
}

impl Block {
    /// Whether it clamps a scale.
    pub(super) fn is_clamped(self) -> bool {
        matches!(self, Self::Glow | Self::Rnvp | Self::AllInOne)
    }
}
