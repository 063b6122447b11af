//! The detector of a module, with all its type parameters, so that users need not write them.

use crate::model::Model;
use crate::module::Lowered;
use crate::module::fixed::score_type;

/// `CHANNELS`, `Detector` and `detector()`; the latter takes the threshold as an argument if the model has none.
pub(super) fn detector(model: &Model, lowered: &Lowered) -> String {
    let samples = model.dim() / model.channels;
    let vector = match samples {
        1 => "every sample is scored by itself".into(),
        _ => format!("a vector is the last {samples} samples, the oldest first"),
    };
    let nats = lowered.fraction().map_or("f32".into(), score_type);
    let (parameter, threshold) = match model.threshold {
        Some(_) => (String::new(), "THRESHOLD"),
        None => (format!("threshold: {nats}"), "threshold"),
    };
    let start = match model.threshold {
        Some(_) => {
            "A detector at the start of its stream; scores above [`THRESHOLD`] are anomalies."
        }
        None => "A detector at the start of its stream; scores above `threshold` are anomalies.",
    };
    let (generics, element, bounds) = match lowered.takes_counts() {
        false => ("", "f32", String::new()),
        true => {
            let bounds = format!(
                "where\n    T: nice_flow::Number,\n    Model: nice_flow::Density<T, D, Nats = {nats}>,\n"
            );
            ("<T>", "T", bounds)
        }
    };
    let end = if bounds.is_empty() { " " } else { "\n" };
    format!(
        "
/// Numbers in a sample: {vector}.
#[allow(dead_code)]
pub const CHANNELS: usize = {channels};

/// Takes samples, gives verdicts; in RAM it has no more than its window.
#[allow(dead_code)]
pub type Detector{generics} = nice_flow::Detector<Model, {element}, CHANNELS, D>;

/// {start}
#[allow(dead_code)]
pub const fn detector{generics}({parameter}) -> Detector{generics}{end}{bounds}{{
    Detector::new(&MODEL, {threshold})
}}
",
        channels = model.channels,
    )
}
