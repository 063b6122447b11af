//! What is asked of a new front end, and the front end that recordings then get.

mod length;
pub use length::Length;

use super::recording::Recording;
use super::unit;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::model::front_end::{Kind, VERSION};
use nice_flow_codegen::text::listed;
use nice_flow_codegen::{Error, Result};

/// What is asked for; the recordings decide what is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Statistics instead of bands.
    pub statistics: bool,
    /// Samples a second.
    pub rate: Option<f64>,
    /// By default a second or 1,024 samples, whichever is longer.
    pub window: Option<Length>,
    /// By default the window.
    pub hop: Option<Length>,
    /// 3 by default.
    pub levels: Option<u32>,
    /// Octaves below the lowest band.
    pub octaves: u32,
    /// Whether energies are summed over the channels.
    pub sum: bool,
    /// Whether means are inputs too.
    pub mean: bool,
    /// What a count is: one number for all channels, or one for each.
    pub unit: Vec<f64>,
}

/// The least samples of a window that nobody asked for.
const USUAL: u32 = 1024;

impl Wish {
    /// The front end for these recordings, which have the same channels; and what was decided, in words.
    pub fn front_end(&self, recordings: &[Recording]) -> Result<(FrontEnd, Vec<String>)> {
        let first = recordings
            .first()
            .ok_or_else(|| Error::input("recordings", "expected a recording, found none"))?;
        let mut notes = vec![];
        let rate = self.rate(recordings)?;
        let mut front = FrontEnd {
            kind: if self.statistics {
                Kind::Statistics
            } else {
                Kind::Bands
            },
            version: VERSION,
            rate,
            window: 0,
            hop: 0,
            levels: self.levels.unwrap_or(if self.statistics { 0 } else { 3 }),
            octaves: self.octaves,
            channels: first.channels.clone(),
            unit: self.unit(recordings, &mut notes)?,
            sum: self.sum,
            mean: self.mean,
        };
        if !self.statistics && front.levels > 4 || front.octaves > 31 {
            // Before anything is computed of them.
            front.check()?;
        }
        self.set_window(&mut front, &mut notes)?;
        front.check()?;
        Ok((front, notes))
    }

    fn rate(&self, recordings: &[Recording]) -> Result<f64> {
        let said = recordings.iter().find_map(|recording| recording.rate);
        self.rate.or(said).ok_or_else(|| {
            Error::input(
                "--rate",
                "expected samples a second, such as --rate 1000, since no recording says it; tables that hold rows, and no raw \
                 signals, are named file by file and not as a folder",
            )
        })
    }

    /// Sets window and hop, rounded down to what filters can do.
    fn set_window(&self, front: &mut FrontEnd, notes: &mut Vec<String>) -> Result<()> {
        let rate = front.rate;
        let usual = Length::Samples(USUAL.max(Length::Seconds(1.0).samples(rate)));
        let window = self.window.unwrap_or(usual).samples(rate);
        let hop = self.hop.map_or(window, |hop| hop.samples(rate));
        let step = front.step();
        if hop > window || window < step || hop < step {
            let message = format!(
                "expected a hop of {step} samples or more, and a window no shorter, found {hop} and {window}"
            );
            return Err(Error::input("--window", message));
        }
        let asked = f64::from(window) / f64::from(hop);
        let hops = 2f64.powf(asked.log2().round().clamp(0.0, 3.0)) as u32;
        front.hop = (window / hops) / step * step;
        if front.hop == 0 {
            let message = format!(
                "expected at least {} samples for a hop of this share, found {window}",
                step * hops
            );
            return Err(Error::input("--window", message));
        }
        front.window = front.hop * hops;
        let seconds = front.seconds();
        if front.window != window {
            notes.push(format!(
                "the window is rounded from {window} to {} samples ({seconds} s): hops are multiples of {step}",
                front.window
            ));
        }
        if self.hop.is_some() && front.hop != hop {
            notes.push(format!(
                "the hop is rounded from {hop} to {} samples: it is a half, a quarter or an eighth of the window",
                front.hop
            ));
        }
        Ok(())
    }

