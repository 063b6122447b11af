//! What is trained when nothing is asked for.

use super::architecture::Architecture;
use super::prior::Prior;

/// Fewer rows than this get the smallest flow.
const FEW_ROWS: usize = 1800;
/// As many features as this get the largest.
const MANY_FEATURES: usize = 30;
/// So many features more add the budget once more.
const FEATURES: usize = 64;

/// A kind of flow and how it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// What it is, for people.
    pub name: &'static str,
    /// What the latent vector is made to follow.
    pub prior: Prior,
    /// Additive couplings.
    pub couplings: usize,
    /// Hidden layers of a network.
    pub depth: usize,
    /// Bytes of the parameters of one flow in `f32`.
    pub budget: usize,
    /// Standard deviation of the noise on standardised inputs.
    pub noise: f32,
    /// Decoupled weight decay.
    pub decay: f32,
}

/// For moderately many features and rows.
const MEDIUM: Recipe = Recipe {
    name: "8 KB mixture",
    prior: Prior::Mixture(8),
    couplings: 4,
    depth: 1,
    budget: 8192,
    noise: 0.03,
    decay: 0.1,
};

/// For few rows: what they do not teach, a small flow does not invent.
const SMALL: Recipe = Recipe {
    name: "4 KB mixture",
    prior: Prior::Mixture(4),
    budget: 4096,
    ..MEDIUM
};

/// For budgets that components would eat up.
const TINY: Recipe = Recipe {
    name: "2 KB logistic",
    prior: Prior::Logistic,
    budget: 2048,
    ..MEDIUM
};

/// For many features.
const LARGE: Recipe = Recipe {
    name: "32 KB mixture",
    couplings: 6,
    depth: 2,
    budget: 32768,
    noise: 0.1,
    ..MEDIUM
};

/// What labelled anomalies choose among.
pub(super) const RECIPES: [Recipe; 11] = [
    MEDIUM,
    SMALL,
    LARGE,
    TINY,
    Recipe {
        name: "1 KB logistic",
        budget: 1024,
        ..TINY
    },
    Recipe {
        name: "8 KB logistic",
        budget: 8192,
        ..TINY
    },
    Recipe {
        name: "8 KB normal",
        prior: Prior::Normal,
        ..MEDIUM
    },
    Recipe {
        name: "mixture without couplings",
        couplings: 0,
        ..MEDIUM
    },
    Recipe {
        name: "8 KB mixture, strong decay",
        decay: 1.0,
        ..MEDIUM
    },
    Recipe {
        name: "8 KB mixture, much noise",
        noise: 0.2,
        ..MEDIUM
    },
    Recipe {
        name: "8 KB mixture, little noise",
        noise: 0.01,
        ..MEDIUM
    },
];

impl Recipe {
    /// The one for so many features and training rows.
    pub fn of(dim: usize, rows: usize) -> Self {
        let recipe = if rows < FEW_ROWS {
            SMALL
        } else if dim >= MANY_FEATURES {
            LARGE
        } else {
            MEDIUM
        };
        Self {
            budget: recipe.budget * dim.div_ceil(FEATURES),
            ..recipe
        }
    }

    /// The one for parameters of so many bytes.
    pub fn within(dim: usize, budget: usize) -> Self {
        let recipe = if budget < SMALL.budget {
            TINY
        } else if dim >= MANY_FEATURES && budget > LARGE.budget / 2 {
            LARGE
        } else {
            MEDIUM
        };
        Self { budget, ..recipe }
    }

    /// The narrowest networks.
    pub fn narrow(&self, dim: usize) -> Architecture {
        Architecture {
            dim,
            couplings: self.couplings,
            hidden: 1,
            depth: self.depth,
            prior: self.prior,
        }
    }

    /// The widest networks that the budget allows, `None` if it allows none.
    pub fn fitted(&self, dim: usize) -> Option<Architecture> {
        self.narrow(dim).within(self.budget / size_of::<f32>())
    }
}
