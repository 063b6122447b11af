//! From recordings of raw samples to a verdict on the smallest core, in integers alone, and the bits of the host.
//!
//! Skipped with a printed line where the target is missing, unless `CI` is set.

#[path = "../../tests/fixtures/floats.rs"]
mod floats;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;

use floats::FLOATS;
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::module::emit::emit;
use nice_flow_codegen::{Model, Numeric, generate, lowered};
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{Firmware, OptLevel, Runtime, Simulator};
use nice_flow_lab::host::score::{inputs, score_lowered};
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::signal::{Length, Recording, Request, Windows, Wish, read, windows};
use nice_flow_lab::train;
use object::{Object, ObjectSymbol};
use ready::is_ready;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn recordings(names: &[&str]) -> Vec<Recording> {
    let motor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/motor");
    let path = |name: &&str| motor.join(name).with_extension("wav");
    let paths: Vec<PathBuf> = names.iter().map(path).collect();
    read(&paths, &Request::default(), &|_| ()).expect("recordings")
}

/// Three small flows of the motor's bands, with a threshold, and the windows of a fault.
fn model_and_windows() -> (Model, Windows) {
    let normal = recordings(&["normal-1", "normal-2"]);
    let wish = Wish {
        window: Some(Length::Samples(256)),
        hop: Some(Length::Samples(64)),
        ..Wish::default()
    };
    let (front, _) = wish.front_end(&normal).expect("a front end");
    let rows = |recordings: &[Recording]| windows(recordings, &front).expect("windows");
    let request = train::Request {
        couplings: Some(2),
        steps: 50,
        ..train::Request::default()
    };
    let table = rows(&normal).table;
    let trained = train::train(table, Origin::default(), &request, &|_| {
        ControlFlow::Continue(())
    });
    let mut model = trained.expect("flows").model;
    model.channels = model.dim();
    model.front_end = Some(front.clone());
    let held_out = rows(&recordings(&["normal-3"])).table;
    let integers = calibrate(&mut model, &held_out.normal_rows(), 0.05, &|_| ());
    let integers = integers.expect("thresholds");
    assert!(integers.iter().all(|(_, outcome)| outcome.is_ok()));
    (model, rows(&recordings(&["bearing"])))
}

#[test]
fn a_core_without_floating_point_takes_raw_samples_to_verdicts_in_integers_alone() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    let (model, fault) = model_and_windows();
    let lowered = lowered(&model, Numeric::I8).expect("integers");
    let module = emit(&model, &lowered).expect("a module");
    let rows = inputs(&model, &lowered, &fault.table.values);
    let host = score_lowered(&lowered, &rows, &|_| ());
    let channels = model
        .front_end
        .as_ref()
        .map_or(0, |front| front.channels.len());
    for opt_level in [OptLevel::Three, OptLevel::Z] {
        let firmware = build(&module, opt_level);
        assert_eq!(floats(&firmware), [""; 0], "{opt_level}");
        let run = firmware.run_raw(&fault.pieces, channels, model.dim(), &|_| ());
        let (run, _) = run.expect("scores");
        let board = Scores::from_bits(&run.score_bits, &lowered);
        assert_eq!(board, host, "{opt_level}");
    }
    let flagged = host.verdicts(model.threshold_of(Numeric::I8));
    assert!(flagged.iter().any(|flagged| *flagged));
    // Where there are some they are found.
    let reals = generate(&model, Numeric::F32).expect("a module");
    assert_ne!(floats(&build(&reals, OptLevel::Three)), [""; 0]);
}

fn build(module: &str, opt_level: OptLevel) -> Firmware {
    let simulator = Simulator {
        target: Target::CortexM0Plus,
        opt_level,
        runtime: Runtime::Matching,
        keep: None,
    };
    simulator.build(module).expect("a firmware")
}

/// The linked functions that compute floating point.
fn floats(firmware: &Firmware) -> Vec<String> {
    let bytes = std::fs::read(firmware.elf()).expect("a file");
    let elf = object::File::parse(&*bytes).expect("a firmware");
    let names = elf.symbols().filter_map(|symbol| symbol.name().ok());
    let is_float = |name: &&str| FLOATS.iter().any(|part| name.contains(part));
    names.filter(is_float).map(String::from).collect()
}
