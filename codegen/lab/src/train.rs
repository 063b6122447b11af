//! Training: NICE by maximum likelihood, with our own gradients.
//!
//! Same rows, same request: same flows, bit for bit, on any number of threads and any processor. A flow is trained
//! on one thread; sums have one order whatever the width of the registers; functions come from `libm`.

mod adam;
mod architecture;
mod choice;
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

use crate::table::Table;
use members::{Lesson, Student};
use nice_flow_codegen::model::{Combine, Member, Origin, name};
use nice_flow_codegen::{Error, Model, Result};
use prepare::Prepared;
use recipe::CANDIDATES;
use std::collections::BTreeMap;
use std::path::Path;

/// Trained flows, and what the user should know of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The flows, in the order of their seeds.
    pub model: Model,
    /// What was left out, and what looks wrong in the rows.
    pub notes: Vec<String>,
    /// The recipes that labelled anomalies chose among, best first, with the area under the ROC curve.
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
        .filter(|class| !class.above.is_empty())
        .map(|class| (class.recipe.name, choice::mean(&class.above)));
    // Not the system's logarithm, which differs between systems.
    let log_det: f64 = standard
        .factor
        .iter()
        .map(|factor| libm::log(*factor))
        .sum();
    let about = about(request, best, lesson.rows.len());
    let several = best.students.len() > 1;
    let member = |student: &Student| Member {
        preprocessing: Some(standard.clone()),
        flow: student.fitted.nice.flow(),
        tail: several.then(|| student.tail.shifted(-log_det)),
        training: outcome(&about, student),
    };
    let model = Model {
        name: name::identifier(Path::new(&origin.file)),
        channels: features.len(),
        features,
        members: best.students.iter().map(member).collect(),
        combine: several.then(Combine::default),
        threshold: None,
        p_values: None,
        debounce: None,
        calibration: Some(calibration),
        origin,
    };
    Ok(Trained {
        model,
        notes,
        choice: choice.collect(),
    })
}

/// The flows of one recipe.
struct Class {
    recipe: Recipe,
    settings: Settings,
    students: Vec<Student>,
    /// For each labelled anomaly, the mean of the flows' shares of held-out rows that score less.
    above: Vec<f64>,
}

impl Class {
    /// `None` if a flow diverged.
    fn new(
        lesson: &Lesson,
        recipe: Recipe,
        request: &Request,
        watch: Watch,
    ) -> Result<Option<Self>> {
        let settings = request.settings(&recipe, lesson.rows.dim)?;
        let students = lesson.teach(&settings, &seeds(request), watch);
        if students.len() < request.members {
            return Ok(None);
        }
        // Each flow has its own held-out rows, so that more of them judge.
        let above = |anomaly: usize| {
            let shares = students.iter().map(|student| student.above[anomaly]);
            choice::mean(&shares.collect::<Vec<_>>())
        };
        Ok(Some(Self {
            above: (0..lesson.anomalies.len()).map(above).collect(),
            recipe,
            settings,
            students,
        }))
    }
}

/// Trains the recipe, or where labelled anomalies choose the candidates too: best first. What diverged is missing.
fn teach(lesson: &Lesson, request: &Request, watch: Watch) -> Result<Vec<Class>> {
    let dim = lesson.rows.dim;
    let recipe = request.recipe(dim, lesson.rows.len());
    let chooses = lesson.anomalies.len() > 0 && request.leaves_choice();
    let others = CANDIDATES.into_iter().filter(|_| chooses);
    let others = others.filter(|other| other.name != recipe.name);
    let all = std::iter::once(recipe).chain(others.map(|other| other.scaled(dim)));
    let classes = all.map(|recipe| Class::new(lesson, recipe, request, watch));
    let classes: Vec<Option<Class>> = classes.collect::<Result<_>>()?;
    let mut classes: Vec<Class> = classes.into_iter().flatten().collect();
    let usual = classes.first().map_or(vec![], |class| class.above.clone());
    let merit = |class: &Class| choice::merit(&class.above, &usual);
    // Stable: the recipe for these rows goes before others that are as good.
    classes.sort_by(|a, b| merit(b).total_cmp(&merit(a)));
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
