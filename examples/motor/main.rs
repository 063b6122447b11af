//! Writes the recordings of this folder: a machine that never was, from numbers only.
//!
//! ```text
//! cargo run --release --example motor                                         # the eight of this folder
//! cargo run --release --example motor -- normal 600 9 target/motor/long.wav   # state, seconds, seed, file
//! ```

use hound::{SampleFormat, WavSpec, WavWriter};
use machine::{Motor, RATE, State};
use std::error::Error;
use std::fmt::Display;
use std::io::Cursor;
use std::path::Path;
use std::str::FromStr;

mod machine;

/// Where the recordings are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/motor");

/// File, state, seconds and seed.
const RECORDINGS: [(&str, State, u32, u64); 8] = [
    ("normal-1.wav", State::Normal, 12, 1),
    ("normal-2.wav", State::Normal, 12, 2),
    ("normal-3.wav", State::Normal, 12, 3),
    ("normal-4.wav", State::Normal, 12, 4),
    ("imbalance.wav", State::Imbalance, 6, 5),
    ("misalignment.wav", State::Misalignment, 6, 6),
    ("bearing.wav", State::Bearing, 6, 7),
    ("gear.wav", State::Gear, 6, 8),
];

/// A WAV file of two channels with 16 bits each.
fn recording(state: State, seconds: u32, seed: u64) -> Result<Vec<u8>, hound::Error> {
    let spec = WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec)?;
    for value in Motor::new(state, seed)
        .take(seconds as usize * RATE as usize)
        .flatten()
    {
        writer.write_sample(value)?;
    }
    writer.finalize()?;
    Ok(bytes.into_inner())
}

fn state(name: &str) -> Result<State, String> {
    Ok(match name {
        "normal" => State::Normal,
        "imbalance" => State::Imbalance,
        "misalignment" => State::Misalignment,
        "bearing" => State::Bearing,
        "gear" => State::Gear,
        _ => {
            return Err(format!(
                "{name:?}: expected normal, imbalance, misalignment, bearing or gear"
            ));
        }
    })
}

fn number<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => {
            for (file, state, seconds, seed) in RECORDINGS {
                std::fs::write(
                    Path::new(FOLDER).join(file),
                    recording(state, seconds, seed)?,
                )?;
            }
        }
        [name, seconds, seed, file] => {
            let bytes = recording(state(name)?, number(seconds)?, number(seed)?)?;
            std::fs::write(file, bytes).map_err(|error| format!("{file}: {error}"))?;
        }
        _ => return Err("expected nothing, or STATE SECONDS SEED FILE".into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recordings_of_this_folder_are_what_the_generator_writes() {
        let mut total = 0;
        for (file, state, seconds, seed) in RECORDINGS {
            let committed = std::fs::read(Path::new(FOLDER).join(file)).expect(file);
            let written = recording(state, seconds, seed).expect("room for it");
            assert!(
                committed == written,
                "{file} is not what the generator writes"
            );
            total += committed.len();
        }
        assert!(total <= 300_000, "{total} bytes");
    }

    #[test]
    fn only_the_broken_bearing_clips() {
        for (file, state, seconds, seed) in RECORDINGS {
            let samples = Motor::new(state, seed).take(seconds as usize * RATE as usize);
            let clipped = samples
                .flatten()
                .filter(|x| *x == -2_048 || *x == 2_047)
                .count();
            assert_eq!(clipped > 0, state == State::Bearing, "{file}: {clipped}");
        }
    }
}
