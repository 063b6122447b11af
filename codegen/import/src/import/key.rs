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

/// The keys that every layout accepts.
pub(super) const EVERYWHERE: [Key; 2] = [ROOT, DIRECTION];

/// The direction in which the file's layers run.
pub(crate) const DIRECTION: Key = Key {
    name: "direction",
    values: "x_to_z|z_to_x",
    meaning: "z_to_x turns the flow round: what the library calls its inverse gives the density",
};

/// The place of the model.
pub(super) const ROOT: Key = Key {
    name: "root",
    values: "PREFIX",
    meaning: "the model's place in the file, such as model_state_dict",
};
