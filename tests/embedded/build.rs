//! The memory map of QEMU's board for the core.

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
    let map = format!(
        "MEMORY {{ FLASH : ORIGIN = {flash}, LENGTH = 4M\n RAM : ORIGIN = {ram}, LENGTH = 4M }}\n"
    );
    std::fs::write(format!("{folder}/memory.x"), map).unwrap();
    println!("cargo:rustc-link-search={folder}");
    println!("cargo:rustc-env=TICK={tick}");
    println!("cargo:rerun-if-changed=build.rs");
}
