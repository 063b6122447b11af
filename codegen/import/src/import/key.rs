//! The keys of `--set`.

/// A key of `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name, left of the equals sign.
    pub name: &'static str,
    /// The values that it can take, right of the equals sign.
    pub values: &'static str,
    /// What it chooses.
    pub meaning: &'static str,
}

/// The key that every layout accepts.
pub(super) const ROOT: Key = Key {
    name: "root",
    values: "PREFIX",
    meaning: "the model's place in the file, such as model_state_dict",
};
