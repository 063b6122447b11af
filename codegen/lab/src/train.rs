//! Training: NICE flows by maximum likelihood, with hand-written gradients.
//!
//! The same rows and request give the same flows, bit for bit, on any number of threads and any processor. Sums have the same
//! order whatever the number of threads and the width of the registers, and transcendental functions are those of `libm`.

mod adam;
mod architecture;
mod choice;
mod class;
mod data;
mod export;
mod facts;
mod fit;
mod gain;
mod given;
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
mod pull;
mod random;
mod real;
mod reason;
mod recipe;
mod request;
mod stray;
mod suspects;
mod triangle;
mod trim;

pub use architecture::Architecture;
pub use data::FEWEST;
pub use fit::{Check, Settings, Watch};
pub use prior::Prior;
pub use recipe::{RECIPES, Recipe};
pub use request::{Budget, Request};
pub use trim::Trim;

use crate::host::level::above_known;
use crate::judge::calibrate::rescale;
use crate::table::Table;
use class::{Class, Taught, teach};
use fit::left_out;
use members::Student;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::{Baseline, Biases, Combine, Member, Origin, name};
use nice_flow_codegen::{Error, Model, Result};
use prepare::{Prepared, expect_inputs};
use std::collections::BTreeMap;
use std::path::Path;
use suspects::Verdict;
use triangle::Triangle;

/// Trained flows, with notes for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The flows, in the order of their seeds.
    pub model: Model,
    /// Notes on rows that were left out, and on suspicious columns.
    pub notes: Vec<String>,
    /// The recipes that were trained, the best first, each with the area under the ROC curve of labelled anomalies against held-out
    /// rows; empty without labelled anomalies.
    pub choice: Vec<(&'static str, f64)>,
}

/// Trains on the rows that are not labelled as anomalies; `origin` tells where the rows came from.
///
/// Rows with a cell that is not finite are left out. If the request leaves the recipe open, labelled anomalies choose
/// it; no flow is trained on them.
pub fn train(mut table: Table, origin: Origin, request: &Request, watch: Watch) -> Result<Trained> {
    request.check()?;
    table.expect_names_of_one_line()?;
    table.expect_distinct_names()?;
    expect_inputs(table.features.len())?;
    table.mend(request.missing)?;
    let far = match request.baseline {
        Some(_) => prepare::below(&table),
        None => vec![],
    };
    let table = above(table, request.baseline);
    let context = given::places(&table, &request.given)?;
    let verdict = verdict(&table, request, &context, watch)?;
    let suspects = verdict.as_ref().map_or(&[][..], Verdict::suspects);
    let Prepared {
        lesson,
        standard,
        order,
        features,
        calibration,
        mut notes,
        ..
    } = Prepared::new(&table, request, suspects, &context)?;
    notes.extend(far);
    let count = suspects.len() + lesson.rows.len();
    notes.extend(verdict.as_ref().map(|verdict| verdict.note(&table, count)));
    notes.extend(request.note(lesson.facts()));
    notes.extend(request.note_of_labels(lesson.anomalies.len()));
    let drawn = table.sample.as_ref().filter(|sample| sample.is_drawn);
    let drawn_from = drawn.map(|sample| sample.of);
    // The lesson has its own copy of the rows, and training needs the memory.
    drop(table);
    let taught = teach(&lesson, request, watch)?;
    notes.extend(taught.notes());
    let Taught {
        classes, reason, ..
    } = taught;
    let best = classes.first().ok_or_else(|| {
        let message = "expected a likelihood, found none that is a number: training diverged";
        Error::input("training", message)
    })?;
    // Without a choice by labels, they only judge what was trained.
    let most = if request.is_chosen_by(lesson.anomalies.len()) {
        classes.len()
    } else {
        1
    };
    let choice = classes
        .iter()
        .filter(|class| !class.above.is_empty())
        .take(most)
        .map(|class| (class.recipe.name, choice::mean(&class.above)));
    // The `libm` logarithm, since that of the system differs between systems.
    let scored = order[..lesson.dim()].iter();
    let log_det: f64 = scored
        .map(|column| libm::log(standard.factor[*column]))
        .sum();
    let about = about(
        request,
        best,
        reason,
        [lesson.rows.len(), suspects.len()],
        drawn_from,
    );
    let several = best.students.len() > 1;
    let member = |student: &Student| Member {
        preprocessing: Some(given::left_alone(&standard, &context)),
        flow: given::in_raw_units(student.flow(), &standard, &order),
        tail: several.then(|| student.tail.shifted(-log_det)),
        training: outcome(&about, student),
    };
    let members: Vec<Member> = best.students.iter().map(member).collect();
    let biases = Biases::smallest(members.iter().map(|member| &member.flow));
    let mut model = Model {
        name: name::identifier(Path::new(&origin.file)),
        channels: features.len(),
        front_end: None,
        missing: request.missing,
        baseline: request.baseline,
        features,
        members,
        combine: several.then(Combine::default),
        threshold: None,
        p_values: None,
        debounce: None,
        calibration: None,
        biases,
        origin,
    };
    // A value that is learnt from, but so far out that its score is beyond f32, scales nothing.
    rescale(&mut model, &calibration.rows)?;
    Ok(Trained {
        model,
        notes,
        choice: choice.collect(),
    })
}

