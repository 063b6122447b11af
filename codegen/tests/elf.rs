//! What is in the smallest firmwares that score NICE with a normal prior, and what is not.
//!
//! Skipped with a printed line where the target is missing, unless `CI` is set.
#![cfg(feature = "cli")]

use nice_flow_codegen::{Target, toolchain};
use object::{Object, ObjectSection, ObjectSymbol};
use std::path::Path;
use std::process::Command;

/// Weights of the 16x4x64x2 network of the measurements.
const WEIGHTS: u64 = 4 * (2 * 8 * 64 + 64 * 64);
const OPT_LEVELS: [&str; 3] = ["3", "s", "z"];

#[test]
fn the_score_path_links_no_libm_no_panic_and_keeps_the_model_in_flash() {
    if !is_ready(Target::CortexM4F) {
        return;
    }
    for opt_level in OPT_LEVELS {
        for (bin, weight) in [("nice", 4), ("i8", 1)] {
            let bytes = build("thumbv7em-none-eabihf", bin, opt_level);
            let elf = object::File::parse(&*bytes).unwrap();
            links_nothing_of(&elf, &[]);
            has_no_variables(&elf);
            keeps_the_model_in_flash(&elf, weight * WEIGHTS);
        }
    }
}

/// A Cortex-M0+ scores raw counts in integers alone.
#[test]
fn counts_link_no_floating_point_and_no_panic() {
    if !is_ready(Target::CortexM0Plus) {
        return;
    }
    for opt_level in OPT_LEVELS {
        let bytes = build("thumbv6m-none-eabi", "counts", opt_level);
        let elf = object::File::parse(&*bytes).unwrap();
        // What they are called by `compiler_builtins` and by its aliases.
        let floats = [
            "__aeabi_f",
            "__aeabi_d",
            "__aeabi_i2f",
            "__aeabi_ui2f",
            "__aeabi_l2f",
            "__aeabi_ul2f",
            "__aeabi_i2d",
            "__addsf3",
            "__mulsf3",
            "__subsf3",
            "__divsf3",
            "float",
        ];
        links_nothing_of(&elf, &floats);
        has_no_variables(&elf);
        keeps_the_model_in_flash(&elf, WEIGHTS);
    }
}

/// Whether the target is installed; if not, says so.
fn is_ready(target: Target) -> bool {
    let result = toolchain::ensure(&[target]);
    if let Err(error) = &result {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        println!("skipped: {error}");
    }
    result.is_ok()
}

/// Nothing of `libm`, of panics, and of more.
fn links_nothing_of(elf: &object::File, more: &[&str]) {
    let absent = [
        "libm",
        "micromath",
        "expf",
        "logf",
        "log1pf",
        "tanhf",
        "atanf",
        "expm1f",
        "panicking",
        "rust_begin_unwind",
        "core3fmt",
        "unwrap_failed",
    ];
    for symbol in elf.symbols() {
        let name = symbol.name().unwrap();
        assert!(
            !absent.iter().chain(more).any(|part| name.contains(part)),
            "{name} is linked"
        );
    }
    let score = elf
        .symbols()
        .any(|symbol| symbol.name().unwrap().contains("score"));
    assert!(score, "the symbols were stripped");
}

fn has_no_variables(elf: &object::File) {
    for name in [".data", ".bss"] {
        let size = elf
            .section_by_name(name)
            .map_or(0, |section| section.size());
        assert_eq!(size, 0, "{name}");
    }
}

fn keeps_the_model_in_flash(elf: &object::File, bytes: u64) {
    let rodata = elf.section_by_name(".rodata").unwrap();
    assert!(rodata.size() >= bytes && rodata.address() < 4 << 20);
}

/// The bytes of a binary of `tests/embedded`.
fn build(target: &str, bin: &str, opt_level: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/embedded");
    let output_folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin", bin, "--target", target])
        .arg("--target-dir")
        .arg(&output_folder)
        .arg("--config")
        .arg(if opt_level == "3" {
            "profile.release.opt-level=3".to_string()
        } else {
            format!("profile.release.opt-level={opt_level:?}")
        })
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let path = output_folder.join(target).join("release").join(bin);
    std::fs::read(path).unwrap()
}
