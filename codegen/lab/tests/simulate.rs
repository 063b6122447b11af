//! Generated modules on every emulated board: the host's bits, exact counts, and errors that say why.
//!
//! Skipped with a printed line where QEMU or a target is missing, unless `CI` is set.

#[path = "../../../tests/models/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;
#[path = "../../tests/fixtures/specification.rs"]
mod specification;

use nalgebra::SVector;
use network::{D, MODEL};
use nice_flow::Density;
use nice_flow_codegen::Result;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{Firmware, OptLevel, Runtime, Simulator};
use ready::is_ready;
use std::path::Path;

const NETWORK: &str = include_str!("../../../tests/models/network.rs");

fn simulator(target: Target) -> Simulator {
    Simulator {
        target,
        opt_level: OptLevel::Three,
        runtime: Runtime::Matching,
        keep: None,
    }
}

/// Ordinary rows, and some that a broken sensor sends.
fn rows() -> Vec<f32> {
    let mut rows = network::random::<D, 100>(5, 3.0);
    let strange = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-40];
    for (i, strange) in strange.into_iter().enumerate() {
        rows[20 * i][3 * i] = strange;
    }
    rows[99] = [-f32::NAN; D];
    rows.into_iter().flatten().collect()
}

fn host_bits(rows: &[f32]) -> Vec<u32> {
    let (rows, _) = rows.as_chunks::<D>();
    let score = |row: &[f32; D]| MODEL.score(&SVector::from(*row));
    let bits = |score: f32| if score.is_nan() { f32::NAN } else { score }.to_bits();
    rows.iter().map(score).map(bits).collect()
}

#[test]
fn every_board_gives_the_bits_of_the_host() {
    let rows = rows();
    for target in Target::ALL {
        if !is_ready(&[target]) {
            continue;
        }
        let firmware = simulator(target).build(NETWORK).unwrap();
        let run = firmware.run(&rows, D, &|_| ()).unwrap();
        assert_eq!(run.score_bits, host_bits(&rows), "{target}");
        let sizes = firmware.sizes().unwrap();
        println!(
            "{target} {:?} stack {} {sizes:?}",
            run.instructions, run.stack_bytes
        );
        assert_eq!(sizes.weight_bytes as usize, size_of::<network::Model>());
        assert_eq!(sizes.static_ram_bytes, 0);
        assert!((500..20_000).contains(&sizes.flash_overhead_bytes));
        assert!(sizes.flash_bytes >= sizes.weight_bytes + sizes.flash_overhead_bytes);
        assert!((500..5_000).contains(&run.stack_bytes));
        assert!(run.instructions.min > network::MACS as u64);
    }
}

/// Integers on a core with the DSP extension, without it, with Helium and on RISC-V: the scores that the specification of the scheme gave.
#[test]
fn boards_give_the_integers_of_the_specification() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/quantised");
    for (name, numeric) in [("nflows_d13", "i8"), ("daksh_d4", "i16")] {
        let path = fixtures.join(format!("{name}_{numeric}.rs"));
        let module = std::fs::read_to_string(path).unwrap();
        let expected = Checkpoint::open(&fixtures.join(format!("{name}.npz"))).unwrap();
        let rows = &expected.tensors["rows"];
        let dim = rows.shape[1];
        let rows: Vec<f32> = rows.data.iter().map(|x| *x as f32).collect();
        let (scores, _) = specification::scores(&expected, numeric);
        let scores: Vec<u32> = scores.iter().map(|score| *score as u32).collect();
        for target in [
            Target::CortexM4F,
            Target::CortexM0Plus,
            Target::CortexM55,
            Target::Riscv32Imac,
        ] {
            if !is_ready(&[target]) {
                continue;
            }
            let firmware = simulator(target).build(&module).unwrap();
            let run = firmware.run(&rows, dim, &|_| ()).unwrap();
            assert_eq!(run.score_bits, scores, "{name} {numeric} {target}");
            println!(
                "{name} {numeric} {target} {:?} stack {} {:?}",
                run.instructions,
                run.stack_bytes,
                firmware.sizes().unwrap()
            );
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_the_opt_level() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    for opt_level in [OptLevel::S, OptLevel::Z] {
        let simulator = Simulator {
            opt_level,
            ..simulator(Target::CortexM4F)
        };
        let firmware = simulator.build(NETWORK).unwrap();
        let run = firmware.run(&rows(), D, &|_| ()).unwrap();
        assert_eq!(run.score_bits, host_bits(&rows()), "{opt_level}");
        let sizes = firmware.sizes().unwrap();
        println!(
            "{opt_level} {:?} stack {} {sizes:?}",
            run.instructions, run.stack_bytes
        );
    }
}

#[test]
fn progress_hears_of_every_row() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let firmware = simulator(Target::CortexM4F).build(NETWORK).unwrap();
    let done = std::cell::Cell::new(0);
    firmware.run(&rows(), D, &|rows| done.set(rows)).unwrap();
    assert_eq!(done.get(), 100);
}

#[test]
fn rows_of_another_length_are_an_error() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let firmware = simulator(Target::CortexM4F).build(NETWORK).unwrap();
    let error = |rows: &[f32], dim| firmware.run(rows, dim, &|_| ()).unwrap_err().to_string();
    assert!(error(&[0.0; 24], 12).contains("takes rows of 16, the rows have 12"));
    assert!(error(&[0.0; 25], 12).contains("25 elements are no rows of 12"));
}

