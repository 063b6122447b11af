//! The options of training.

use super::architecture::Architecture;
use super::facts::Facts;
use super::fit::Settings;
use super::prior::Prior;
use super::recipe::{CANDIDATES, Recipe};
use super::trim::Trim;
use crate::table::Table;
use nice_flow_codegen::model::{Baseline, Missing};
use nice_flow_codegen::{Error, Result};

/// The options of training; the recipe determines what is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The recipe, in place of the one that rows and features, held-out rows or labelled anomalies choose.
    pub recipe: Option<Recipe>,
    /// The distribution of the latent vector.
    pub prior: Option<Prior>,
    /// Additive couplings.
    pub couplings: Option<usize>,
    /// Width of a hidden layer.
    pub hidden: Option<usize>,
    /// Hidden layers of a network.
    pub depth: Option<usize>,
    /// The most bytes for the parameters of one flow in `f32`.
    pub budget: Option<usize>,
    /// Which of the least likely rows are not learnt from.
    pub trim: Trim,
    /// Whether rows are standardised by median and quartiles instead of mean and standard deviation.
    pub robust_scales: bool,
    /// Whether the features are what a front end finds in raw signals. Those of a machine with several speeds form clusters.
    pub is_front: bool,
    /// What a missing cell means. Rows with a cell that is then not finite are left out.
    pub missing: Missing,
    /// A moving baseline that is taken off the rows in their order, while no label says that they are anomalous.
    pub baseline: Option<Baseline>,
    /// Features that are context: the flow is one of the others given these. They are conditioned on, not scored.
    pub given: Vec<String>,
    /// The most steps, of 256 rows each.
    pub steps: usize,
    /// The number of flows that score together.
    pub members: usize,
    /// The seed; the same seed gives the same flows.
    pub seed: u64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            recipe: None,
            prior: None,
            couplings: None,
            hidden: None,
            depth: None,
            budget: None,
            trim: Trim::default(),
            robust_scales: false,
            is_front: false,
            missing: Missing::Alarm,
            baseline: None,
            given: vec![],
            steps: 2000,
            members: 3,
            seed: 0,
        }
    }
}

impl Request {
    /// Whether rows may choose the recipe: only if no option determines the flow.
    pub fn leaves_choice(&self) -> bool {
        let sizes = [self.couplings, self.hidden, self.depth, self.budget];
        let asked = self.recipe.is_some() || self.prior.is_some();
        !asked && sizes.iter().all(Option::is_none)
    }

    /// The most steps that training on this table takes, over all members and recipes.
    pub fn total_steps(&self, table: &Table) -> usize {
        let first = usize::from(self.trim == Trim::Auto);
        self.steps * self.members * (first + self.recipes(Facts::of(table)).len())
    }

    /// What is trained: the usual recipe first, then its rivals, then the candidates if labelled anomalies choose.
    pub(super) fn recipes(&self, facts: Facts) -> Vec<Recipe> {
        let (usual, dim) = (self.recipe(facts), facts.dim);
        if !self.leaves_choice() {
            return vec![usual];
        }
        let rivals = usual.rivals(dim, self.is_front).into_iter();
        // A triangular layer would mix the context with what is scored, and without couplings nothing reads it.
        let is_given = !self.given.is_empty();
        let rivals = rivals.filter(|rival| !is_given || !rival.triangle);
        let others = CANDIDATES.into_iter().filter(|_| facts.anomalies > 0);
        let others = others.filter(|other| !is_given || other.couplings > 0);
        let others = others.filter(|other| other.name != usual.name);
        let more = rivals.chain(others);
        std::iter::once(usual)
            .chain(more.map(|recipe| recipe.scaled(dim)))
            .collect()
    }

    /// An error that names an option with an invalid value.
    pub fn check(&self) -> Result<()> {
        let wrong = |option, message: String| Err(Error::input(option, message));
        if !(0.0..=0.5).contains(&self.trim.share()) {
            let message = format!("expected 0 to 0.5, or auto, found {}", self.trim);
            return wrong("--trim", message);
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
        self.check_given()?;
        match self.prior {
            Some(Prior::Mixture(count)) if !(1..=256).contains(&count) => wrong(
                "--prior",
                format!("expected 1 to 256 components, found {count}"),
            ),
            _ => Ok(()),
        }
    }

    /// An error that names an option which has no meaning beside a context.
    fn check_given(&self) -> Result<()> {
        if self.given.is_empty() {
            return Ok(());
        }
        let recipe = self.recipe;
        let couplings = self.couplings.or(recipe.map(|recipe| recipe.couplings));
        let wrong = if couplings == Some(0) {
            "expected couplings, whose networks read the context, found none"
        } else if recipe.is_some_and(|recipe| recipe.triangle) {
            "expected a recipe of couplings alone, found one with a triangular layer, which would mix the context with what is scored"
        } else if self.prior == Some(Prior::Logistic) {
            "expected a normal prior or a mixture beside a context, found a logistic one"
        } else if self.baseline.is_some() {
            "expected no --baseline, which takes the level off the context too"
        } else {
            return Ok(());
        };
        Err(Error::input("--given", wrong))
    }

    /// The recipe for such rows, with the requested options applied.
    fn recipe(&self, facts: Facts) -> Recipe {
        let Facts { dim, rows, .. } = facts;
        let is_log =
            facts.is_log && !self.is_front && self.given.is_empty() && self.leaves_choice();
        let recipe = match (self.recipe, self.budget) {
            (Some(recipe), _) => recipe.scaled(dim),
            (None, Some(budget)) => Recipe::within(dim, budget),
            (None, None) => Recipe::of(dim, rows, is_log),
        };
        Recipe {
            prior: self.prior.unwrap_or(recipe.prior),
            couplings: self.couplings.unwrap_or(recipe.couplings),
            depth: self.depth.unwrap_or(recipe.depth),
            ..recipe
        }
    }

    /// The settings of a recipe; an error if it does not fit the requested budget.
    pub(super) fn settings(&self, recipe: &Recipe, dim: usize) -> Result<Settings> {
        Ok(Settings {
            architecture: self.architecture(recipe, dim)?,
            triangle: recipe.triangle,
            noise: recipe.noise,
            decay: recipe.decay,
            steps: self.steps,
            trim: self.trim.share(),
            judged_late: false,
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
