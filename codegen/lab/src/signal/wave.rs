//! WAV files.

use super::recording::Recording;
use hound::{SampleFormat, WavReader};
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whether the first bytes are those of a WAV file.
pub(super) fn is_wave(path: &Path) -> Result<bool> {
    // A pipe can be read once only.
    if !path.is_file() {
        return Ok(false);
    }
    let cannot = |error| Error::file(path, format!("cannot read: {error}"));
    let mut head = vec![];
    let file = File::open(path).map_err(cannot)?;
    file.take(12).read_to_end(&mut head).map_err(cannot)?;
    Ok(head.starts_with(b"RIFF") && head.ends_with(b"WAVE"))
}

/// Reads counts of at most 16 bits; the first three channels are called x, y and z.
pub(super) fn read(path: &Path) -> Result<Recording> {
    let cannot = |error: hound::Error| Error::file(path, format!("cannot read: {error}"));
    let reader = WavReader::open(path).map_err(cannot)?;
    let spec = reader.spec();
    if spec.sample_format != SampleFormat::Int || spec.bits_per_sample > 16 {
        let kind = match spec.sample_format {
            SampleFormat::Int => "integers",
            SampleFormat::Float => "floats",
        };
        let message = format!(
            "expected samples of 16 bits, as a board's front end takes them, found {kind} of {} bits; convert it, shifted right if need be",
            spec.bits_per_sample
        );
        return Err(Error::file(path, message));
    }
    let samples = reader.into_samples::<i16>();
    let values = samples.map(|sample| sample.map(f64::from));
    let values: Vec<f64> = values
        .collect::<std::result::Result<_, _>>()
        .map_err(cannot)?;
    if values.is_empty() {
        return Err(Error::file(path, "expected samples, found none"));
    }
    Ok(Recording {
        path: path.into(),
        name: file_name(path),
        rate: Some(f64::from(spec.sample_rate)),
        channels: names(usize::from(spec.channels)),
        values,
        are_counts: true,
        times: None,
        labels: None,
        notes: vec![],
    })
}

fn names(count: usize) -> Vec<String> {
    match count {
        0..=3 => ["x", "y", "z"]
            .iter()
            .take(count)
            .map(ToString::to_string)
            .collect(),
        _ => (0..count).map(|channel| format!("x{channel}")).collect(),
    }
}
