//! The recipes that have a name.

use super::{LEAST_WIDTH, Recipe};
use crate::train::prior::Prior;
use std::str::FromStr;

/// For moderate numbers of features and rows.
pub(in crate::train) const MEDIUM: Recipe = Recipe {
    name: "medium",
    prior: Prior::Mixture(8),
    couplings: 4,
    depth: 1,
    budget: 3584,
    least_width: LEAST_WIDTH,
    noise: 0.03,
    decay: 0.1,
    triangle: false,
    context: 0,
};

/// For few rows: a small and strongly regularised flow overfits least.
pub(in crate::train) const SMALL: Recipe = Recipe {
    name: "small",
    prior: Prior::Normal,
    couplings: 2,
    budget: 1024,
    decay: 0.5,
    ..MEDIUM
};

/// For a first look at rows among which anomalies may be. As narrow as the budget asks for: a flow that could spare a part for a
/// minority would learn it.
pub(in crate::train) const FIRST: Recipe = Recipe {
    least_width: 1,
    ..SMALL
};

/// For few rows of features that are related, or of many: networks as narrow as theirs hardly relate them, and many rows are needed
/// to train wider ones.
pub(in crate::train) const SMALL_TRIANGULAR: Recipe = Recipe {
    name: "triangular",
    triangle: true,
    ..SMALL
};

/// For budgets too small for a mixture.
pub(in crate::train) const TINY: Recipe = Recipe {
    name: "logistic",
    prior: Prior::Logistic,
    budget: 2048,
    ..MEDIUM
};

/// For many features. Networks of eight hidden units at least, with which three flows of 64 features still take no more than 8 KiB in
/// `i8`: of 52 sensors that move together, 3,000 rows, the AUROC of one flow is 74.2 with width 1, which the budget alone would give, and
/// 92.2 with these.
pub(in crate::train) const LARGE: Recipe = Recipe {
    name: "large",
    prior: Prior::Mixture(16),
    couplings: 2,
    budget: 7500,
    least_width: 8,
    noise: 0.1,
    ..MEDIUM
};

/// Local density alone.
pub(in crate::train) const DENSITY: Recipe = Recipe {
    name: "mixture",
    prior: Prior::Mixture(64),
    couplings: 0,
    noise: 0.1,
    ..MEDIUM
};

/// Recipes that a user can ask for, each by a word that `--recipe` takes, and what it is.
pub const RECIPES: [(Recipe, &str, &str); 6] = [
    (
        SMALL,
        SMALL.name,
        "few rows: two couplings with narrow networks before a normal distribution",
    ),
    (
        SMALL_TRIANGULAR,
        SMALL_TRIANGULAR.name,
        "few rows of related features: `small` behind a triangular layer, which takes their covariance off",
    ),
    (
        MEDIUM,
        MEDIUM.name,
        "four couplings before a mixture of up to eight normals",
    ),
    (
        LARGE,
        LARGE.name,
        "many features: two couplings before a mixture of up to 16 normals",
    ),
    (
        TINY,
        TINY.name,
        "four couplings before a logistic distribution",
    ),
    (
        DENSITY,
        DENSITY.name,
        "a mixture of up to 64 normals without couplings",
    ),
];

impl FromStr for Recipe {
    type Err = String;

    /// Reads the word of one of [`RECIPES`].
    fn from_str(text: &str) -> Result<Self, String> {
        let found = RECIPES.iter().find(|(_, word, _)| *word == text);
        found.map(|(recipe, ..)| *recipe).ok_or_else(|| {
            let words = RECIPES.map(|(_, word, _)| word).join(", ");
            format!("expected one of {words}, found {text:?}")
        })
    }
}
