//! Whether the lowest band is too wide for what a machine does.

use crate::table::Table;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::model::front_end::{Kind, MOST_OCTAVES};

/// More than this share of a channel's energy in its lowest part is worth a note.
const MOST: f64 = 0.5;

/// How many octaves are proposed.
const MORE: u32 = 3;

/// Names the channels most of whose energy lies below everything that the front end tells apart.
///
/// Windows are the rows of [`windows`](super::windows).
pub fn lowest(front: &FrontEnd, windows: &Table) -> Vec<String> {
    let octaves = front.octaves as usize;
    let levels = front.bands() as usize + octaves;
    if front.kind != Kind::Bands || front.octaves == MOST_OCTAVES {
        return vec![];
    }
    let edge = front.rate / 2.0 / f64::from(front.bands() << front.octaves);
    let all = "all channels".to_string();
    let groups = match front.sum {
        true => std::slice::from_ref(&all),
        false => &front.channels,
    };
    let share = |group: usize| {
        let energies = |first: usize, count: usize| -> f64 {
            let rows = windows.iter();
            rows.flat_map(|row| &row[first..first + count])
                .map(|level| level.exp2())
                .sum()
        };
        let first = group * levels;
        let below = energies(first + octaves, 1) - energies(first, octaves);
        below / energies(first + octaves, levels - octaves)
    };
    let shares = groups.iter().enumerate().map(|(i, name)| (name, share(i)));
    shares
        .filter(|(_, share)| *share > MOST)
        .map(|(name, share)| {
            format!(
                "{:.0} % of the energy of {name} lies below {edge:.0} Hz, and nothing tells what is there apart: try --octaves {}, or \
                 samples at a lower rate",
                100.0 * share,
                (front.octaves + MORE).min(MOST_OCTAVES)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Length, Recording, Wish, windows};
    use super::*;

    /// Notes of a tone of so many turns a second, at 1,000 samples a second.
    fn notes(hertz: f64, octaves: u32, sum: bool) -> Vec<String> {
        let value = |i: u32| {
            (4000.0 * (f64::from(i) * hertz * 0.001 * std::f64::consts::TAU).sin()).round()
        };
        let recording = Recording {
            path: "a.i16".into(),
            name: "a.i16".into(),
            rate: Some(1000.0),
            channels: vec!["x".into()],
            values: (0..4096).map(value).collect(),
            are_counts: true,
            times: None,
            labels: None,
            notes: vec![],
        };
        let wish = Wish {
            window: Some(Length::Samples(1024)),
            octaves,
            sum,
            ..Wish::default()
        };
        let recordings = [recording];
        let (front, _) = wish.front_end(&recordings).unwrap();
        lowest(&front, &windows(&recordings, &front).unwrap().table)
    }

    #[test]
    fn a_slow_machine_is_told_to_take_octaves() {
        let said = notes(20.0, 0, false);
        assert!(
            said[0].contains("of the energy of x lies below 62 Hz"),
            "{said:?}"
        );
        assert!(said[0].contains("--octaves 3"), "{said:?}");
        assert!(notes(20.0, 1, true)[0].contains("all channels lies below 31 Hz"));
        assert_eq!(notes(20.0, 2, false), [""; 0]);
        assert_eq!(notes(100.0, 0, false), [""; 0]);
    }
}
