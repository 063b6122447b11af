//! Command lines: a word a line.
#![no_main]

use clap::Parser;
use nice_flow_cli::Cli;
use nice_flow_fuzz::bounds::within_bounds;
use nice_flow_fuzz::seeds::plant;
use nice_flow_import::standardise;

const LINES: [&str; 14] = [
    "import a.pt --set prior=logistic --set activation=elu:0.5 --standardise mean=1,2;scale=3,4 -o b",
    "import a.pt --manifest m.toml --probe p.csv --write-manifest n.toml",
    "train a.csv --prior mixture:4 --budget 2048:i8 --trim 0.1 --seed 1 --steps 20 --members 3 -o b",
    "train a.csv --couplings 2 --hidden 16 --depth 2 --label y --skip t --combine density -o b",
    "calibrate m a.csv --false-alarm-rate 0.001 --debounce 3/5 -o m",
    "generate m --numeric i8 --counts=unit=0.0122,1;zero=2048 -o b.rs",
    "score m a.csv --numeric f32 --member 1",
    "simulate m a.csv --target cortex-m4f --numeric i16 --opt-level z",
    "bench --shape 16x4x64x2 --target all --numeric all --opt-level all --budget flash=64K,ram=4M",
    "bench m --layers --against a.csv --json",
    "sample m -n 100 --seed 3 -o b",
    "verify m a.csv --numeric i8 --limit 0.5",
    "report m a.csv --label 3 -o b",
    "inspect m --set scale=exp",
];

fn seeds() -> impl Iterator<Item = Vec<u8>> {
    LINES
        .iter()
        .map(|line| line.replace(' ', "\n").into_bytes())
}

libfuzzer_sys::fuzz_target!(init: plant("options", seeds()), |bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    within_bounds(bytes.len(), || {
        let words = std::iter::once("nice-flow").chain(text.split('\n'));
        if let Err(error) = Cli::try_parse_from(words) {
            assert!(!error.to_string().is_empty());
        }
        for word in text.split('\n') {
            let _ = standardise::parse(word, 2);
        }
    });
});
