//! The names of a front end's outputs.

use super::{FrontEnd, Kind, STATISTICS};

/// In the order of the runtime's vectors.
pub(super) fn features(front: &FrontEnd) -> Vec<String> {
    let channels = front.channels.iter();
    match front.kind {
        Kind::Statistics => channels
            .flat_map(|channel| STATISTICS.map(|name| format!("{channel} {name}")))
            .collect(),
        Kind::Bands => {
            let levels = levels(front);
            let mut names: Vec<String> = match front.sum {
                true => levels,
                false => channels
                    .flat_map(|channel| {
                        levels.iter().map(move |level| format!("{channel} {level}"))
                    })
                    .collect(),
            };
            if front.mean {
                names.extend(
                    front
                        .channels
                        .iter()
                        .map(|channel| format!("{channel} mean")),
                );
            }
            names
        }
    }
}

/// Of one channel: its octaves, the slowest first, then its bands.
fn levels(front: &FrontEnd) -> Vec<String> {
    let width = front.rate / 2.0 / f64::from(front.bands());
    let octaves = (1..=front.octaves).rev().map(|halvings| {
        let low = width / f64::from(1u32 << halvings);
        (low, 2.0 * low)
    });
    let bands =
        (0..front.bands()).map(|band| (width * f64::from(band), width * f64::from(band + 1)));
    octaves
        .chain(bands)
        .map(|(low, high)| range(low, high))
        .collect()
}

/// A range of frequencies in whole Hz or, if it is narrow, with as many decimals as tell its ends apart.
fn range(low: f64, high: f64) -> String {
    let mut decimals = 0;
    let mut one = 1.0;
    while (high - low) * one < 10.0 && decimals < 12 {
        decimals += 1;
        one *= 10.0;
    }
    // Not rounded: 62.5 is 62 wherever it stands.
    let number = |x: f64| {
        let text = format!("{:.decimals$}", libm::floor(x * one + 1e-6) / one);
        match decimals {
            0 => text,
            _ => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        }
    };
    format!("{}-{} Hz", number(low), number(high))
}
