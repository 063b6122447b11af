//! What `train` says: the choice, the flows, and what was promised with the rows that were held out.

use crate::verb::calibrate;
use nice_flow_codegen::flow::ir::Layer;
use nice_flow_codegen::model::Member;
use nice_flow_codegen::text::{counted, rounded};
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::judge::promise::Promise;
use nice_flow_lab::train::Trained;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Prints it, as text or as JSON; `model` is what was written.
pub(super) fn report(
    trained: &Trained,
    model: &Model,
    promise: Option<&Promise>,
    output: &Path,
    json: bool,
) -> Result<()> {
    let members = trained.model.members.iter();
    if json {
        let training: Vec<_> = members.map(|member| facts(&member.training)).collect();
        let choice: Vec<_> = trained
            .choice
            .iter()
            .map(|(recipe, auroc)| json!({ "recipe": recipe, "auroc": auroc }))
            .collect();
        say!(
            "{}",
            json!({
                "model": output.to_string_lossy(), "members": training, "combine": model.combine, "choice": choice,
                "calibration": promise.map(|promise| calibrate::json(promise, model, output)),
            })
        );
        return Ok(());
    }
    let rows = match trained.choice.len() {
        1 => "held-out rows, drawn at random",
        _ => "held-out rows, half of them the last of the file",
    };
    for (recipe, auroc) in &trained.choice {
        say!("AUROC {auroc:.4} of labelled anomalies against {rows}: {recipe}");
    }
    for (index, member) in members.enumerate() {
        say!("flow {index}: {}", flow(member));
    }
    if let Some(promise) = promise {
        calibrate::print(promise, model)?;
    }
    say!("wrote {}", output.display());
    Ok(())
}

/// The facts of a training, numbers as numbers.
pub(in crate::verb) fn facts(training: &BTreeMap<String, String>) -> Value {
    let fact =
        |text: &String| serde_json::from_str(text).map_or_else(|_| json!(text), Value::Number);
    let facts = training.iter().map(|(key, text)| (key.clone(), fact(text)));
    Value::Object(facts.collect())
}

/// What was trained, how well, and why so.
fn flow(member: &Member) -> String {
    let of = |key: &str| member.training.get(key).map_or("", String::as_str);
    let number = |key: &str, thing: &str| counted(of(key).parse().unwrap_or(0), thing);
    let is_triangle = |layer: &Layer| matches!(layer, Layer::Triangular(_));
    let triangle = match member.flow.layers.iter().any(is_triangle) {
        true => "triangular layer, ",
        false => "",
    };
    let couplings = match of("couplings").parse() {
        Ok(0) | Err(_) => "no couplings".into(),
        Ok(count) => format!(
            "{} with {} of {}",
            counted(count, "coupling"),
            number("depth", "hidden layer"),
            of("hidden")
        ),
    };
    let nll = of("held_out_nll_standard_units").parse();
    format!(
        "{} ({triangle}{couplings}, {}; {}), best after {}, negative log-likelihood {} nats a row in standard units, of the likelier {} % of held-out rows; {}",
        of("recipe"),
        of("prior"),
        number("trained_parameters", "trained number"),
        number("steps", "step"),
        rounded(nll.unwrap_or(f64::NAN), 3),
        rounded(100.0 * of("held_out_share").parse().unwrap_or(f64::NAN), 0),
        of("reason"),
    )
}
