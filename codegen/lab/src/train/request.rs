//! What is asked of training.

use super::architecture::Architecture;
use super::fit::Settings;
use super::prior::Prior;
use super::recipe::{CANDIDATES, Recipe};
use nice_flow_codegen::{Error, Result};

/// What to train. What is left open follows the recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What the latent vector is made to follow.
    pub prior: Option<Prior>,
    /// Additive couplings.
    pub couplings: Option<usize>,
    /// Width of a hidden layer.
    pub hidden: Option<usize>,
    /// Hidden layers of a network.
    pub depth: Option<usize>,
    /// Most bytes of the parameters of one flow in `f32`.
    pub budget: Option<usize>,
    /// Share of the least likely rows of a batch that the loss leaves out.
    pub trim: f64,
    /// Steps of 256 rows, at most.
    pub steps: usize,
    /// Flows that score together.
    pub members: usize,
    /// Same seed, same flows.
    pub seed: u64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            prior: None,
            couplings: None,
            hidden: None,
            depth: None,
            budget: None,
            trim: 0.0,
            steps: 2000,
            members: 3,
            seed: 0,
        }
    }
}

impl Request {
    /// Whether labelled anomalies may choose the recipe: only where nothing is said of the flow.
    pub fn leaves_choice(&self) -> bool {
        let sizes = [self.couplings, self.hidden, self.depth, self.budget];
        self.prior.is_none() && sizes.iter().all(Option::is_none)
    }

    /// Steps that training takes at most, over all members and, where anomalies choose, all recipes.
    pub fn total_steps(&self, chosen: bool) -> usize {
        let recipes = if chosen { CANDIDATES.len() + 1 } else { 1 };
        self.steps * self.members * recipes
    }

    /// An error names the option that cannot be met.
    pub fn check(&self) -> Result<()> {
        let wrong = |option, message: String| Err(Error::input(option, message));
        if !(0.0..=0.5).contains(&self.trim) {
            return wrong("--trim", format!("expected 0 to 0.5, found {}", self.trim));
        }
        let counts = [
            ("--steps", Some(self.steps), 10_000_000),
            ("--members", Some(self.members), 64),
            ("--hidden", self.hidden, 4096),
            ("--depth", self.depth, 16),
            ("--couplings", self.couplings, 256),
        ];
        for (option, count, most) in counts {
            let least = usize::from(option != "--couplings");
            if let Some(count) = count.filter(|count| !(least..=most).contains(count)) {
                return wrong(option, format!("expected {least} to {most}, found {count}"));
            }
        }
        match self.prior {
            Some(Prior::Mixture(count)) if !(1..=256).contains(&count) => wrong(
                "--prior",
                format!("expected 1 to 256 components, found {count}"),
            ),
            _ => Ok(()),
        }
    }

    /// The recipe for so many features and rows, with what was asked for in place.
    pub(super) fn recipe(&self, dim: usize, rows: usize) -> Recipe {
        let recipe = match self.budget {
            Some(budget) => Recipe::within(dim, budget),
            None => Recipe::of(dim, rows),
        };
        Recipe {
            prior: self.prior.unwrap_or(recipe.prior),
            couplings: self.couplings.unwrap_or(recipe.couplings),
            depth: self.depth.unwrap_or(recipe.depth),
            ..recipe
        }
    }

    /// How a recipe is trained; an error if it does not fit the budget that was asked for.
    pub(super) fn settings(&self, recipe: &Recipe, dim: usize) -> Result<Settings> {
        Ok(Settings {
            architecture: self.architecture(recipe, dim)?,
            noise: recipe.noise,
            decay: recipe.decay,
            steps: self.steps,
            trim: self.trim,
        })
    }

    fn architecture(&self, recipe: &Recipe, dim: usize) -> Result<Architecture> {
        let narrow = recipe.narrow(dim);
        let chosen = match self.hidden {
            Some(hidden) => Architecture { hidden, ..narrow },
            None => recipe.fitted(dim).unwrap_or(narrow),
        };
        let (found, budget) = (chosen.parameters() * size_of::<f32>(), self.budget);
        match budget.filter(|budget| found > *budget) {
            Some(budget) => {
                let message = format!(
                    "expected at least {found} bytes of f32 for {dim} features, {} couplings, {} hidden layers of {} and this prior, found {budget}",
                    chosen.couplings(),
                    chosen.depth,
                    chosen.hidden
                );
                Err(Error::input("--budget", message))
            }
            None => Ok(chosen),
        }
    }
}
