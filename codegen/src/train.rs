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
mod members;
mod mixture;
mod network;
mod nice;
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

use crate::ensemble::{Ensemble, Member};
use crate::ir::Diagonal;
use crate::model::Origin;
use crate::table::Table;
use crate::{Error, Model, Result};
use data::{FEWEST, Rows, Split};
use members::{Lesson, Student};
use recipe::OTHERS;
use std::collections::BTreeMap;

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
    let features = table.features.clone();
    let (lesson, standard, notes) = prepare(table, request.seed)?;
    let recipe = request.recipe(features.len(), lesson.rows.len());
    let chooses = lesson.anomalies.len() > 0 && request.leaves_choice();
    let recipes = if chooses {
        candidates(recipe)
    } else {
        vec![recipe]
    };
    let mut results = vec![];
    for recipe in recipes {
        let settings = request.settings(&recipe, features.len())?;
        let students = lesson.teach(&settings, &seeds(request), watch);
        if students.len() == request.members {
            let marks = if chooses {
                lesson.marks(&students)
            } else {
                0.0
            };
            results.push((marks, recipe, settings, students));
        }
    }
    // Stable: the recipe itself goes before others that are as good.
    results.sort_by(|a, b| b.0.total_cmp(&a.0));
    let marks = results
        .iter()
        .map(|(marks, recipe, ..)| (recipe.name, *marks));
    let choice = if chooses { marks.collect() } else { vec![] };
    let (_, recipe, settings, students) = results.into_iter().next().ok_or_else(|| {
        let message = "expected a likelihood, found none that is a number: training diverged";
        Error::input("training", message)
    })?;
    let about = about(request, &recipe, &settings, &lesson);
    let model = |student: &Student| Model {
        name: crate::import::identifier(std::path::Path::new(&origin.file)),
        features: features.clone(),
        preprocessing: Some(standard.clone()),
        flow: student.fitted.nice.flow(),
        threshold: None,
        p_values: None,
        debounce: None,
        calibration: None,
        origin: origin.clone(),
        training: outcome(&about, student),
    };
    let member = |student: &Student| Member {
        model: model(student),
        tail: student.tail.shifted(-standard.log_det()),
    };
    let members = students.iter().map(member).collect();
    let ensemble = Ensemble {
        members,
        threshold: None,
        p_values: None,
        debounce: None,
        calibration: None,
    };
    Ok(Trained {
        ensemble,
        notes,
        choice,
    })
}

/// Complete rows in standard units, and the units.
fn prepare(table: Table, seed: u64) -> Result<(Lesson, Diagonal, Vec<String>)> {
    let labels = table.labels.as_deref().unwrap_or_default();
    let labelled = |row: usize| labels.get(row).copied().unwrap_or(false);
    let (mut normal, mut anomalous) = (vec![], vec![]);
    for (index, row) in table.iter().enumerate() {
        if row.iter().all(|value| value.is_finite()) {
            let rows = if labelled(index) {
                &mut anomalous
            } else {
                &mut normal
            };
            rows.push(row);
        }
    }
    if normal.len() < FEWEST {
        let message = format!(
            "expected at least {FEWEST} normal rows without empty cells, found {}",
            normal.len()
        );
        return Err(Error::input("training rows", message));
    }
    let (standard, mut notes) = data::standardise(&normal, &table.features)?;
    let left_out = table.rows - normal.len() - anomalous.len();
    if left_out > 0 {
        notes.push(format!(
            "{left_out} of {} rows left out: a cell is empty or no finite number",
            table.rows
        ));
    }
    let lesson = Lesson {
        split: Split::new(normal.len(), seed),
        rows: Rows::new(normal.into_iter(), &standard),
        anomalies: Rows::new(anomalous.into_iter(), &standard),
    };
    Ok((lesson, standard, notes))
}

/// The recipe, then those that differ from it.
fn candidates(recipe: Recipe) -> Vec<Recipe> {
    let others = OTHERS.into_iter().filter(|other| other.name != recipe.name);
    [recipe].into_iter().chain(others).collect()
}

/// One for each member; those of other requests are others.
fn seeds(request: &Request) -> Vec<u64> {
    let members = 0..request.members as u64;
    members
        .map(|member| request.seed ^ (member << 32))
        .collect()
}

fn about(
    request: &Request,
    recipe: &Recipe,
    settings: &Settings,
    lesson: &Lesson,
) -> BTreeMap<String, String> {
    let sizes = settings.architecture;
    let texts = [
        ("recipe", recipe.name.to_string()),
        ("couplings", sizes.couplings().to_string()),
        ("hidden", sizes.hidden.to_string()),
        ("depth", sizes.depth.to_string()),
        ("parameters", sizes.parameters().to_string()),
        ("noise", settings.noise.to_string()),
        ("decay", settings.decay.to_string()),
        ("trim", request.trim.to_string()),
        ("seed", request.seed.to_string()),
        ("rows", lesson.split.training.len().to_string()),
        ("held_out_rows", lesson.split.held_out.len().to_string()),
    ];
    texts.map(|(key, text)| (key.to_string(), text)).into()
}

/// With what is one flow's own.
fn outcome(about: &BTreeMap<String, String>, student: &Student) -> BTreeMap<String, String> {
    let mut about = about.clone();
    about.insert("steps".into(), student.fitted.steps.to_string());
    about.insert(
        "held_out_nll_standard_units".into(),
        student.fitted.nll.to_string(),
    );
    about
}
