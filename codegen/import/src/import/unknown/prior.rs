//! The prior of a manifest to fill in.

use super::known::Named;
use crate::import::latent;
use crate::import::ops::Prior;
use toml::{Table, Value};

/// What names of tensors tell of the prior.
pub(super) struct Latent {
    prior: Option<Prior>,
    /// The length of the vector.
    pub dim: Option<usize>,
    text: String,
}

impl Latent {
    pub(super) fn of(all: &[Named]) -> Self {
        let shaped: Vec<latent::Shaped> = (all.iter())
            .map(|(name, tensor)| (*name, tensor.shape.as_slice()))
            .collect();
        let prior = latent::prior(&shaped);
        let dim = prior.as_ref().and_then(|prior| latent::dim(prior, &shaped));
        let text = prior.as_ref().map(lines);
        Self {
            text: text.unwrap_or_else(|| UNKNOWN.into()),
            dim,
            prior,
        }
    }

    /// Whether a tensor is one of the prior's.
    pub(super) fn has(&self, name: &str) -> bool {
        self.prior
            .as_ref()
            .is_some_and(|prior| keys(prior).values().any(|key| key.as_str() == Some(name)))
    }

    /// The lines of the prior.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

const UNKNOWN: &str = "kind = ?  # \"normal\" or \"logistic\", of no tensors; \"student_t\" with df = …; \"mixture\" with tensors\n";

fn lines(prior: &Prior) -> String {
    let lines = keys(prior)
        .into_iter()
        .map(|(key, value)| match key.as_str() {
            "kind" => format!("{key} = {value}  # as the names of these tensors say\n"),
            _ => format!("{key} = {value}\n"),
        });
    lines.collect()
}

/// The keys of the prior in their order; a prior is always a table.
fn keys(prior: &Prior) -> Table {
    match Value::try_from(prior) {
        Ok(Value::Table(table)) => table,
        _ => Table::new(),
    }
}
