//! The elements of the latent vector, over rows of several kinds.

use super::ink::Ink;
use super::number::count;

/// One element of the latent vector over rows of one kind.
pub struct Element {
    /// The values as the flow computes them.
    pub z: Vec<f64>,
    /// The values transformed to standard normal deviates, sorted.
    pub deviates: Vec<f64>,
}

/// The rows of one kind, in latent space.
pub struct Kind {
    pub name: &'static str,
    pub ink: Ink,
    pub rows: usize,
    pub elements: Vec<Element>,
}

/// The legend: the kinds, and the model that they are compared with.
pub fn legend(kinds: &[Kind], model: &str) -> Vec<(Ink, String)> {
    let rows = kinds
        .iter()
        .map(|kind| (kind.ink, format!("{} ({})", kind.name, count(kind.rows))));
    rows.chain([(Ink::Limit, model.into())]).collect()
}
