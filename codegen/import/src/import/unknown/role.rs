//! What a net is for, by the words of its name.

/// What a part of a net is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Shift,
    Scale,
    Trunk,
}

/// Words of names of nets that give raw scales, and of those that give shifts.
pub(super) const WORDS: [(Role, &[&str]); 2] = [
    (
        Role::Scale,
        &["s", "scale", "logscale", "sigma", "std", "alpha", "snet"],
    ),
    (
        Role::Shift,
        &[
            "t",
            "shift",
            "translate",
            "translation",
            "mu",
            "mean",
            "loc",
            "b",
            "tnet",
            "bias",
        ],
    ),
];

/// The role that a word of the name of a module tells.
pub(super) fn role_of_module(module: &str) -> Option<Role> {
    let words: Vec<String> = module
        .split(|c: char| !c.is_ascii_alphabetic())
        .map(str::to_lowercase)
        .collect();
    let known = WORDS
        .iter()
        .find(|(_, known)| words.iter().any(|word| known.contains(&word.as_str())));
    known.map(|(role, _)| *role)
}
