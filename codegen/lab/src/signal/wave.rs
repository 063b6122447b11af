//! WAV files.

use super::recording::Recording;
use hound::{SampleFormat, WavReader};
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
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
    let file = File::open(path).and_then(without_extras);
    let reader = file.map_err(hound::Error::IoError).and_then(WavReader::new);
    let reader = reader.map_err(cannot)?;
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

/// The longest format chunk that is known has 40 bytes.
const LONGEST_FORMAT: u32 = 1 << 12;

/// A WAV file without the chunks that hold neither its format nor its samples, such as titles.
///
/// A chunk of odd length has a byte of padding after it, which hound would take for the start of the next chunk.
fn without_extras(file: File) -> io::Result<impl Read> {
    let mut file = BufReader::new(file);
    let mut kept = vec![];
    file.by_ref().take(12).read_to_end(&mut kept)?;
    loop {
        let mut head = vec![];
        file.by_ref().take(8).read_to_end(&mut head)?;
        let (name, length) = head.split_at(head.len().min(4));
        let length = length.try_into().map(u32::from_le_bytes);
        let (is_format, length) = match (name, length) {
            (b"fmt ", Ok(length)) if length <= LONGEST_FORMAT => (true, length),
            // The samples, or what hound tells an error of.
            (b"data" | b"fmt ", _) | (_, Err(_)) => {
                kept.append(&mut head);
                return Ok(Cursor::new(kept).chain(file));
            }
            (_, Ok(length)) => (false, length),
        };
        let mut chunk = file.by_ref().take(length.into());
        if is_format {
            kept.append(&mut head);
            chunk.read_to_end(&mut kept)?;
        } else {
            io::copy(&mut chunk, &mut io::sink())?;
        }
        // Names have no zeros, so a file that lacks the padding is read, too.
        if length % 2 == 1 && file.fill_buf()?.first() == Some(&0) {
            file.consume(1);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file of three samples with a title of some length, and whether it is padded.
    fn titled(length: usize, is_padded: bool) -> Vec<u8> {
        let mut bytes = vec![];
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
        for sample in [1_i16, -2, 300] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let mut title = b"LIST".to_vec();
        title.extend(u32::try_from(length).unwrap().to_le_bytes());
        title.extend(vec![b'a'; length]);
        title.extend(vec![0; usize::from(is_padded)]);
        bytes.splice(12..12, title);
        bytes
    }

    #[test]
    fn chunks_of_even_and_odd_length_before_the_samples_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for (length, is_padded) in [(0, false), (6, false), (7, true), (7, false)] {
            let path = folder.path().join("x.wav");
            std::fs::write(&path, titled(length, is_padded)).unwrap();
            let recording = read(&path).unwrap();
            assert_eq!(recording.values, [1.0, -2.0, 300.0], "{length}");
            assert_eq!(recording.rate, Some(8000.0));
        }
    }

    #[test]
    fn files_that_end_early_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let whole = titled(7, true);
        for length in 0..whole.len() {
            let path = folder.path().join("x.wav");
            std::fs::write(&path, &whole[..length]).unwrap();
            let message = read(&path).unwrap_err().to_string();
            assert!(message.contains("x.wav: "), "{length}: {message}");
        }
    }
}
