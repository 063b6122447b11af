//! What is in the smallest firmwares that score NICE with a normal prior, what is not, and how small a board they fit.
//!
//! Skipped with a printed line where the target is missing, unless `CI` is set.

#[path = "../../tests/fixtures/embedded.rs"]
#[allow(dead_code)]
mod embedded;
#[path = "../../tests/fixtures/floats.rs"]
mod floats;
#[path = "../../../tests/models/integer.rs"]
#[allow(dead_code)]
mod integer;
#[path = "../../../tests/models/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;
#[path = "../../../tests/models/small.rs"]
mod small;

use embedded::{link, run_on};
use floats::FLOATS;
use nice_flow::Detector;
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::OptLevel;
use nice_flow_lab::board::target::Region;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol};
use ready::is_ready;
use std::path::Path;

/// Weights of the 16x4x64x2 network of the measurements.
const WEIGHTS: u64 = 4 * (2 * 8 * 64 + 64 * 64);

#[test]
fn the_score_path_links_no_libm_no_panic_and_keeps_the_model_in_flash() {
    let targets = [Target::CortexM4F, Target::CortexM55, Target::Riscv32Imac].into_iter();
    for target in targets.filter(|target| is_ready(&[*target])) {
        for opt_level in OptLevel::ALL {
            for (bin, weight) in [("nice", 4), ("i8", 1)] {
                let bytes = read(&link(bin, target, opt_level));
                let elf = object::File::parse(&*bytes).unwrap();
                links_nothing_of(&elf, &[]);
                has_no_variables(&elf);
                keeps_the_model_in_flash(&elf, target, weight * WEIGHTS);
            }
        }
    }
}

/// A Cortex-M0+ scores raw counts in integers alone.
#[test]
fn counts_link_no_floating_point_and_no_panic() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    for opt_level in OptLevel::ALL {
        let bytes = read(&link("counts", Target::CortexM0Plus, opt_level));
        let elf = object::File::parse(&*bytes).unwrap();
        links_nothing_of(&elf, &FLOATS);
        has_no_variables(&elf);
        keeps_the_model_in_flash(&elf, Target::CortexM0Plus, WEIGHTS);
    }
}

/// Bytes of flash at opt-level s, beside the usual values: of the function that finds the next cause, and of all that causes add.
/// `src/repair.rs` and `CHANGELOG.md` say so.
const STEP: u64 = 292;
const CAUSES: u64 = 372;

/// What a firmware that judges by an ensemble of 16 inputs grows by when it also asks why. Run with `--nocapture`, it says how much.
#[test]
fn causes_take_as_much_flash_as_is_promised_and_link_no_panic() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    for opt_level in OptLevel::ALL {
        let [verdict, causes] = ["verdict", "causes"].map(|bin| {
            let bytes = read(&link(bin, Target::CortexM4F, opt_level));
            let elf = object::File::parse(&*bytes).unwrap();
            links_nothing_of(&elf, &[]);
            has_no_variables(&elf);
            elf.segments()
                .map(|segment| segment.file_range().1)
                .sum::<u64>()
        });
        let added = causes - verdict;
        let step = bytes_of_step(&link("step", Target::CortexM4F, opt_level));
        println!(
            "opt-level {opt_level}: {added} bytes of flash for causes; a step as a function {step}"
        );
        let expected = added <= CAUSES && step <= STEP;
        assert!(opt_level.name() != "s" || expected, "{added}, {step}");
    }
}

fn bytes_of_step(elf: &Path) -> u64 {
    let bytes = read(elf);
    let elf = object::File::parse(&*bytes).unwrap();
    let mut symbols = elf.symbols();
    let step = symbols.find(|symbol| symbol.name().is_ok_and(|name| name.contains("4step4step")));
    step.unwrap().size()
}

const SMALL_FLASH: u64 = 16 << 10;
const SMALL_RAM: u64 = 2 << 10;

/// The linker has no more flash and RAM to give, QEMU's micro:bit has a true M0, and the host gives the same bits.
#[test]
fn a_detector_of_counts_with_2_kb_of_weights_runs_in_16_kb_of_flash_and_2_kb_of_ram() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    for opt_level in OptLevel::ALL {
        let path = link("small", Target::CortexM0Plus, opt_level);
        let bytes = read(&path);
        let elf = object::File::parse(&*bytes).unwrap();
        has_no_variables(&elf);
        keeps_the_model_in_flash(&elf, Target::CortexM0Plus, small::WEIGHTS as u64);
        let flash: u64 = elf.segments().map(|segment| segment.file_range().1).sum();
        let (windows, stack) = run_on_microbit(&path);
        println!(
            "opt-level {opt_level}: weights {} of a model's {} bytes, flash {flash} of {SMALL_FLASH}, RAM {stack} of {SMALL_RAM}, all of it stack",
            small::WEIGHTS,
            size_of::<small::Model>()
        );
        assert!(flash <= SMALL_FLASH);
        // Where something was written into the last word, more may have been beyond.
        assert!((1..SMALL_RAM).contains(&stack));
        assert_eq!(windows, windows_of_host());
    }
    let flagged = windows_of_host().iter().filter(|(_, flag)| *flag).count();
    assert!(0 < flagged && flagged < windows_of_host().len());
}

/// Bits of the score and verdict of every window.
type Windows = Vec<(i32, bool)>;

fn windows_of_host() -> Windows {
    let mut detector = Detector::<small::Model, i16, { small::CHANNELS }, { small::D }>::new(
        &small::MODEL,
        small::THRESHOLD,
    );
    let verdicts = (0..small::SAMPLES).filter_map(|i| detector.push(small::sample(i)));
    verdicts
        .map(|verdict| (verdict.score.to_bits(), verdict.anomalous))
        .collect()
}

/// What the firmware told, and the bytes of its stack.
fn run_on_microbit(elf: &Path) -> (Windows, u64) {
    let told = run_on("microbit", Target::CortexM0Plus, elf);
    let words = told.chunks_exact(4);
    let words: Vec<i32> = words
        .map(|word| i32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let (stack, windows) = words.split_last().unwrap();
    let windows = windows.chunks_exact(2).map(|pair| (pair[0], pair[1] == 1));
    (windows.collect(), *stack as u64)
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
    let has_names = elf.symbols().any(|symbol| {
        let name = symbol.name().unwrap();
        name.contains("score") || name.contains("nice_flow")
    });
    assert!(has_names, "the symbols were stripped");
}

fn has_no_variables(elf: &object::File) {
    for name in [".data", ".bss"] {
        let size = elf
            .section_by_name(name)
            .map_or(0, |section| section.size());
        assert_eq!(size, 0, "{name}");
    }
}

fn keeps_the_model_in_flash(elf: &object::File, target: Target, bytes: u64) {
    let rodata = elf.section_by_name(".rodata").unwrap();
    let Region { origin, length } = target.board().flash;
    let flash = u64::from(origin)..u64::from(origin) + u64::from(length);
    assert!(rodata.size() >= bytes && flash.contains(&rodata.address()));
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
