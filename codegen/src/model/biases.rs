//! How integer networks store their biases.

use crate::flow::ir::Flow;
use serde::{Deserialize, Serialize};

/// How integer networks of one to three inputs store the biases of their first layer, if ReLU follows it. Others have words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Biases {
    /// As words of 32 bits, beside the weights. Models of nice-flow 0.1.0 have these, and so have imported ones.
    #[default]
    Words,
    /// As weights of a constant, in a column that such networks leave free: four bytes less for each hidden unit, and fewer
    /// instructions. A bias then has the precision of a weight. See [`nice_flow::fixed::First`].
    Weights,
}

/// The most elements that a coupling reads if a column of its first layer's fours is free.
const FREE: usize = 3;

impl Biases {
    /// Those that take the fewest bytes: weights if each coupling of these flows reads three elements or fewer, so that one kernel
    /// serves all of them.
    pub fn smallest<'a>(flows: impl IntoIterator<Item = &'a Flow>) -> Self {
        let mut couplings = flows.into_iter().flat_map(Flow::couplings).peekable();
        let is_small = couplings.peek().is_some();
        match is_small && couplings.all(|coupling| coupling.kept.len() <= FREE) {
            true => Self::Weights,
            false => Self::Words,
        }
    }

    /// Whether it is the default.
    pub fn is_words(&self) -> bool {
        *self == Self::Words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::shape::Shape;

    #[test]
    fn biases_are_weights_where_every_coupling_leaves_a_column_free() {
        let of = |shape: &str| Biases::smallest([&shape.parse::<Shape>().unwrap().flow()]);
        assert_eq!(of("6x2x8x1"), Biases::Weights);
        assert_eq!(of("2x1x4x2"), Biases::Weights);
        // Its couplings read four and three.
        assert_eq!(of("7x2x8x1"), Biases::Words);
        assert_eq!(Biases::smallest([]), Biases::Words);
    }
}
