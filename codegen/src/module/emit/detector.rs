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
    let counts = lowered.takes_counts();
    let generics = if counts { "<T>" } else { "" };
    let sample = if counts { "T" } else { "f32" };
    let (element, collector) = match model.baseline {
        None => (sample, String::new()),
        Some(_) => (
            if counts { "i32" } else { "f32" },
            format!(", nice_flow::Baseline<{sample}, CHANNELS, D>"),
        ),
    };
    let bounds = match (counts, model.baseline) {
        (false, _) => String::new(),
        (true, None) => format!(
            "where\n    T: nice_flow::Number,\n    Model: nice_flow::Density<T, D, Nats = {nats}>,\n"
        ),
        (true, Some(_)) => "where\n    T: nice_flow::Level<Value = i32>,\n".into(),
    };
    let new = match model.baseline {
        None => "new(",
        Some(_) => "with(nice_flow::Baseline::new(BASELINE), ",
    };
    let level = model.baseline.map_or_else(String::new, |baseline| {
        format!(
            "
/// Of each channel, a level is taken off that follows it with a time constant of {} samples: 2 to the power of this.
#[allow(dead_code)]
pub const BASELINE: u8 = {};
",
            baseline.samples(),
            baseline.shift()
        )
    });
    let end = if bounds.is_empty() { " " } else { "\n" };
    format!(
        "
/// Numbers in a sample: {vector}.
#[allow(dead_code)]
pub const CHANNELS: usize = {channels};
{level}
/// Takes samples, gives verdicts; in RAM it has no more than its window{and_levels}.
#[allow(dead_code)]
pub type Detector{generics} = nice_flow::Detector<Model, {element}, CHANNELS, D{collector}>;

/// {start}
#[allow(dead_code)]
pub const fn detector{generics}({parameter}) -> Detector{generics}{end}{bounds}{{
    Detector::{new}&MODEL, {threshold})
}}
",
        channels = model.channels,
        and_levels = if level.is_empty() { "" } else { " and levels" },
    )
}
