//! The pieces of a recording without gaps, and whether its times are those of the rate.

use super::recording::Recording;
use nice_flow_codegen::text::{agreeing, counted};
use nice_flow_codegen::{Error, Result};
use std::ops::Range;

/// A rate may be off by this share.
const RATE: f64 = 0.01;

/// A step may be off by this share of itself before it is called jitter.
const JITTER: f64 = 0.1;

/// A longer step, in steps of the rate, is a gap.
const GAP: f64 = 1.5;

/// What the times of a recording may be in, each with how many are a second.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)];

/// The samples of each piece, and notes. A piece ends where a value is missing, or where times go back or leap.
pub(super) fn pieces(recording: &Recording, rate: f64) -> Result<(Vec<Range<usize>>, Vec<String>)> {
    let mut notes = vec![];
    expect_rate(recording, rate)?;
    let breaks = match &recording.times {
        None => vec![],
        Some(times) => breaks(times, rate, &mut notes)
            .map_err(|message| Error::file(&recording.path, message))?,
    };
    let mut pieces = vec![];
    let mut start = 0;
    let mut end_at = |start: usize, end: usize| {
        if start < end {
            pieces.push(start..end);
        }
    };
    let mut missing = 0;
    for (place, sample) in recording.values.chunks_exact(recording.width()).enumerate() {
        if !sample.iter().all(|x| x.is_finite()) {
            end_at(start, place);
            (start, missing) = (place + 1, missing + 1);
        } else if breaks.binary_search(&place).is_ok() {
            end_at(start, place);
            start = place;
        }
    }
    end_at(start, recording.len());
    if missing > 0 {
        notes.push(format!(
            "{} with a missing value: windows begin anew behind {}",
            counted(missing, "sample"),
            agreeing(missing, "it", "them")
        ));
    }
    if !breaks.is_empty() {
        notes.push(format!(
            "{} in its times: windows begin anew behind {}",
            counted(breaks.len(), "gap"),
            agreeing(breaks.len(), "it", "them")
        ));
    }
    Ok((pieces, notes))
}

/// An error unless the rate of the file, if it says one, is this.
fn expect_rate(recording: &Recording, rate: f64) -> Result<()> {
    match recording.rate {
        Some(found) if (found / rate - 1.0).abs() > RATE => {
            let message = format!(
                "expected {rate} samples a second, found {found}: nothing is resampled; recordings of one rate are needed"
            );
            Err(Error::file(&recording.path, message))
        }
        _ => Ok(()),
    }
}

/// The samples before which there is a gap; an error if times do not advance by the rate.
fn breaks(
    times: &[f64],
    rate: f64,
    notes: &mut Vec<String>,
) -> std::result::Result<Vec<usize>, String> {
    let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.is_empty() {
        return Ok(vec![]);
    }
    // Clocks that are coarser than the samples repeat: then steps are exact to one of theirs only.
    let coarse = match steps.contains(&0.0) {
        true => steps
            .iter()
            .copied()
            .filter(|step| *step > 0.0)
            .fold(f64::INFINITY, f64::min),
        false => 0.0,
    };
    let coarse = if coarse.is_finite() { coarse } else { 0.0 };
    let is_near = |step: f64, expected: f64| step >= 0.0 && step <= GAP * expected + coarse;
    let fit = |expected: f64| {
        let near = steps
            .iter()
            .copied()
            .filter(|step| is_near(*step, expected));
        let count = near.clone().count();
        let mean = near.sum::<f64>() / count.max(1) as f64;
        // A coarse clock may miss one of its own steps over all.
        let off = (mean - expected).abs() - coarse / count.max(1) as f64;
        2 * count >= steps.len() && off <= RATE * expected
    };
    let is_numbered = steps.iter().all(|step| step.fract() == 0.0) && fit(1.0);
    let numbered = is_numbered.then_some(1.0);
    let timed = UNITS.iter().map(|(_, second)| second / rate);
    let fitting = timed.filter(|expected| fit(*expected));
    let Some(expected) = fitting.chain(numbered).next() else {
        return Err(wrong_rate(steps, rate));
    };
    let jitter = |step: &&f64| {
        let off = (**step - expected).abs();
        is_near(**step, expected) && off > JITTER * expected + coarse
    };
    let unsteady = steps.iter().filter(jitter).count();
    if unsteady > 0 {
        notes.push(format!(
            "{unsteady} of {} steps in time are off by more than {:.0} %: bands blur where samples are not evenly spaced",
            steps.len(),
            100.0 * JITTER
        ));
    }
    let places = steps.iter().enumerate();
    let gaps = places.filter(|(_, step)| !is_near(**step, expected));
    Ok(gaps.map(|(place, _)| place + 1).collect())
}

