//! What goes to boards and comes from them: blobs, frames of verdicts, recordings, front ends.
#![no_main]

use nice_flow_codegen::module::blob::described;
use nice_flow_fuzz::bounds::{with_file, within_bounds};
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_lab::report::{Known, frames, recordings};
use nice_flow_lab::signal::{self, Request, front_file};
use std::path::Path;

const FRONT: &str = r#"kind = "bands"
version = 1
rate = 6400.0
window = 64
hop = 64
levels = 3
octaves = 1
channels = ["x", "y"]
unit = [1.0, 0.5]
sum = true
"#;

/// A WAV of two channels with two samples of 16 bits.
fn wave() -> Vec<u8> {
    let format = [1, 0, 2, 0, 0x40, 0x1f, 0, 0, 0, 0x7d, 0, 0, 4, 0, 16, 0];
    let start = [&b"RIFF"[..], &[44, 0, 0, 0], b"WAVEfmt ", &[16, 0, 0, 0]].concat();
    [
        &start[..],
        &format,
        b"data",
        &[8, 0, 0, 0],
        &[1, 0, 2, 0, 3, 0, 4, 0],
    ]
    .concat()
}

/// What it is, then the file.
fn seeds() -> Vec<Vec<u8>> {
    let frames = include_bytes!("../../../../examples/firmware/field/record.bin");
    let frames = &frames[..frames.len().min(4096)];
    let files = [
        &fixture("blob/pump_i8.bin"),
        frames,
        &wave(),
        FRONT.as_bytes(),
    ];
    let kept = |(kind, file): (usize, &&[u8])| [&[kind as u8], *file].concat();
    files.iter().enumerate().map(kept).collect()
}

fn page(bytes: &[u8]) {
    let Ok(found) = frames(bytes, Path::new("frames")) else {
        return;
    };
    let inputs = found.first().and_then(|frames| frames.first());
    let known = Known {
        features: (0..inputs.map_or(0, |frame| frame.x.len()))
            .map(|i| format!("x{i}"))
            .collect(),
        unit: None,
        threshold: None,
    };
    let _ = recordings("frames", &found, &known);
}

libfuzzer_sys::fuzz_target!(init: plant("device", seeds()), |bytes: &[u8]| {
    let Some((kind, file)) = bytes.split_first() else {
        return;
    };
    match kind % 4 {
        0 => drop(within_bounds(file.len(), || described(file))),
        1 => within_bounds(file.len(), || page(file)),
        2 => drop(with_file(file, |path| signal::read(&[path.into()], &Request::default(), &|_| ()))),
        _ => drop(with_file(file, front_file::open)),
    }
});
