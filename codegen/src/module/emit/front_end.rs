//! The front end of a module, and the detector that takes raw samples.

use super::Extras;
use super::number::nats_type;
use crate::model::front_end::Kind;
use crate::model::{FrontEnd, Model};
use crate::module::Lowered;
use crate::text::{escaped, listed};

/// What a sample is, `Front`, `Detector` and `detector()`; the latter takes the threshold as an argument if the model has none.
pub(super) fn detector(
    front: &FrontEnd,
    model: &Model,
    lowered: &Lowered,
    extras: &Extras,
) -> String {
    let nats = nats_type(lowered.fraction());
    let (parameter, threshold) = match model.threshold {
        Some(_) => (String::new(), "THRESHOLD"),
        None => (format!("threshold: {nats}"), "threshold"),
    };
    let above = match model.threshold {
        Some(_) => "[`THRESHOLD`]",
        None => "`threshold`",
    };
    // Integer modules take the outputs as they are.
    let (element, wrapper) = match lowered.fraction() {
        None => ("f32", Some("nice_flow::front::Reals")),
        Some(_) => ("i32", None),
    };
    let (name, new) = (front.type_name(), front.expression());
    let (name, new) = match wrapper {
        None => (name, new),
        Some(wrapper) => (format!("{wrapper}<{name}>"), format!("{wrapper}({new})")),
    };
    let channels = front.channels.iter().map(|name| escaped(name).into_owned());
    let channels = listed(&channels.collect::<Vec<_>>(), 12);
    format!(
        "
/// Numbers in a sample: {channels}.
#[allow(dead_code)]
pub const CHANNELS: usize = {};

/// Samples a second that the model was trained on.
#[allow(dead_code)]
pub const RATE_HZ: f32 = {:?};

/// What a count of each channel was in its unit; the sensor must be set to the same range.
#[rustfmt::skip]
#[allow(dead_code)]
pub const COUNT: [f32; CHANNELS] = {:?};

/// Makes the inputs of the model of raw samples: {}.
#[rustfmt::skip]
pub type Front = {name};

/// A front end at the start of its stream; a vector comes out once a window of {} samples, {} s, is full{}.
#[allow(dead_code)]
#[rustfmt::skip]
pub const FRONT: Front = {new};

/// Takes raw samples, `[i16; CHANNELS]`, gives a verdict once a window; in RAM it has no more than its front end.
#[allow(dead_code)]
pub type Detector = nice_flow::Detector<Model, {element}, CHANNELS, D, Front>;

/// A detector at the start of its stream; scores above {above} are anomalies.
#[allow(dead_code)]
pub const fn detector({parameter}) -> Detector {{
    Detector::with(FRONT, &MODEL, {threshold})
}}
{}",
        front.channels.len(),
        front.rate as f32,
        front.unit.iter().map(|unit| *unit as f32).collect::<Vec<_>>(),
        outputs(front),
        front.window,
        front.seconds(),
        every(front),
        extras.package.map_or("", |_| OF_CONTENTS),
    )
}

const OF_CONTENTS: &str = "
/// A detector at the start of its stream, of a blob or of [`FACTORY`].
#[allow(dead_code)]
pub const fn detector_of(contents: &Contents) -> Detector {
    Detector::with(FRONT, contents.model, contents.threshold)
}
";

fn outputs(front: &FrontEnd) -> String {
    match front.kind {
        Kind::Statistics => "statistics of each window, Q16".into(),
        Kind::Bands => format!(
            "the logarithms to base 2 of the energies of {} bands and {} octaves, Q16",
            front.bands(),
            front.octaves
        ),
    }
}

fn every(front: &FrontEnd) -> String {
    match front.hops() {
        1 => String::new(),
        _ => format!(", then every {} samples", front.hop),
    }
}