fn wrong_rate(mut steps: Vec<f64>, rate: f64) -> String {
    steps.sort_by(f64::total_cmp);
    let step = steps[steps.len() / 2];
    let readings = UNITS.map(|(name, second)| (name, second / step));
    let off = |found: f64| (found / rate).ln().abs();
    let nearest = readings
        .into_iter()
        .min_by(|a, b| off(a.1).total_cmp(&off(b.1)));
    match nearest.filter(|(_, found)| found.is_finite()) {
        Some((name, found)) => format!(
            "expected {rate} samples a second, found about {found:.6} by its times in {name}: nothing is resampled; --rate {found:.6}, or --skip the column if it is no time"
        ),
        None => format!(
            "expected times that advance by 1/{rate} s, found steps of {step}; --skip the column if it is no time"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn recording(times: Option<Vec<f64>>, values: Vec<f64>) -> Recording {
        Recording {
            path: PathBuf::from("a.csv"),
            name: "a.csv".into(),
            rate: None,
            channels: vec!["x".into()],
            values,
            are_counts: false,
            times,
            labels: None,
            notes: vec![],
        }
    }

    fn of_times(
        times: impl Iterator<Item = f64>,
        rate: f64,
    ) -> Result<(Vec<Range<usize>>, Vec<String>)> {
        let times: Vec<f64> = times.collect();
        let values = vec![1.0; times.len()];
        pieces(&recording(Some(times), values), rate)
    }

    #[test]
    fn missing_values_end_a_piece() {
        let values = vec![1.0, 2.0, f64::NAN, f64::NAN, 3.0];
        let (found, notes) = pieces(&recording(None, values), 10.0).unwrap();
        assert_eq!(found, [0..2, 4..5]);
        assert!(notes[0].starts_with("2 samples with a missing value"));
    }

    #[test]
    fn times_in_any_unit_and_numbers_of_samples_are_understood() {
        for step in [0.01, 10.0, 1e4, 1e7, 1.0] {
            let (found, notes) =
                of_times((0..100).map(|i| 5.0 + f64::from(i) * step), 100.0).unwrap();
            assert_eq!((found.len(), notes.len()), (1, 0), "{step}");
        }
        // A clock of whole milliseconds at 400 samples a second, one of whole seconds at 100.
        for (second, rate) in [(1000.0, 400.0), (1.0, 100.0)] {
            let times = (0..1000).map(|i| (f64::from(i) * second / rate).floor());
            assert_eq!(of_times(times, rate).unwrap().0.len(), 1, "{rate}");
        }
    }

    #[test]
    fn gaps_and_returns_split_a_recording() {
        let times = (0..300).map(|i| f64::from(i % 100) * 0.01 + if i > 250 { 3.0 } else { 0.0 });
        let (found, notes) = of_times(times, 100.0).unwrap();
        assert_eq!(found, [0..100, 100..200, 200..251, 251..300]);
        assert!(notes[0].starts_with("3 gaps"), "{notes:?}");
    }

    #[test]
    fn jitter_is_counted() {
        let times = (0..100).map(|i| f64::from(i) * 0.01 + if i % 10 == 5 { 0.003 } else { 0.0 });
        let (found, notes) = of_times(times, 100.0).unwrap();
        assert_eq!(found.len(), 1);
        assert!(notes[0].starts_with("20 of 99 steps in time"), "{notes:?}");
    }

    #[test]
    fn a_wrong_rate_is_an_error_that_names_both() {
        let error = of_times((0..100).map(|i| f64::from(i) * 0.002), 100.0).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains(
                "expected 100 samples a second, found about 500.000000 by its times in s"
            ),
            "{error}"
        );
        let wave = Recording {
            rate: Some(44_100.0),
            ..recording(None, vec![0.0])
        };
        let error = pieces(&wave, 1000.0).unwrap_err().to_string();
        assert!(
            error.contains("expected 1000 samples a second, found 44100"),
            "{error}"
        );
    }
}
