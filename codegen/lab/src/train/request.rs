//! The options of training.

mod budget;
mod check;

pub use budget::Budget;

use super::architecture::Architecture;
use super::facts::Facts;
use super::fit::Settings;
use super::prior::Prior;
use super::recipe::{CANDIDATES, Recipe, SMALL};
use super::trim::Trim;
use crate::table::Table;
use budget::MOST_NUMBERS;
use nice_flow_codegen::model::{Baseline, Missing};
use nice_flow_codegen::text::{agreeing, counted};
use nice_flow_codegen::{Error, Result};

/// Fewer labelled anomalies choose nothing: the standard error of the gain of one is zero, and of a few is chance.
const FEWEST_LABELS: usize = 5;

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
    /// The most bytes for the trained numbers of one flow.
    pub budget: Option<Budget>,
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
        self.recipe.is_none() && self.budget.is_none() && self.changes().is_empty()
    }

    /// Whether held-out rows may choose the kind of flow: also where --hidden alone changes its sizes.
    pub(super) fn leaves_kind(&self) -> bool {
        let only_width = Self {
            hidden: None,
            ..self.clone()
        };
        only_width.leaves_choice()
    }

    /// A note where the usual recipe for such rows has no networks, which --hidden could widen.
    pub(super) fn note(&self, facts: Facts) -> Option<String> {
        let usual = Self {
            hidden: None,
            ..self.clone()
        };
        let (usual, found) = (usual.recipe(facts), self.recipe(facts));
        (usual.name != found.name).then(|| {
            format!(
                "--hidden rules out the recipe {}, the usual one for a log of so few rows, which has no networks; what is trained begins with {}",
                usual.name, found.name
            )
        })
    }

    /// The options that change a recipe.
    pub(super) fn changes(&self) -> Vec<&'static str> {
        let options = [
            ("--prior", self.prior.is_some()),
            ("--couplings", self.couplings.is_some()),
            ("--hidden", self.hidden.is_some()),
            ("--depth", self.depth.is_some()),
        ];
        let given = options.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(option, _)| option).collect()
    }

    /// The most steps that training on this table takes, over all members and recipes.
    pub fn total_steps(&self, table: &Table) -> usize {
        let first = usize::from(self.trim == Trim::Auto);
        self.steps * self.members * (first + self.recipes(Facts::of(table)).len())
    }

    /// A note on labelled anomalies that are too few to choose the recipe.
    pub(super) fn note_of_labels(&self, anomalies: usize) -> Option<String> {
        let are_idle = anomalies > 0 && self.leaves_choice() && !self.is_chosen_by(anomalies);
        let labelled = agreeing(
            anomalies,
            "labelled anomaly chooses",
            "labelled anomalies choose",
        );
        are_idle
            .then(|| format!("{anomalies} {labelled} no recipe: expected {FEWEST_LABELS} or more"))
    }

    /// Whether so many labelled anomalies choose the recipe.
    pub(super) fn is_chosen_by(&self, anomalies: usize) -> bool {
        anomalies >= FEWEST_LABELS && self.leaves_choice()
    }

    /// What is trained: the usual recipe first, then its rivals, then the candidates if labelled anomalies choose.
    pub(super) fn recipes(&self, facts: Facts) -> Vec<Recipe> {
        let (usual, dim) = (self.recipe(facts), facts.dim);
        if !self.leaves_kind() {
            return vec![usual];
        }
        let rivals = usual.rivals(dim, self.is_front).into_iter();
        // A triangular layer would mix the context with what is scored, and without couplings nothing reads it.
        let is_given = !self.given.is_empty();
        let rivals = rivals.filter(|rival| !is_given || !rival.triangle);
        let is_labelled = self.is_chosen_by(facts.anomalies);
        let others = CANDIDATES.into_iter().filter(|_| is_labelled);
        let others = others.filter(|other| !is_given || other.couplings > 0);
        let rivals = rivals.map(|recipe| recipe.scaled(dim));
        let mut recipes: Vec<Recipe> = std::iter::once(usual).chain(rivals).collect();
        for other in others.map(|recipe| recipe.scaled(dim)) {
            let is_new = recipes.iter().all(|recipe| recipe.name != other.name);
            if is_new && !other.is_too_narrow(dim) {
                recipes.push(other);
            }
        }
        recipes
    }

    /// The recipe for such rows, with the requested options applied.
    fn recipe(&self, facts: Facts) -> Recipe {
        let Facts { dim, rows, .. } = facts;
        let is_log =
            facts.is_log && !self.is_front && self.given.is_empty() && self.leaves_choice();
        let recipe = match (self.recipe, self.budget) {
            (Some(recipe), _) => recipe.scaled(dim),
            (None, Some(budget)) => Recipe::within(dim, budget.in_f32()),
            (None, None) => self.usual(dim, rows, is_log),
        };
        let recipe = recipe.before(self.prior.unwrap_or(recipe.prior));
        Recipe {
            couplings: self.couplings.unwrap_or(recipe.couplings),
            depth: self.depth.unwrap_or(recipe.depth),
            ..recipe
        }
    }

    /// The usual recipe; without a triangular layer where that would mix a context with what is scored.
    fn usual(&self, dim: usize, rows: usize, is_log: bool) -> Recipe {
        let recipe = Recipe::of(dim, rows, is_log);
        match recipe.triangle && !self.given.is_empty() {
            true => SMALL.scaled(dim),
            false => recipe,
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
        let takes = |budget: &Budget| budget.of(chosen.parameters());
        match self.budget.filter(|budget| takes(budget) > budget.bytes) {
            Some(budget) => {
                let message = format!(
                    "expected at least {} bytes of {} for {dim} features, {} with {} and this prior, found {}; {}",
                    takes(&budget),
                    budget.numeric,
                    counted(chosen.couplings(), "coupling"),
                    chosen.networks(),
                    budget.bytes,
                    way_out(&chosen, recipe)
                );
                Err(Error::input("--budget", message))
            }
            None => bounded(chosen),
        }
    }
}

/// The sizes; an error if they make so large a flow that this computer may have no memory for its training.
fn bounded(sizes: Architecture) -> Result<Architecture> {
    let numbers = sizes.parameters();
    if numbers <= MOST_NUMBERS {
        return Ok(sizes);
    }
    let message = format!(
        "expected a flow of at most {MOST_NUMBERS} trained numbers, found {numbers}: {} with {}",
        counted(sizes.couplings(), "coupling"),
        sizes.networks(),
    );
    Err(Error::input("--hidden", message))
}

/// What a flow takes less bytes with.
fn way_out(sizes: &Architecture, recipe: &Recipe) -> &'static str {
    match (sizes.couplings(), recipe.prior) {
        (0, _) => "fewer components in --prior mixture:K take less",
        (_, Prior::Mixture(_)) => "fewer --couplings, or a --prior that is no mixture, take less",
        _ => "fewer --couplings take less",
    }
}