    /// What a count of each channel is.
    fn unit(&self, recordings: &[Recording], notes: &mut Vec<String>) -> Result<Vec<f64>> {
        let channels = recordings.first().map_or(0, |first| first.channels.len());
        match self.unit.as_slice() {
            [] => (),
            [one] => return Ok(vec![*one; channels]),
            several => return Ok(several.to_vec()),
        }
        let tables: Vec<&Recording> = recordings.iter().filter(|one| !one.are_counts).collect();
        let Some(first) = tables.first() else {
            return Ok(vec![1.0; channels]);
        };
        let of = |channel: usize| tables.iter().flat_map(move |one| one.channel(channel));
        let mut all: Vec<f64> = (0..channels).flat_map(of).collect();
        let units = match unit::of_count(&mut all) {
            Some(unit) => Some(vec![unit; channels]),
            None => {
                let own = (0..channels).map(|channel| unit::of_count(&mut of(channel).collect()));
                own.collect()
            }
        };
        let units: Vec<f64> = units.ok_or_else(|| {
            let message = format!(
                "expected channels, {}, of multiples of a count of 16 bits, found values that are multiples of none: --unit says \
                 what a count of the board's sensor is, such as --unit 0.000488; --skip leaves out columns that are no channels",
                listed(&first.channels, 5)
            );
            Error::file(&first.path, message)
        })?;
        if units.iter().any(|unit| *unit != 1.0) {
            let mut told: Vec<String> = units.iter().map(|unit| format!("{unit:.6e}")).collect();
            told.dedup();
            notes.push(format!(
                "unit of a count: {}, found as the largest step of which all values are multiples",
                told.join(", ")
            ));
        }
        Ok(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(values: Vec<f64>) -> Recording {
        Recording {
            path: "a.csv".into(),
            name: "a.csv".into(),
            rate: None,
            channels: vec!["x".into()],
            values,
            are_counts: false,
            times: None,
            labels: None,
            notes: vec![],
        }
    }

    fn made(wish: &Wish) -> Result<(FrontEnd, Vec<String>)> {
        wish.front_end(&[recording(vec![1.0, 2.0])])
    }

    fn wish() -> Wish {
        Wish {
            rate: Some(1000.0),
            ..Wish::default()
        }
    }

    #[test]
    fn a_window_is_a_second_or_1024_samples() {
        assert_eq!(made(&wish()).unwrap().0.window, 1024);
        let fast = Wish {
            rate: Some(16_000.0),
            ..wish()
        };
        assert_eq!(made(&fast).unwrap().0.window, 16_000);
    }

    #[test]
    fn a_window_that_filters_cannot_do_is_rounded_and_said() {
        let odd = Wish {
            window: Some(Length::Seconds(0.1)),
            ..wish()
        };
        let (front, notes) = made(&odd).unwrap();
        assert_eq!((front.window, front.hop), (96, 96));
        assert!(
            notes[0].contains("rounded from 100 to 96 samples (0.096 s)"),
            "{notes:?}"
        );
        let hops = Wish {
            window: Some(Length::Samples(1000)),
            hop: Some(Length::Samples(300)),
            ..wish()
        };
        let (front, notes) = made(&hops).unwrap();
        assert_eq!((front.window, front.hop, notes.len()), (960, 240, 2));
        let short = Wish {
            window: Some(Length::Samples(8)),
            ..wish()
        };
        assert!(
            made(&short)
                .unwrap_err()
                .to_string()
                .contains("a hop of 16 samples or more")
        );
        let statistics = Wish {
            statistics: true,
            window: Some(Length::Seconds(0.1)),
            ..wish()
        };
        assert_eq!(made(&statistics).unwrap().0.window, 100);
    }

    #[test]
    fn what_recordings_do_not_say_is_asked_for() {
        let error = made(&Wish::default()).unwrap_err().to_string();
        assert!(
            error.starts_with("--rate: expected samples a second"),
            "{error}"
        );
        let odd = recording(vec![1.0, std::f64::consts::PI, std::f64::consts::E]);
        let error = wish().front_end(&[odd]).unwrap_err().to_string();
        assert!(error.contains("--unit says what a count"), "{error}");
        for (levels, octaves) in [(5, 0), (31, 0), (3, 31), (3, 4_000_000_000)] {
            let odd = Wish {
                levels: Some(levels),
                octaves,
                ..wish()
            };
            assert!(made(&odd).is_err());
        }
    }
}
