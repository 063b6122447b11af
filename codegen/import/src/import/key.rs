//! What `--set` may say of a checkpoint.

/// A key of `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Before the equals sign.
    pub name: &'static str,
    /// What may stand after it.
    pub values: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// The key that every layout understands.
pub(super) const ROOT: Key = Key {
    name: "root",
    values: "PREFIX",
    meaning: "the model's place in the file, such as model_state_dict",
};
