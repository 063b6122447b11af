//! The main job from end to end, as the commands a user would type: `cargo demo`.
//!
//! A flow that PyTorch trained on Space Shuttle telemetry is imported and proved by its probe, gets a threshold,
//! becomes a Rust module, scores the test rows here and on an emulated Cortex-M4F, and gets a page about it all. Then
//! a smaller one is trained here, from the CSV alone, and goes the same way. Then one is trained on raw recordings of a motor,
//! and a board that takes their samples finds a broken bearing.

use nice_flow_cli::Cli;
use std::path::Path;
use std::process::ExitCode;

const IMPORTED: &[&str] = &[
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

const TRAINED: &[&str] = &[
    "train target/demo/fit.csv --members 1 --budget 4096 -o target/demo/trained.safetensors",
    "calibrate target/demo/trained.safetensors target/demo/held_out.csv --false-alarm-rate 0.01 \
     -o target/demo/trained.safetensors",
    "generate target/demo/trained.safetensors --numeric i8 -o target/demo/trained.rs",
    "score target/demo/trained.safetensors examples/shuttle/test.csv --label y --numeric i8",
    "report target/demo/trained.safetensors examples/shuttle/test.csv --label y --train target/demo/fit.csv --numeric i8 \
     -o target/demo/trained.html",
];

const RAW: &[&str] = &[
    "train examples/motor/normal-1.wav examples/motor/normal-2.wav examples/motor/normal-3.wav examples/motor/normal-4.wav \
     --window 256 --hop 64 --hold-out 0.25 --false-alarm-rate 0.01 -o target/demo/motor.safetensors",
    "score target/demo/motor.safetensors examples/motor/normal-4.wav --anomalies examples/motor/bearing.wav --numeric i8 \
     --why 3 -o target/demo/motor.csv",
    "simulate target/demo/motor.safetensors examples/motor/normal-4.wav --anomalies examples/motor/bearing.wav \
     --target cortex-m4f --numeric i8",
    "report target/demo/motor.safetensors examples/motor/normal-4.wav --anomalies examples/motor/bearing.wav \
     --train examples/motor/normal-1.wav --numeric i8 -o target/demo/motor.html",
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
        .ancestors()
        .nth(2)
        .ok_or("expected the package in its workspace")?;
    let in_root = |error: std::io::Error| format!("{}: {error}", root.display());
    std::env::set_current_dir(root).map_err(in_root)?;
    std::fs::create_dir_all("target/demo").map_err(in_root)?;
    println!("A flow that PyTorch trained");
    run_all(IMPORTED)?;
    compare("target/demo/host.csv", "target/demo/board.csv")?;
    println!("\nA flow trained here, from the CSV alone");
    split("examples/shuttle/train.csv")?;
    run_all(TRAINED)?;
    println!("\nA flow of raw samples, trained on recordings of a motor");
    run_all(RAW)?;
    let path = |file: &str| root.join("target/demo").join(file).display().to_string();
    println!(
        "\nThe reports are {}, {} and {}",
        path("report.html"),
        path("trained.html"),
        path("motor.html")
    );
    println!(
        "The generated modules are target/demo/shuttle.rs and trained.rs; examples/firmware is a firmware to start from."
    );
    Ok(())
}

fn run_all(commands: &[&str]) -> Result<(), String> {
    for command in commands {
        println!("\n$ nice-flow {command}");
        let words = std::iter::once("nice-flow").chain(command.split_whitespace());
        let cli = Cli::of(words).map_err(|error| error.to_string())?;
        cli.run().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Puts every fourth row apart: what a threshold promises holds if it comes from rows that the training did not see.
fn split(file: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let (header, rows) = text.split_once('\n').ok_or("expected a header")?;
    let (mut fit, mut held_out) = (vec![header], vec![header]);
    for (index, row) in rows.lines().enumerate() {
        let part = if index % 4 == 3 {
            &mut held_out
        } else {
            &mut fit
        };
        part.push(row);
    }
    println!(
        "\n{file}: {} rows to train on, {} held out for the threshold",
        fit.len() - 1,
        held_out.len() - 1
    );
    for (part, lines) in [
        ("target/demo/fit.csv", fit),
        ("target/demo/held_out.csv", held_out),
    ] {
        let text = lines.join("\n") + "\n";
        std::fs::write(part, text).map_err(|error| format!("{part}: {error}"))?;
    }
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
