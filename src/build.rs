//! Sets `cfg(core = "v7em")` and the like, by which kernels are chosen: no stable `cfg` says what a Cortex-M core can do, and each
//! place asks of a RISC-V alike.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!(
        "cargo:rustc-check-cfg=cfg(core, values(none(), \"v6m\", \"v7m\", \"v7em\", \"v8m\", \"rv32\"))"
    );
    let target = env::var("TARGET").unwrap_or_default();
    if let Some(core) = core(&target) {
        println!("cargo:rustc-cfg=core");
        println!("cargo:rustc-cfg=core=\"{core}\"");
    }
}

/// The architecture whose kernels a target runs.
fn core(target: &str) -> Option<&'static str> {
    match target.split('-').next()? {
        "thumbv6m" | "thumbv8m.base" => Some("v6m"),
        "thumbv7m" => Some("v7m"),
        "thumbv7em" => Some("v7em"),
        "thumbv8m.main" => Some(if has_no_dsp() { "v7m" } else { "v8m" }),
        // Those of embedded RISC-V, `riscv32e`, have half the registers that the kernels need.
        family if family.starts_with("riscv32") && !family.starts_with("riscv32e") => {
            multiplies().then_some("rv32")
        }
        _ => None,
    }
}

/// Whether a RISC-V has instructions that multiply.
fn multiplies() -> bool {
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    features.split(',').any(|feature| feature == "m")
}

/// Whether the compiler was told `-C target-feature=-dsp`: ARMv8-M leaves the extension to the maker of a core.
fn has_no_dsp() -> bool {
    env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("-dsp"))
}
