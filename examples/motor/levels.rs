//! From recordings to the levels of frequency bands that the board computes, as CSV: eight bands of each channel, Q16.
//!
//! `cargo run --release --example levels -- [--hop] examples/motor/normal-*.wav > normal.csv`
//!
//! Windows of 256 samples, one after the other; with `--hop` one begins every 64 samples, which is more to train on.

use nice_flow::Collect;
use nice_flow::front::{Bands, Eight};
use std::error::Error;
use std::io::Write;

/// Samples a window.
const WINDOW: u32 = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let hop = files.first().is_some_and(|file| file == "--hop");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", names().join(","))?;
    for file in files.iter().skip(usize::from(hop)) {
        let wav = hound::WavReader::open(file).map_err(|error| format!("{file}: {error}"))?;
        let spec = wav.spec();
        if (spec.channels, spec.bits_per_sample) != (2, 16) {
            return Err(format!("{file}: expected 2 channels of 16 bits, found {spec:?}").into());
        }
        let counts = wav.into_samples().collect::<Result<Vec<i16>, _>>()?;
        if hop {
            write(&mut out, &counts, Bands::<2, 0, 16, Eight, 4>::new(WINDOW))?;
        } else {
            write(&mut out, &counts, Bands::<2, 0, 16>::new(WINDOW))?;
        }
    }
    Ok(())
}

/// Axis and frequencies, of 1,000 samples a second.
fn names() -> Vec<String> {
    let edge = |band| band * 1_000 / 16;
    let bands = |axis| (0..8).map(move |i| format!("{axis} {}-{} Hz", edge(i), edge(i + 1)));
    ["x", "y"].into_iter().flat_map(bands).collect()
}

/// A row a window.
fn write(
    out: &mut impl Write,
    counts: &[i16],
    mut bands: impl Collect<2, 16, Raw = i16, Value = i32>,
) -> std::io::Result<()> {
    let (samples, _) = counts.as_chunks();
    for levels in samples.iter().filter_map(|sample| bands.push(*sample)) {
        let levels: Vec<String> = levels.iter().map(i32::to_string).collect();
        writeln!(out, "{}", levels.join(","))?;
    }
    Ok(())
}
