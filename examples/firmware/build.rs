//! Generates the model, and puts the board's memory map where the linker finds it.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    nice_flow_codegen::Builder::new("../shuttle/shuttle.safetensors").generate_to(&out)?;

    let board = board();
    let memory = format!("boards/{board}/memory.x");
    println!("cargo::rerun-if-changed={memory}");
    fs::copy(&memory, out.join("memory.x")).map_err(|error| format!("{memory}: {error}"))?;

    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    if board != "qemu" {
        println!("cargo::rustc-link-arg-bins=-Tdefmt.x");
    }
    println!("cargo::rustc-check-cfg=cfg(board, values(any()))");
    println!("cargo::rustc-cfg=board={board:?}");
    Ok(())
}

/// A folder of `boards/`: QEMU's, or with the feature `board` the one that its `config.toml` names in `BOARD`.
fn board() -> String {
    println!("cargo::rerun-if-env-changed=BOARD");
    if env::var_os("CARGO_FEATURE_BOARD").is_none() {
        return "qemu".into();
    }
    env::var("BOARD").unwrap_or_else(|_| {
        println!("cargo::warning=no BOARD: linking for the STM32F4; `cargo stm32f4`, `cargo nrf52840`, `cargo rp2350` and `cargo rp2350-riscv` name it and flash it");
        "stm32f4".into()
    })
}
