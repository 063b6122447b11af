//! Every checkpoint of `codegen/tests/fixtures/checkpoints` generated, built and run on an emulated Cortex-M4F: the host's bits.
//!
//! Skipped with a printed line where QEMU or the target is missing, unless `CI` is set. With a warm cache it takes about three seconds a model.

use nice_flow_codegen::model::Calibration;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::{Lowered, Model, Numeric, lowered};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{OptLevel, Runtime, Simulator};
use nice_flow_lab::host::score::score_lowered;

#[path = "../../tests/fixtures/checkpoints.rs"]
mod checkpoints;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;
use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use ready::is_ready;

/// One file of each case.
fn cases() -> Vec<(&'static str, Model)> {
    let mut cases: Vec<(&str, Model)> = vec![];
    for (case, manifest, file) in MANIFESTS {
        if cases.last().is_some_and(|(last, _)| *last == case) {
            continue;
        }
        let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
        let manifest = manifest_of(&text_of(&file_of(case, manifest))).unwrap();
        cases.push((case, manifest.import(&checkpoint).unwrap().model));
    }
    cases
}

/// The rows that the library scored, edge rows included, and those it had no finite density for.
fn rows(case: &str, model: &Model) -> (Vec<f64>, usize) {
    let reference = Checkpoint::open(&file_of(case, "reference.npz")).unwrap();
    let name = match model.members[0].preprocessing {
        Some(_) => "x_raw",
        None => "x_model",
    };
    let strange = reference.tensors.get("x_raw_nonfinite");
    let strange = strange.map_or(&[][..], |strange| &strange.data);
    let rows = [&reference.tensors[name].data, strange].concat();
    (rows, strange.len() / model.members[0].flow.dim)
}

#[test]
fn every_checkpoint_scores_on_a_board_as_on_the_host() {
    let cases = cases();
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    println!(
        "checkpoint               type D   MACs  weights  code B  stack B  instructions  rows  strange"
    );
    for (index, (case, model)) in cases.iter().enumerate() {
        run(case, model, &lowered(model, Numeric::F32).unwrap());
        // One of the integer types each.
        let numeric = [Numeric::I8, Numeric::I16][index % 2];
        let mut model = model.clone();
        let draws = model.sample(300, 0);
        model.calibration = Some(Calibration::new(&draws, model.members[0].flow.dim));
        run(case, &model, &lowered(&model, numeric).unwrap());
    }
    assert_eq!(cases.len(), 17);
}

/// The board gives the host's bits, and flags what no density is known of.
fn run(case: &str, model: &Model, lowered: &Lowered) {
    let (rows, strange) = rows(case, model);
    let simulator = Simulator {
        target: Target::CortexM4F,
        opt_level: OptLevel::Three,
        runtime: Runtime::Matching,
        keep: None,
    };
    let module = emit::emit(model, lowered).unwrap();
    let firmware = simulator.build(&module).unwrap();
    let singles: Vec<f32> = rows.iter().map(|x| *x as f32).collect();
    let run = firmware
        .run(&singles, model.members[0].flow.dim, &|_| ())
        .unwrap();
    let board: Vec<String> = (run.score_bits.iter())
        .map(|bits| format!("{bits:08x}"))
        .collect();
    let host = score_lowered(lowered, &rows, &|_| ());
    assert_eq!(board, host.bits(), "{case}");
    if let LoweredFlow::Float(_) = lowered.first() {
        let verdicts = host.verdicts(None);
        let (ordinary, last) = verdicts.split_at(verdicts.len() - strange);
        assert!(last.iter().all(|anomalous| *anomalous), "{case}");
        assert!(ordinary.len() == 64 && !ordinary.contains(&true), "{case}");
    }

    let sizes = firmware.sizes().unwrap();
    println!(
        "{case:24} {:4} {:2} {:6} {:8} {:7} {:8} {:13} {:5} {:8}",
        lowered.numeric().name(),
        model.members[0].flow.dim,
        model.members[0].flow.macs(),
        sizes.weight_bytes,
        sizes.flash_overhead_bytes,
        run.stack_bytes,
        run.instructions.max,
        board.len(),
        strange
    );
}
