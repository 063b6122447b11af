//! From the values of a recording to the counts that a board sees.

use super::recording::Recording;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::text::agreeing;
use nice_flow_codegen::{Error, Result};

/// Of the samples, this share at one extreme is clipping.
const CLIPPED: f64 = 0.001;

/// Fewer counts between the extremes may well be there often.
const RANGE: i16 = 64;

/// A value may be off a multiple of the unit by this share of it, and a share of the values by more.
const OFF: f64 = 0.1;
const MOST_OFF: f64 = 0.01;

/// The counts, 0 where a value is missing; an error where one is beyond 16 bits.
pub(super) fn counts(recording: &Recording, front: &FrontEnd) -> Result<Vec<i16>> {
    let units = front.unit.iter().cycle();
    let places = recording.values.iter().zip(units).enumerate();
    let counts = places.map(|(place, (value, unit))| {
        let unit = if recording.are_counts { 1.0 } else { *unit };
        count(*value, unit).ok_or_else(|| beyond(recording, place, unit))
    });
    counts.collect()
}

fn count(value: f64, unit: f64) -> Option<i16> {
    if value.is_nan() {
        return Some(0);
    }
    let count = (value / unit).round();
    (count >= f64::from(i16::MIN) && count <= f64::from(i16::MAX)).then_some(count as i16)
}

fn beyond(recording: &Recording, place: usize, unit: f64) -> Error {
    let (sample, channel) = (place / recording.width(), place % recording.width());
    let largest = recording.values.iter().filter(|x| x.is_finite());
    let largest = largest.fold(0.0, |most: f64, x| most.max(x.abs()));
    let message = format!(
        "sample {sample} (the first is 0), channel {}: expected a count of 16 bits, found {} in units of {unit}; \
         all fit in a unit of {:.3e} or more, which --unit gives to a new model",
        recording.channels[channel],
        recording.values[place],
        largest / 32_767.0
    );
    Error::file(&recording.path, message)
}

/// What is odd of the counts of each channel.
pub(super) fn notes(recording: &Recording, front: &FrontEnd, counts: &[i16]) -> Vec<String> {
    let width = front.channels.len();
    let mut notes = vec![];
    for (place, name) in front.channels.iter().enumerate() {
        let channel = || counts.iter().skip(place).step_by(width).copied();
        let (Some(least), Some(most)) = (channel().min(), channel().max()) else {
            continue;
        };
        if least == most {
            notes.push(format!(
                "channel {name} is dead: it is always {least} counts"
            ));
        }
        let of_all = |count: usize| count as f64 / channel().count().max(1) as f64;
        let at = |extreme: i16| of_all(channel().filter(|x| *x == extreme).count());
        let extremes = [least, most]
            .into_iter()
            .filter(|_| most.saturating_sub(least) > RANGE);
        for extreme in extremes.filter(|extreme| at(*extreme) > CLIPPED) {
            notes.push(format!(
                "channel {name} is clipped: {:.2} % of its samples are {extreme} counts, and none is beyond",
                100.0 * at(extreme)
            ));
        }
        let unit = front.unit[place];
        let is_off = |x: &f64| (x / unit - (x / unit).round()).abs() > OFF;
        let off = recording
            .channel(place)
            .filter(|x| x.is_finite() && is_off(x))
            .count();
        if !recording.are_counts && of_all(off) > MOST_OFF {
            notes.push(format!(
                "channel {name}: {} no multiples of a count, {unit}: is it the sensor, and the unit, that the model was trained with?",
                agreeing(off, "a value is", &format!("{off} values are")),
            ));
        }
    }
    notes
}
