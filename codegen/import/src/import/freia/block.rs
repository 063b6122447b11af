//! The supported kinds of FrEIA modules.

/// A module of `module_list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Nice,
    Glow,
    Rnvp,
    AllInOne,
    Permute,
    ActNorm,
    /// Another module.
    Unknown,
}

impl Block {
    /// Whether the block clamps its scales.
    pub(super) fn is_clamped(self) -> bool {
        matches!(self, Self::Glow | Self::Rnvp | Self::AllInOne)
    }
}
