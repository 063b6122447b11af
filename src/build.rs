//! Sets `cfg(core = "v7em")` and the like, by which kernels are chosen: no stable `cfg` says what a Cortex-M core can do, and each
//! place asks of a RISC-V alike.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!(
        "cargo:rustc-check-cfg=cfg(core, values(none(), \"v6m\", \"v7m\", \"v7em\", \"v8m\", \"helium\", \"rv32\"))"
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
        "thumbv8m.main" => Some(mainline(&flags(), target.ends_with("eabihf"))),
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

/// The words of the compiler's arguments, `target-cpu`, `cortex-m55` and so on, in their order.
fn flags() -> Vec<String> {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let words = flags.split(['\x1f', '=', ',']);
    words.map(String::from).collect()
}

/// ARMv8-M leaves the DSP extension to the maker of a core, who says `-C target-feature=-dsp` if it has none, and ARMv8.1-M leaves
/// Helium: `-C target-feature=-mve`. Its registers are those of the FPU, which stays off where floats are in software.
fn mainline(flags: &[String], has_fpu: bool) -> &'static str {
    let has = |word: &str| flags.iter().any(|flag| flag == word);
    let cpu = flags.iter().rfind(|flag| flag.starts_with("cortex-m"));
    let has_vectors = cpu.is_some_and(|cpu| VECTORS.contains(&cpu.as_str()));
    match (has("-dsp"), has_vectors && has_fpu && !has("-mve")) {
        (true, _) => "v7m",
        (_, true) => "helium",
        _ => "v8m",
    }
}

/// Cores with Helium, for integers and floats unless their maker left it out.
const VECTORS: [&str; 3] = ["cortex-m52", "cortex-m55", "cortex-m85"];