#[test]
fn a_module_that_does_not_compile_is_an_error_with_the_text_of_the_compiler() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let module = NETWORK.replace("random(seed, ", "random(seed, 0 + ");
    let error = simulator(Target::CortexM4F).build(&module).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("cortex-m4f: the firmware does not build:\nerror"),
        "{message}"
    );
}

#[test]
fn a_module_that_leaves_the_rules_of_rust_does_not_build() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let foreign = "pub fn f() { unsafe { core::arch::asm!(\"bkpt #0xab\") } }";
    let module = format!("{NETWORK}\n{foreign}\n");
    let error = simulator(Target::CortexM4F).build(&module).unwrap_err();
    assert!(error.to_string().contains("unsafe"), "{error}");
}

/// The firmware of the template, made to ask for a program: QEMU's sandbox ends it, where there is one.
#[cfg(target_os = "linux")]
#[test]
fn firmware_starts_no_program() {
    if !is_ready(&[Target::CortexM3]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("mine");
    let simulator = Simulator {
        keep: Some(keep.clone()),
        ..simulator(Target::CortexM3)
    };
    let rows = [0.0; D];
    simulator
        .build(NETWORK)
        .unwrap()
        .run(&rows, D, &|_| ())
        .unwrap();
    let config = std::fs::read_to_string(keep.join(".cargo/config.toml")).unwrap();
    if !config.contains("spawn=deny") {
        println!("skipped: a QEMU without a sandbox");
        return;
    }
    let main = keep.join("src/main.rs");
    let text = std::fs::read_to_string(&main).unwrap();
    let start = "fn run() -> Option<()> {\n";
    let asks = "    let command = c\"touch started\";\n    \
                unsafe { cortex_m_semihosting::syscall!(SYSTEM, command.as_ptr() as usize, 13) };\n";
    assert!(text.contains(start));
    std::fs::write(&main, text.replace(start, &format!("{start}{asks}"))).unwrap();
    let run = |config: &str| {
        std::fs::write(keep.join(".cargo/config.toml"), config).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware");
        let output = std::process::Command::new("cargo")
            .args(["run", "--release", "--offline", "--target-dir"])
            .arg(target)
            .current_dir(&keep)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("Running"), "{error}");
        (output.status.success(), keep.join("started").exists())
    };
    assert_eq!(run(&config), (false, false));
    // Without it the program starts: that is what is kept from it.
    assert_eq!(
        run(&config.replace("\"-sandbox\", ", "").replace(
            "\"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny\", ",
            ""
        )),
        (true, true)
    );
}

#[test]
fn a_score_that_crashes_is_an_error() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let crash = r#"
        pub const D: usize = 2;
        pub struct Model;
        pub static MODEL: Model = Model;
        impl nice_flow::Density<f32, 2> for Model {
            type Nats = f32;
            fn log_density(&self, _: &nalgebra::SVector<f32, 2>) -> f32 { panic!() }
        }
    "#;
    let firmware = simulator(Target::CortexM4F).build(crash).unwrap();
    let error = firmware.run(&[0.0; 4], 2, &|_| ()).unwrap_err().to_string();
    assert!(error.contains("the firmware failed"), "{error}");
}

#[test]
fn the_kept_crate_is_whole_and_is_not_overwritten() {
    if !is_ready(&[Target::CortexM3]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("mine");
    let build = || -> Result<Firmware> {
        let keep = Some(keep.clone());
        Simulator {
            keep,
            ..simulator(Target::CortexM3)
        }
        .build(NETWORK)
    };
    build().unwrap().run(&[0.0; 2 * D], D, &|_| ()).unwrap();
    for name in [
        "Cargo.toml",
        ".cargo/config.toml",
        "memory.x",
        "src/model.rs",
        "rows.f32",
    ] {
        assert!(keep.join(name).is_file(), "{name}");
    }
    assert!(
        build()
            .unwrap_err()
            .to_string()
            .contains("new or empty folder")
    );
}

/// A count beyond SysTick's 24 bits: 2²⁴ ticks are 10,485,760 instructions.
#[test]
fn long_scores_are_counted_exactly() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    let count = |loops: u32| {
        let module =
            include_str!("../../tests/fixtures/countdown.rs").replace("LOOPS", &loops.to_string());
        let firmware = simulator(Target::CortexM0Plus).build(&module).unwrap();
        let run = firmware.run(&[0.0; 3], 1, &|_| ()).unwrap();
        assert_eq!(run.instructions.min, run.instructions.max);
        run.instructions.min
    };
    // Numbers that are all loaded by one instruction.
    let short = count(1_000_003);
    let a_loop = count(1_000_004) - short;
    assert!((2..20).contains(&a_loop), "{a_loop}");
    for loops in [5_000_003, 20_000_003, 50_000_003] {
        assert_eq!(
            count(loops) - short,
            a_loop * (u64::from(loops) - 1_000_003)
        );
    }
}

#[test]
fn a_runtime_that_is_none_is_an_error() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let runtime = Runtime::Path(Path::new("/nowhere").into());
    let simulator = Simulator {
        runtime,
        ..simulator(Target::CortexM4F)
    };
    assert!(simulator.build(NETWORK).is_err());
}
