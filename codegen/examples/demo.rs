//! The main job from end to end, as the commands a user would type: `cargo demo`.
//!
//! A flow that PyTorch trained on Space Shuttle telemetry is imported and proved by its probe, gets a threshold,
//! becomes a Rust module, scores the test rows here and on an emulated Cortex-M4F, and gets a page about it all.

use clap::Parser;
use nice_flow_codegen::cli::Cli;
use std::path::Path;
use std::process::ExitCode;

const COMMANDS: &[&str] = &[
    "setup --target cortex-m4f",
    "import examples/shuttle/shuttle.pt --standardise examples/shuttle/stats.npz --probe examples/shuttle/probe.npz \
     -o target/demo/shuttle.safetensors",
    "calibrate target/demo/shuttle.safetensors examples/shuttle/train.csv --false-alarm-rate 0.001 \
     -o target/demo/shuttle.safetensors",
    "inspect target/demo/shuttle.safetensors",
    "generate target/demo/shuttle.safetensors -o target/demo/shuttle.rs",
    "score target/demo/shuttle.safetensors examples/shuttle/test.csv --label y --numeric f32 -o target/demo/host.csv",
    "simulate target/demo/shuttle.safetensors examples/shuttle/test.csv --label y --target cortex-m4f \
     -o target/demo/board.csv",
    "report target/demo/shuttle.safetensors examples/shuttle/test.csv --label y --train examples/shuttle/train.csv \
     --bench cortex-m4f -o target/demo/report.html",
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("expected the package in its workspace")?;
    let in_root = |error: std::io::Error| format!("{}: {error}", root.display());
    std::env::set_current_dir(root).map_err(in_root)?;
    std::fs::create_dir_all("target/demo").map_err(in_root)?;
    for command in COMMANDS {
        println!("\n$ nice-flow {command}");
        let words = std::iter::once("nice-flow").chain(command.split_whitespace());
        Cli::parse_from(words)
            .run()
            .map_err(|error| error.to_string())?;
    }
    compare("target/demo/host.csv", "target/demo/board.csv")?;
    println!(
        "\nThe report is {}\nThe generated module is target/demo/shuttle.rs; examples/firmware is a firmware to start from.",
        root.join("target/demo/report.html").display()
    );
    Ok(())
}

/// Compares two tables of scores line by line: score bits, verdict and all.
fn compare(host: &str, board: &str) -> Result<(), String> {
    let read =
        |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let (host, board) = (read(host)?, read(board)?);
    let rows = host.lines().count() - 1;
    let equal = host
        .lines()
        .zip(board.lines())
        .skip(1)
        .filter(|(host, board)| host == board)
        .count();
    println!("\n{equal} of {rows} board scores equal the host's in every bit");
    if equal == rows && board.lines().count() == rows + 1 {
        Ok(())
    } else {
        Err("the board and the host disagree".into())
    }
}
