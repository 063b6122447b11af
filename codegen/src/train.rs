//! Training: NICE by maximum likelihood, with our own gradients.
//!
//! Same rows, same request: same flows, bit for bit, on any number of threads and any processor. A flow is trained
//! on one thread; sums have one order whatever the width of the registers; functions come from `libm`.

mod adam;
mod architecture;
mod data;
mod export;
mod fit;
#[cfg(test)]
mod gradients;
mod kernel;
mod label;
mod members;
mod mixture;
mod network;
mod nice;
mod prepare;
mod prior;
mod random;
mod real;
mod recipe;
mod request;

pub use architecture::Architecture;
pub use fit::{Check, Settings, Watch};
pub use prior::Prior;
pub use recipe::Recipe;
pub use request::Request;

use crate::ensemble::{Combine, Ensemble, Member};
use crate::model::Origin;
use crate::table::Table;
use crate::{Error, Model, Result};
use members::{Lesson, Student};
use prepare::Prepared;
use recipe::RECIPES;
use std::collections::BTreeMap;
use std::path::Path;

/// Trained flows, and what the user should know of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Members in the order of their seeds.
    pub ensemble: Ensemble,
    /// What was left out, and what looks wrong in the rows.
    pub notes: Vec<String>,
    /// The recipes that labelled anomalies chose among, the chosen one first, with the area under the ROC curve.
    pub choice: Vec<(&'static str, f64)>,
}

/// Trains on the rows that are not labelled as anomalies; `origin` says where they came from.
///
/// Rows with a cell that is no finite number are left out. Labelled anomalies choose the recipe, if the request
/// leaves it open; no flow is trained on them.
pub fn train(table: Table, origin: Origin, request: &Request, watch: Watch) -> Result<Trained> {
    request.check()?;
    let Prepared {
        lesson,
        standard,
        features,
        calibration,
        notes,
    } = Prepared::new(table)?;
    let classes = teach(&lesson, request, watch)?;
    let best = classes.first().ok_or_else(|| {
        let message = "expected a likelihood, found none that is a number: training diverged";
        Error::input("training", message)
    })?;
    let choice = classes
        .iter()
        .filter_map(|class| Some((class.recipe.name, class.area()?)));
    // Not the system's logarithm, which differs between systems.
    let log_det: f64 = standard
        .factor
        .iter()
        .map(|factor| libm::log(*factor))
        .sum();
    let about = about(request, best, lesson.rows.len());
    let member = |student: &Student| Member {
        model: Model {
            name: crate::import::identifier(Path::new(&origin.file)),
            features: features.clone(),
            preprocessing: Some(standard.clone()),
            flow: student.fitted.nice.flow(),
            threshold: None,
            p_values: None,
            debounce: None,
            calibration: None,
            origin: origin.clone(),
            training: outcome(&about, student),
        },
        tail: student.tail.shifted(-log_det),
    };
    let mut ensemble = Ensemble {
        members: best.students.iter().map(member).collect(),
        combine: Combine::default(),
        threshold: None,
        p_values: None,
        debounce: None,
        calibration: None,
    };
    ensemble.share(Some(calibration));
    Ok(Trained {
        ensemble,
        notes,
        choice: choice.collect(),
    })
}

/// The flows of one recipe.
struct Class {
    recipe: Recipe,
    settings: Settings,
    students: Vec<Student>,
}

impl Class {
    /// The mean over its flows: each has its own held-out rows, so that more of them judge.
    fn area(&self) -> Option<f64> {
        let areas = self.students.iter().map(|student| student.area);
        let sum: f64 = areas.sum::<Option<f64>>()?;
        Some(sum / self.students.len() as f64)
    }
}

/// Trains the recipe, or where labelled anomalies choose all recipes: best first. What diverged is missing.
fn teach(lesson: &Lesson, request: &Request, watch: Watch) -> Result<Vec<Class>> {
    let dim = lesson.rows.dim;
    let recipe = request.recipe(dim, lesson.rows.len());
    let others = RECIPES.into_iter().filter(|r| r.name != recipe.name);
    let chooses = lesson.anomalies.len() > 0 && request.leaves_choice();
    let count = if chooses { RECIPES.len() } else { 1 };
    let mut classes = vec![];
    for recipe in [recipe].into_iter().chain(others).take(count) {
        let settings = request.settings(&recipe, dim)?;
        let students = lesson.teach(&settings, &seeds(request), watch);
        if students.len() == request.members {
            classes.push(Class {
                recipe,
                settings,
                students,
            });
        }
    }
    // Stable: the recipe for these rows goes before others that are as good.
    classes.sort_by(|a, b| b.area().unwrap_or(0.0).total_cmp(&a.area().unwrap_or(0.0)));
    Ok(classes)
}

/// One for each member; those of other requests are others.
fn seeds(request: &Request) -> Vec<u64> {
    let members = 0..request.members as u64;
    members
        .map(|member| request.seed ^ (member << 32))
        .collect()
}

fn about(request: &Request, class: &Class, rows: usize) -> BTreeMap<String, String> {
    let sizes = class.settings.architecture;
    let texts = [
        ("recipe", class.recipe.name.to_string()),
        ("couplings", sizes.couplings().to_string()),
        ("hidden", sizes.hidden.to_string()),
        ("depth", sizes.depth.to_string()),
        ("parameters", sizes.parameters().to_string()),
        ("noise", class.settings.noise.to_string()),
        ("decay", class.settings.decay.to_string()),
        ("trim", request.trim.to_string()),
        ("seed", request.seed.to_string()),
        ("rows", rows.to_string()),
    ];
    texts
        .map(|(key, text)| (key.to_string(), text))
        .into_iter()
        .collect()
}

/// With what is one flow's own.
fn outcome(about: &BTreeMap<String, String>, student: &Student) -> BTreeMap<String, String> {
    let mut about = about.clone();
    let fitted = &student.fitted;
    about.insert("steps".into(), fitted.steps.to_string());
    about.insert("held_out_nll_standard_units".into(), fitted.nll.to_string());
    about
}
