//! The memory map of QEMU's board for the core, and that of a small board.

use std::env::var;

fn main() {
    let is_m33 = var("TARGET").unwrap() == "thumbv8m.main-none-eabihf";
    // Origins, and nanoseconds from one SysTick to the next.
    let (flash, ram, tick) = if is_m33 {
        ("0x10000000", "0x38000000", 50)
    } else {
        ("0x00000000", "0x20000000", 40)
    };
    let folder = var("OUT_DIR").unwrap();
    let maps = [
        (
            "board",
            "4M",
            "4M",
            &[
                "embedded", "nice", "i8", "counts", "alone", "entries", "front", "bands", "blob",
            ][..],
        ),
        ("small", "16K", "2K", &["small"]),
    ];
    for (map, flash_length, ram_length, bins) in maps {
        let text = format!(
            "MEMORY {{ FLASH : ORIGIN = {flash}, LENGTH = {flash_length}\n RAM : ORIGIN = {ram}, LENGTH = {ram_length} }}\n"
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
    println!("cargo:rerun-if-changed=build.rs");
}
