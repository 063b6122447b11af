//! Wrong readings of every checkpoint of `../shared/checkpoints`: the probe catches each of them and says what is right.
#![cfg(feature = "cli")]

use nice_flow_codegen::checkpoint::Checkpoint;
use nice_flow_codegen::import::rereading;
use nice_flow_codegen::probe::{self, Probe, Readings, Suggestions, Units};
use nice_flow_codegen::{Error, Model};
use std::path::Path;

#[path = "fixtures/checkpoints.rs"]
mod checkpoints;
#[path = "fixtures/mistakes.rs"]
mod mistakes;

use checkpoints::{MANIFESTS, SHARED, manifest_of, shared, text_of};
use mistakes::{MISTAKES, Manifested};

/// A wrong reading, caught: what the probe said, and what the search found.
struct Trial {
    median: f64,
    message: String,
    suggestions: Suggestions,
}

/// Fails unless the probe disagrees.
fn trial(label: &str, model: &Model, reference: &Probe, readings: &Readings) -> Trial {
    let message = match probe::check(model, reference) {
        Err(Error::Check(message)) => message,
        other => panic!("{label}: expected a disagreement, found {other:?}"),
    };
    let differences = (reference
        .sets
        .iter()
        .filter(|set| set.units == Units::Model))
    .flat_map(|set| set.rows.iter().zip(&set.log_density))
    .map(|(x, theirs)| (model.flow.log_density(x) - theirs).abs());
    let mut differences: Vec<_> = differences.collect();
    differences.sort_by(f64::total_cmp);
    Trial {
        median: differences[differences.len() / 2],
        message,
        suggestions: probe::suggest(model, reference, readings),
    }
}

impl Trial {
    /// Prints the row of the table; whether one of the readings that agree has one of the words.
    fn says(&self, label: &str, words: &[&str]) -> bool {
        let fitting = &self.suggestions.fitting;
        let text = |found: &probe::Suggestion| format!("{} ({})", found.what, found.ask);
        let right = fitting.iter().map(text);
        let right = right.filter(|text| words.iter().any(|word| text.contains(word)));
        let right: Vec<_> = right.collect();
        let shown = match (right.first(), fitting.first()) {
            (Some(right), _) => right.clone(),
            (None, Some(other)) => format!("OTHER: {}", text(other)),
            (None, None) => format!("NOTHING of {}", self.suggestions.tried),
        };
        println!("{label:80} {:8.1e}  {shown}", self.median);
        !right.is_empty()
    }
}

/// One file of each case.
fn cases() -> impl Iterator<Item = (&'static str, Manifested, Probe)> {
    let mut last = "";
    MANIFESTS.into_iter().filter_map(move |(case, toml, file)| {
        let again = std::mem::replace(&mut last, case) == case;
        let (toml, file) = (shared(case, toml)?, shared(case, file)?);
        let reference = Path::new(SHARED).join(case).join("reference.npz");
        let reference = Probe::open(&reference).unwrap();
        let case = (!again).then_some(case)?;
        let manifested = Manifested {
            text: text_of(&toml),
            checkpoint: Checkpoint::open(&file).unwrap(),
        };
        Some((case, manifested, reference))
    })
}

#[test]
fn wrong_manifests_are_caught_and_put_right() {
    let (mut trials, mut wrong) = (0, vec![]);
    for (case, right, reference) in cases() {
        let flow = |text: &str| manifest_of(text).unwrap().import(&right.checkpoint);
        let truth = flow(&right.text).unwrap().model;
        probe::check(&truth, &reference).unwrap();
        for (mistake, edit, words) in MISTAKES {
            let Some(text) = edit(&right) else { continue };
            let label = format!("{case}: {mistake}");
            // Shapes that do not allow the mistake.
            let Ok(imported) = flow(&text) else { continue };
            if imported.model.flow == truth.flow {
                continue;
            }
            let manifest = manifest_of(&text).unwrap();
            let readings = rereading::by_manifest(&right.checkpoint, &manifest);
            let trial = trial(&label, &imported.model, &reference, &readings);
            trials += 1;
            if !trial.says(&label, words) {
                wrong.push(label);
            }
        }
    }
    println!("{trials} wrong manifests");
    assert!(
        wrong.is_empty(),
        "{} not put right: {wrong:#?}",
        wrong.len()
    );
    assert!(trials == 0 || trials >= 100, "{trials}");
}
