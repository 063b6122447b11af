//! Normalisations inside nets.

use super::known::{Named, quoted};

/// A normalisation inside a net, by its stem.
pub(super) struct Norm {
    pub stem: String,
    batch: bool,
}

impl Norm {
    /// Whether a tensor is one of its own.
    pub fn holds(&self, name: &str) -> bool {
        let end = name.strip_prefix(self.stem.as_str());
        end.is_some_and(|end| end.starts_with('.') && !end[1..].contains('.'))
    }

    /// Its step in a manifest.
    pub fn step(&self) -> String {
        let key = |end: &str| quoted(&format!("{}.{end}", self.stem));
        let (gamma, beta) = (key("weight"), key("bias"));
        match self.batch {
            true => format!(
                "  {{ op = \"batchnorm\", mean = {}, var = {}, gamma = {gamma}, beta = {beta}, eps = 1e-5 }},\n",
                key("running_mean"),
                key("running_var")
            ),
            false => {
                format!("  {{ op = \"layernorm\", gamma = {gamma}, beta = {beta}, eps = 1e-5 }},\n")
            }
        }
    }
}

/// The normalisation whose factors a tensor is: a vector `weight` beside a `bias` as long.
pub(super) fn norm(name: &str, own: &[Named]) -> Option<Norm> {
    let stem = name.strip_suffix(".weight")?;
    let find = |end: &str| {
        let full = format!("{stem}.{end}");
        own.iter().find(|(other, _)| *other == full)
    };
    let length = |named: &Named| named.1.data.len();
    let same = length(find("weight")?) == length(find("bias")?);
    same.then(|| Norm {
        stem: stem.to_owned(),
        batch: find("running_var").is_some() && find("running_mean").is_some(),
    })
}
