//! The flows that are trained by default.

mod candidates;
pub(super) use candidates::CANDIDATES;

use super::architecture::Architecture;
use super::prior::Prior;
use std::str::FromStr;

/// With fewer rows than this, the smallest flow is trained.
pub(super) const FEW_ROWS: usize = 1800;
/// With at least this many features, the largest flow is trained.
const MANY_FEATURES: usize = 30;
/// With a smaller budget, the components of a mixture would leave too little for the networks.
const MIXTURE_BUDGET: usize = 3072;
/// The budget of a recipe is for up to this many features; it doubles with twice as many, and so on.
const FEATURES: usize = 64;

/// A kind of flow, and how it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Its name, for people.
    pub name: &'static str,
    /// The distribution of the latent vector.
    pub prior: Prior,
    /// Additive couplings.
    pub couplings: usize,
    /// Hidden layers of a network.
    pub depth: usize,
    /// The most bytes for the parameters of one flow in `f32`.
    pub budget: usize,
    /// Standard deviation of the noise that is added to standardised inputs.
    pub noise: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// Whether a triangular layer, fitted to the rows' covariance, comes first.
    pub triangle: bool,
    /// Numbers of the context.
    pub context: usize,
}

/// For moderate numbers of features and rows.
const MEDIUM: Recipe = Recipe {
    name: "3.5 KB mixture",
    prior: Prior::Mixture(8),
    couplings: 4,
    depth: 1,
    budget: 3584,
    noise: 0.03,
    decay: 0.1,
    triangle: false,
    context: 0,
};

/// For few rows: a small and strongly regularised flow overfits least.
const SMALL: Recipe = Recipe {
    name: "1 KB normal",
    prior: Prior::Normal,
    couplings: 2,
    budget: 1024,
    decay: 0.5,
    ..MEDIUM
};

/// For a first look at rows among which anomalies may be.
pub(super) const FIRST: Recipe = SMALL;

/// For few rows of features that are related: networks as narrow as theirs hardly relate them, and many rows are needed to
/// train wider ones.
const SMALL_TRIANGULAR: Recipe = Recipe {
    name: "1 KB normal behind a triangle",
    triangle: true,
    ..SMALL
};

/// For budgets too small for a mixture.
const TINY: Recipe = Recipe {
    name: "2 KB logistic",
    prior: Prior::Logistic,
    budget: 2048,
    ..MEDIUM
};

/// For many features.
const LARGE: Recipe = Recipe {
    name: "7.5 KB mixture",
    prior: Prior::Mixture(16),
    couplings: 2,
    budget: 7500,
    noise: 0.1,
    ..MEDIUM
};

/// Local density alone.
const DENSITY: Recipe = Recipe {
    name: "mixture without couplings",
    prior: Prior::Mixture(64),
    couplings: 0,
    noise: 0.1,
    ..MEDIUM
};

/// Recipes that a user can ask for, each by a word that `--recipe` takes, and what it is.
pub const RECIPES: [(Recipe, &str, &str); 6] = [
    (
        SMALL,
        "small",
        "few rows: two narrow couplings before a normal distribution",
    ),
    (
        SMALL_TRIANGULAR,
        "triangular",
        "few rows of related features: a triangular layer in front of `small`",
    ),
    (
        MEDIUM,
        "medium",
        "four couplings before a mixture of eight normals",
    ),
    (
        LARGE,
        "large",
        "many features: two couplings before a mixture of 16 normals",
    ),
    (
        TINY,
        "logistic",
        "four couplings before a logistic distribution",
    ),
    (
        DENSITY,
        "mixture",
        "a mixture of 64 normals without couplings",
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

impl Recipe {
    /// The recipe for this many features and training rows.
    ///
    /// Local density alone for a short log. Its normal rows wander through what a machine does, which a small flow smooths over: on
    /// 34 logs of a pump (`benches/sensors.py`) the mean AUROC is 81.6 with it, 79.3 with two narrow couplings, and 80.0 with Mahalanobis'
    /// distance. Held-out likelihood cannot tell: it is higher for `cardio` of `examples/recipe.rs` too, which is no log and loses
    /// 4 points.
    pub fn of(dim: usize, rows: usize, is_log: bool) -> Self {
        let recipe = if rows < FEW_ROWS && is_log {
            DENSITY
        } else if rows < FEW_ROWS {
            SMALL
        } else if dim >= MANY_FEATURES {
            LARGE
        } else {
            MEDIUM
        };
        recipe.scaled(dim)
    }

    /// What held-out rows may prefer to the recipe for so many features, which may be those of a front end.
    ///
    /// Then a mixture is among them: it finds 91 % of the faults of a fan at four speeds, this recipe 83 % (AUROC;
    /// `benches/rigs.py`). Not for other tables, where likelihood misleads: `cardio` of `examples/recipe.rs` gains 4 nats by a
    /// mixture, and loses 4 points.
    pub(super) fn rivals(&self, dim: usize, is_front: bool) -> Vec<Self> {
        let rivals = [(dim > 1, SMALL_TRIANGULAR), (is_front, MEDIUM)];
        let is_small = self.name == SMALL.name || self.is_for_logs();
        let rivals = rivals.into_iter().filter(|_| is_small);
        rivals
            .filter_map(|(fits, rival)| fits.then_some(rival))
            .collect()
    }

    /// Whether it is the usual one for short logs.
    pub(super) fn is_for_logs(&self) -> bool {
        self.name == DENSITY.name
    }

    /// The recipe with its budget scaled to the number of features, and with no more components than fit the budget
    /// beside the narrowest networks.
    pub(super) fn scaled(self, dim: usize) -> Self {
        let budget = self.budget * dim.div_ceil(FEATURES);
        let least = Self {
            prior: Prior::Mixture(1),
            ..self
        };
        let room = (budget / size_of::<f32>()).saturating_sub(least.narrow(dim).parameters());
        let prior = match self.prior {
            Prior::Mixture(count) => Prior::Mixture(count.min(1 + room / (2 * dim + 1))),
            prior => prior,
        };
        Self {
            prior,
            budget,
            ..self
        }
    }

    /// The recipe for a budget of this many bytes.
    pub fn within(dim: usize, budget: usize) -> Self {
        let recipe = if budget < MIXTURE_BUDGET {
            TINY
        } else if dim >= MANY_FEATURES && budget > LARGE.budget / 2 {
            LARGE
        } else {
            MEDIUM
        };
        Self { budget, ..recipe }
    }

    /// The recipe beside a context of so many numbers. There a prior is made of normals.
    pub(super) fn beside(self, context: usize) -> Self {
        let (name, prior) = match self.prior {
            Prior::Logistic if context > 0 => ("2 KB normal", Prior::Normal),
            prior => (self.name, prior),
        };
        Self {
            name,
            prior,
            context,
            ..self
        }
    }

    /// The sizes with hidden layers of width 1.
    pub fn narrow(&self, dim: usize) -> Architecture {
        Architecture {
            dim,
            context: self.context,
            couplings: self.couplings,
            hidden: 1,
            depth: self.depth,
            prior: self.prior,
        }
    }

    /// The sizes with the widest networks that fit the budget; `None` if even the narrowest do not.
    pub fn fitted(&self, dim: usize) -> Option<Architecture> {
        self.narrow(dim).within(self.budget / size_of::<f32>())
    }
}

#[cfg(test)]
mod tests;
