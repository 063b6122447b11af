//! What there is to say about how a module was made.

use nice_flow_codegen::{Model, Numeric};

/// Where an integer module's scales and threshold come from, unless it is the model's calibration.
pub fn scales(model: &Model, numeric: Numeric) -> impl Iterator<Item = &'static str> {
    let calibration = model.calibration.as_ref();
    let drawn = calibration.is_none();
    let rounded = |weights| {
        let own = calibration.and_then(|calibration| calibration.threshold(weights));
        model.threshold.is_some() && own.is_none()
    };
    let notes = numeric.weights().map(|weights| {
        [
            drawn.then_some(
                "no calibration rows (nice-flow calibrate): integers are scaled by draws of the model",
            ),
            rounded(weights).then_some(
                "the threshold is that of f32, rounded: integer scores have none of their own (nice-flow calibrate)",
            ),
        ]
    });
    notes.into_iter().flatten().flatten()
}
