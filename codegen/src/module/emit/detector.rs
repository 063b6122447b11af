//! The detector of a module, with all its type parameters, so that users need not write them.

use super::Extras;
use super::collector::Collector;
use super::number::nats_type;
use crate::model::{Missing, Model};
use crate::module::Lowered;

/// `CHANNELS`, `Detector` and `detector()`; the latter takes the threshold as an argument if the model has none. Where the
/// detector has more than a window, also `Collector` and `collector()`.
pub(super) fn detector(model: &Model, lowered: &Lowered, extras: &Extras) -> String {
    let samples = model.dim() / model.channels;
    let vector = match samples {
        1 => "every sample is scored by itself".into(),
        _ => format!("a vector is the last {samples} samples, the oldest first"),
    };
    let nats = nats_type(lowered.fraction());
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
    let collector = Collector::of(model, sample, counts);
    let bounds = match (counts, &collector) {
        (false, _) => String::new(),
        (true, None) => format!(
            "where\n    T: nice_flow::Number,\n    Model: nice_flow::Density<T, D, Nats = {nats}>,\n"
        ),
        (true, Some(_)) => "where\n    T: nice_flow::Level<Value = i32>,\n".into(),
    };
    let end = if bounds.is_empty() { " " } else { "\n" };
    let element = match (counts, &collector) {
        (true, Some(_)) => "i32",
        _ => sample,
    };
    let (constants, state, last, new) = match &collector {
        None => (String::new(), "", String::new(), "new("),
        Some(collector) => (
            collector.constants.clone() + &with_start(collector, generics, &bounds, end),
            collector.state,
            format!(", Collector{generics}"),
            "with(collector(), ",
        ),
    };
    let silence = match model.missing {
        Missing::Ignore if !counts => {
            "; a sample with a missing channel, a NaN, is ignored, and has none"
        }
        _ => "",
    };
    let other = match extras.package {
        None => String::new(),
        Some(_) => format!(
            "
/// A detector at the start of its stream, of a blob or of [`FACTORY`].
#[allow(dead_code)]
pub const fn detector_of{generics}(contents: &Contents) -> Detector{generics}{end}{bounds}{{
    Detector::{new}contents.model, contents.threshold)
}}
"
        ),
    };
    format!(
        "
/// Numbers in a sample: {vector}.
#[allow(dead_code)]
pub const CHANNELS: usize = {channels};
{constants}
/// Takes samples, gives verdicts{silence}; in RAM it has no more than its window{state}.
#[allow(dead_code)]
pub type Detector{generics} = nice_flow::Detector<Model, {element}, CHANNELS, D{last}>;

/// {start}
#[allow(dead_code)]
pub const fn detector{generics}({parameter}) -> Detector{generics}{end}{bounds}{{
    Detector::{new}&MODEL, {threshold})
}}
{other}",
        channels = model.channels,
    )
}

/// The collector's type and the function that makes one.
fn with_start(collector: &Collector, generics: &str, bounds: &str, end: &str) -> String {
    let Collector { name, new, .. } = collector;
    format!(
        "
/// Makes the vectors that the model scores of samples.
#[allow(dead_code)]
pub type Collector{generics} = {name};

/// A collector at the start of its stream.
#[allow(dead_code)]
pub const fn collector{generics}() -> Collector{generics}{end}{bounds}{{
    {new}
}}
"
    )
}