/// The table above its moving baseline, if there is one.
fn above(table: Table, baseline: Option<Baseline>) -> Table {
    let Some(baseline) = baseline else {
        return table;
    };
    let labels = table.labels.as_deref();
    let values = above_known(
        baseline,
        &table.values,
        table.columns,
        &table.recordings,
        labels,
    );
    Table { values, ..table }
}

/// What a first training says of the rows, if it is asked.
fn verdict(
    table: &Table,
    request: &Request,
    context: &[usize],
    watch: Watch,
) -> Result<Option<Verdict>> {
    if request.trim != Trim::Auto {
        return Ok(None);
    }
    let first = Prepared::new(table, request, &[], context)?;
    let verdict = suspects::judge(&first.lesson, request, watch)?;
    Ok(Some(verdict.at(&first.places)))
}

impl Student {
    /// The trained flow, behind its triangular layer if it has one.
    fn flow(&self) -> Flow {
        let mut flow = self.fitted.nice.flow();
        let before = self.triangle.as_ref().map(Triangle::layers);
        flow.layers.splice(..0, before.into_iter().flatten());
        flow
    }
}

fn about(
    request: &Request,
    class: &Class,
    reason: String,
    [rows, trimmed]: [usize; 2],
    drawn_from: Option<usize>,
) -> BTreeMap<String, String> {
    let sizes = class.settings.architecture;
    let texts = [
        ("recipe", class.recipe.name.to_string()),
        ("reason", reason),
        ("prior", sizes.prior.in_words()),
        ("couplings", sizes.couplings().to_string()),
        ("trained_parameters", sizes.parameters().to_string()),
        ("noise", class.settings.noise.to_string()),
        ("decay", class.settings.decay.to_string()),
        ("trim", request.trim.to_string()),
        (
            "held_out_share",
            (1.0 - left_out(class.settings.trim)).to_string(),
        ),
        ("seed", request.seed.to_string()),
        ("rows", rows.to_string()),
    ];
    let trimmed = (request.trim == Trim::Auto).then(|| ("trimmed_rows", trimmed.to_string()));
    let given = (!request.given.is_empty()).then(|| ("given", request.given.join(", ")));
    let drawn = drawn_from.map(|rows| ("drawn_from", rows.to_string()));
    // Without couplings there are no networks.
    let networks = [("hidden", sizes.hidden), ("depth", sizes.depth)];
    let networks = networks.into_iter().filter(|_| sizes.couplings() > 0);
    let networks = networks.map(|(key, size)| (key, size.to_string()));
    let texts = texts
        .into_iter()
        .chain(networks)
        .chain(given)
        .chain(drawn)
        .chain(trimmed);
    texts.map(|(key, text)| (key.to_string(), text)).collect()
}

/// The facts about training, with those of one flow added.
fn outcome(about: &BTreeMap<String, String>, student: &Student) -> BTreeMap<String, String> {
    let mut about = about.clone();
    let fitted = &student.fitted;
    about.insert("steps".into(), fitted.steps.to_string());
    about.insert("held_out_nll_standard_units".into(), fitted.nll.to_string());
    about
}
