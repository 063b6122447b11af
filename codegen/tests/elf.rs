//! What is in the smallest firmware that scores NICE with a normal prior, and what is not.
//!
//! Skipped with a printed line where the target is missing, unless `CI` is set.
#![cfg(feature = "cli")]

use nice_flow_codegen::{Target, toolchain};
use object::{Object, ObjectSection, ObjectSymbol};
use std::path::Path;
use std::process::Command;

/// Bytes of the 16x4x64x2 network of the measurements, at least.
const WEIGHTS: u64 = 4 * 4 * (2 * 8 * 64 + 64 * 64);

#[test]
fn the_score_path_links_no_libm_no_panic_and_keeps_the_model_in_flash() {
    if let Err(error) = toolchain::ensure(&[Target::CortexM4F]) {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        return println!("skipped: {error}");
    }
    for opt_level in ["3", "s", "z"] {
        let bytes = build(opt_level);
        let elf = object::File::parse(&*bytes).unwrap();
        links_nothing_of_libm_or_panicking(&elf);
        has_no_variables(&elf);
        keeps_the_model_in_flash(&elf);
    }
}

fn links_nothing_of_libm_or_panicking(elf: &object::File) {
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
            !absent.iter().any(|part| name.contains(part)),
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

fn keeps_the_model_in_flash(elf: &object::File) {
    let rodata = elf.section_by_name(".rodata").unwrap();
    assert!(rodata.size() >= WEIGHTS && rodata.address() < 4 << 20);
}

/// The bytes of `nice`, of `tests/embedded`.
fn build(opt_level: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/embedded");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin", "nice", "--target-dir"])
        .arg(&target)
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
    std::fs::read(target.join("thumbv7em-none-eabihf/release/nice")).unwrap()
}
