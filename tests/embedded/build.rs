//! The memory map of QEMU's board for the core, and that of a small board.

use std::env::var;

/// Where `riscv-rt` puts what.
const ALIASES: &str = include_str!("../../codegen/lab/src/board/simulate/firmware/riscv/memory.x");

fn main() {
    let target = var("TARGET").unwrap();
    let (is_v8, is_riscv) = (
        target == "thumbv8m.main-none-eabihf",
        target.starts_with("riscv"),
    );
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_m55 = is_v8 && flags.contains("target-cpu=cortex-m55");
    // Origins, and picoseconds from one SysTick to the next.
    let (flash, ram, tick) = match (is_v8, is_m55) {
        (_, true) => ("0x00000000", "0x21000000", 31_250),
        (true, _) => ("0x10000000", "0x38000000", 50_000),
        _ if is_riscv => ("0x80000000", "0x80400000", 0),
        _ => ("0x00000000", "0x20000000", 40_000),
    };
    // On the M55's board the table of interrupts is at 0, code is in the flash at 0x28000000. A RISC-V's regions have more names.
    let (length, start) = match is_m55 {
        true => ("0x28400000", "_stext = 0x28000000;"),
        false if is_riscv => ("4M", ALIASES),
        false => ("4M", ""),
    };
    let folder = var("OUT_DIR").unwrap();
    let maps = [
        (
            "board",
            length,
            "4M",
            start,
            &[
                "embedded", "nice", "i8", "counts", "alone", "entries", "front", "bands", "blob",
                "verdict", "causes", "step",
            ][..],
        ),
        ("small", "16K", "2K", "", &["small"]),
    ];
    for (map, flash_length, ram_length, start, bins) in maps {
        let text = format!(
            "MEMORY {{ FLASH : ORIGIN = {flash}, LENGTH = {flash_length}\n RAM : ORIGIN = {ram}, LENGTH = {ram_length} }}\n{start}\n"
        );
        let folder = format!("{folder}/{map}");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/memory.x"), text).unwrap();
        // Cargo refuses arguments for a binary that is not built.
        let built = |bin: &&&str| **bin != "blob" || var("CARGO_FEATURE_BLOB").is_ok();
        for bin in bins.iter().filter(built) {
            println!("cargo:rustc-link-arg-bin={bin}=-L{folder}");
        }
    }
    println!("cargo:rustc-env=TICK={tick}");
    // Behind the M55's 512 KB at 0x20000000, which no map has, there is nothing.
    println!("cargo:rustc-check-cfg=cfg(memory_ends)");
    if is_m55 {
        println!("cargo:rustc-cfg=memory_ends");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
