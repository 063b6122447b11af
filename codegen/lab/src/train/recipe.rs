//! The flows that are trained by default.

mod candidates;
mod named;

pub(super) use candidates::CANDIDATES;
pub use named::RECIPES;
pub(super) use named::{DENSITY, FIRST, LARGE, MEDIUM, SMALL, SMALL_TRIANGULAR, TINY};

use super::architecture::Architecture;
use super::prior::Prior;

/// With fewer rows than this, the smallest flow is trained.
pub(super) const FEW_ROWS: usize = 1800;
/// With at least this many features, the largest flow is trained.
const MANY_FEATURES: usize = 30;
/// With a smaller budget, the components of a mixture would leave too little for the networks.
const MIXTURE_BUDGET: usize = 3072;
/// The budget of a recipe is for up to this many features; it doubles with twice as many, and so on.
const FEATURES: usize = 64;
/// The least width of a network's hidden layers.
///
/// Networks are as wide as their recipe's budget allows, but never narrower than this, whatever the budget: one or two hidden
/// units do not relate features. Of 40 sensors that move together, 1,200 rows, the AUROC is 60.9 with width 2 and 83.9 with width
/// 16. Where few rows leave less than this, for 25 features and more, a triangular layer comes first (86.1).
///
/// No more than this, because wider networks overfit few rows: `cardio` of `examples/recipe.rs`, 828 rows of 21 features, to
/// which the budget gives this width, loses 6.5 points with a width of 16.
pub(super) const LEAST_WIDTH: usize = 4;

/// A kind of flow, and how it is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Its name: the word that `--recipe` takes, for those of [`RECIPES`].
    pub name: &'static str,
    /// The distribution of the latent vector.
    pub prior: Prior,
    /// Additive couplings.
    pub couplings: usize,
    /// Hidden layers of a network.
    pub depth: usize,
    /// The most bytes for the parameters of one flow in `f32`, unless networks of the least width take more.
    pub budget: usize,
    /// The least width of a hidden layer.
    pub least_width: usize,
    /// Standard deviation of the noise that is added to standardised inputs.
    pub noise: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// Whether a triangular layer, fitted to the rows' covariance, comes first.
    pub triangle: bool,
    /// Numbers of the context.
    pub context: usize,
}

impl Recipe {
    /// The recipe for this many features and training rows.
    ///
    /// For few rows of so many features that networks would be narrower than four hidden units, 25 and more, one with a
    /// triangular layer.
    ///
    /// Local density alone for a short log. Its normal rows wander through what a machine does, which a small flow smooths over: on
    /// 34 logs of a pump (`benches/sensors.py`) the mean AUROC is 81.6 with it, 79.3 with two narrow couplings, and 80.0 with Mahalanobis'
    /// distance. Held-out likelihood cannot tell: it is higher for `cardio` of `examples/recipe.rs` too, which is no log and loses
    /// 4 points.
    pub fn of(dim: usize, rows: usize, is_log: bool) -> Self {
        let recipe = if rows < FEW_ROWS && is_log {
            DENSITY
        } else if rows < FEW_ROWS && SMALL.scaled(dim).is_too_narrow(dim) {
            SMALL_TRIANGULAR
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
        let untried = dim > 1 && !self.triangle;
        let rivals = [(untried, SMALL_TRIANGULAR), (is_front, MEDIUM)];
        let is_small = [SMALL, SMALL_TRIANGULAR, DENSITY]
            .iter()
            .any(|usual| self.name == usual.name);
        let rivals = rivals.into_iter().filter(|_| is_small);
        rivals
            .filter_map(|(fits, rival)| fits.then_some(rival))
            .collect()
    }

    /// Whether it is the usual one for short logs.
    pub(super) fn is_for_logs(&self) -> bool {
        self.name == DENSITY.name
    }

    /// The recipe with its budget scaled to the number of features, and with no more components than fit the budget beside networks
    /// of half the least width: where components and networks do not fit both, the budget is exceeded by half of the narrowest
    /// networks at most.
    pub(super) fn scaled(self, dim: usize) -> Self {
        let budget = self.budget * dim.div_ceil(FEATURES);
        Self { budget, ..self }.with_components_beside(dim, self.least_width / 2)
    }

    /// The recipe with no more components of a mixture than fit the budget beside networks of this width, but one at least.
    fn with_components_beside(self, dim: usize, width: usize) -> Self {
        let least = Self {
            prior: Prior::Mixture(1),
            least_width: width,
            ..self
        };
        let room = self.budget / size_of::<f32>();
        let room = room.saturating_sub(least.narrow(dim).parameters());
        let prior = match self.prior {
            Prior::Mixture(count) => Prior::Mixture(count.min(1 + room / (2 * dim + 1))),
            prior => prior,
        };
        Self { prior, ..self }
    }

    /// The recipe for a budget of this many bytes, which only the least sizes exceed.
    pub fn within(dim: usize, budget: usize) -> Self {
        let recipe = if budget < MIXTURE_BUDGET {
            TINY
        } else if dim >= MANY_FEATURES && budget > LARGE.budget / 2 {
            LARGE
        } else {
            MEDIUM
        };
        Self { budget, ..recipe }.with_components_beside(dim, recipe.least_width)
    }

    /// The recipe beside a context of so many numbers. There a prior is made of normals.
    pub(super) fn beside(self, context: usize) -> Self {
        let recipe = match self.prior {
            Prior::Logistic if context > 0 => self.before(Prior::Normal),
            _ => self,
        };
        Self { context, ..recipe }
    }

    /// The recipe with this prior. One that is named after another prior is the medium one then, but for its budget.
    pub(super) fn before(self, prior: Prior) -> Self {
        let name = match self.name == TINY.name && prior != TINY.prior {
            true => MEDIUM.name,
            false => self.name,
        };
        Self {
            name,
            prior,
            ..self
        }
    }

    /// The sizes with hidden layers of the least width.
    pub fn narrow(&self, dim: usize) -> Architecture {
        Architecture {
            dim,
            context: self.context,
            couplings: self.couplings,
            hidden: self.least_width,
            depth: self.depth,
            prior: self.prior,
        }
    }

    /// The sizes with the widest networks that fit the budget; `None` if those of the least width do not.
    pub fn fitted(&self, dim: usize) -> Option<Architecture> {
        self.narrow(dim).within(self.budget / size_of::<f32>())
    }

    /// Whether the budget asks for networks narrower than the least width.
    pub(super) fn is_too_narrow(&self, dim: usize) -> bool {
        self.couplings > 0 && self.fitted(dim).is_none()
    }
}

#[cfg(test)]
mod tests;
