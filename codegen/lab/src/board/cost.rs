//! The cost of a score on a board: instructions, cycles, flash, RAM.

mod budget;
mod figures;
mod noise;

pub use budget::{Budget, Left};
pub use figures::{Comparison, compare, read, table};

use crate::board::simulate::{Effort, Pushes, Simulator};
use crate::board::toolchain;
use nice_flow_codegen::flow::sample;
use nice_flow_codegen::module::Part;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::{Lowered, Model, Result};
use serde::{Deserialize, Serialize};

/// The cost of one score of a model, including everything that the score needs.
///
/// The fields are the columns of the tables that `bench` writes and the keys of `bench --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The core.
    pub target: String,
    /// Number type of the module.
    pub numeric: String,
    /// How the firmware was compiled.
    pub opt_level: String,
    /// Version of the Rust compiler; other versions give other figures.
    pub rustc: String,
    /// Inputs.
    pub dim: usize,
    /// Multiply-accumulates of one score.
    pub macs: usize,
    /// Bytes of the model's `static`.
    pub weight_bytes: u64,
    /// Bytes in flash of the smallest firmware that contains the model.
    pub flash_bytes: u64,
    /// Bytes in flash that one call of `score` adds to an empty firmware, without the weights.
    pub flash_overhead_bytes: u64,
    /// Bytes of mutable statics.
    pub static_ram_bytes: u64,
    /// The deepest stack that was measured in any score, in bytes.
    pub stack_bytes: u32,
    /// The deepest stack that a score can have, in bytes; `None` if no bound could be proven.
    #[serde(default)]
    pub stack_bound_bytes: Option<u32>,
    /// Mean over the measured rows, which include rows of broken sensors.
    pub instructions: f64,
    /// The least of any row.
    pub instructions_min: u64,
    /// The greatest of any row.
    pub instructions_max: u64,
    /// Mean instructions per multiply-accumulate.
    pub instructions_per_mac: f64,
    /// Cycles of the first row, estimated from ARM's timing tables; `None` for cores without such a table.
    pub estimated_cycles: Option<u64>,
    /// Estimated cycles per multiply-accumulate.
    pub estimated_cycles_per_mac: Option<f64>,
    /// What its front end costs, if the model has one: beside the score, and not in the other figures.
    #[serde(skip)]
    pub front_end: Option<Pushes>,
    /// Why there is no bound of the stack.
    #[serde(skip)]
    pub stack_unbounded: Option<String>,
    /// The whole score of the first row.
    #[serde(skip)]
    pub whole: Option<Effort>,
    /// The parts of the first row's score: encoder, layers and prior in turn; for an ensemble, the members.
    #[serde(skip)]
    pub parts: Vec<(Part, Effort)>,
}

impl Cost {
    /// The bytes of stack to reserve for a score: the bound if there is one, otherwise what was measured.
    pub fn stack(&self) -> u32 {
        self.stack_bound_bytes.unwrap_or(self.stack_bytes)
    }

    /// Instructions of the whole score that are in no part: call and return, less what it costs to call each part
    /// separately.
    ///
    /// For an ensemble, this includes combining the members' scores.
    pub fn between(&self) -> Option<i64> {
        let parts: u64 = self
            .parts
            .iter()
            .map(|(_, effort)| effort.instructions)
            .sum();
        Some(self.whole?.instructions.cast_signed() - parts.cast_signed())
    }
}

/// Builds the module of a model and runs it under QEMU. `counts` is the scale for a module that takes counts.
pub fn measure(
    model: &Model,
    lowered: &Lowered,
    counts: Option<&Scale>,
    simulator: &Simulator,
) -> Result<Cost> {
    let Some(front) = &model.front_end else {
        return measure_score(model, lowered, counts, simulator);
    };
    // The score by itself, of the front end's outputs.
    let behind = Model {
        front_end: None,
        ..model.clone()
    };
    let outputs = lowered.takes_counts().then(Scale::front_end);
    let cost = measure_score(&behind, lowered, outputs.as_ref(), simulator)?;
    let firmware = simulator.build(&emit::emit(model, lowered)?)?;
    let piece = noise::piece(front);
    let (_, pushes) = firmware.run_raw(&[piece], front.channels.len(), model.dim(), &|_| ())?;
    Ok(Cost {
        front_end: Some(pushes),
        ..cost
    })
}

/// The cost of a model without its front end.
fn measure_score(
    model: &Model,
    lowered: &Lowered,
    counts: Option<&Scale>,
    simulator: &Simulator,
) -> Result<Cost> {
    let (text, parts) = (emit::emit(model, lowered)?, lowered.parts());
    let (dim, macs) = (model.dim(), model.macs());
    let rows = rows(model, counts);
    let firmware = simulator.build(&text)?;
    let sizes = firmware.sizes()?;
    let run = firmware.run(&rows, dim, &|_| ())?;
    let bound = firmware.extent().map(|extent| extent.stack_bytes);
    let efforts = simulator.efforts(&text, &parts, &rows[..dim])?;
    let estimated_cycles = efforts.first().and_then(|score| score.cycles);
    let per_mac = |number: f64| number / macs.max(1) as f64;
    Ok(Cost {
        target: simulator.target.name().into(),
        numeric: lowered.numeric().name().into(),
        opt_level: simulator.opt_level.name().into(),
        rustc: toolchain::rustc_version(),
        dim,
        macs,
        weight_bytes: sizes.weight_bytes,
        flash_bytes: sizes.flash_bytes,
        flash_overhead_bytes: sizes.flash_overhead_bytes,
        static_ram_bytes: sizes.static_ram_bytes,
        stack_bytes: run.stack_bytes,
        stack_bound_bytes: bound.as_ref().ok().copied(),
        instructions: run.instructions.mean,
        instructions_min: run.instructions.min,
        instructions_max: run.instructions.max,
        instructions_per_mac: per_mac(run.instructions.mean),
        estimated_cycles,
        estimated_cycles_per_mac: estimated_cycles.map(|cycles| per_mac(cycles as f64)),
        front_end: None,
        stack_unbounded: bound.err().map(|error| error.to_string()),
        whole: efforts.first().copied(),
        parts: parts.into_iter().zip(efforts.into_iter().skip(1)).collect(),
    })
}

/// Rows sampled from the model, then a row for each kind of value that a broken sensor sends, once in the first and
/// once in the last element.
fn rows(model: &Model, counts: Option<&Scale>) -> Vec<f64> {
    let dim = model.dim();
    let draws = sample::rows(vec![model.first().raw_flow()], model.kept_rows(), 0);
    let draws: Vec<f64> = draws.take(32).flatten().collect();
    let (mut rows, broken) = match counts {
        Some(scale) => (scale.counts(&draws, dim).collect(), &BROKEN_COUNTS[..]),
        None => (draws, &BROKEN[..]),
    };
    for &broken in broken {
        for place in [0, dim - 1] {
            let mut row = rows[..dim].to_vec();
            row[place] = broken;
            rows.extend(row);
        }
    }
    rows
}

/// Values that a broken sensor sends.
const BROKEN: [f64; 6] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f32::MAX as f64,
    1e-40,
    0.0,
];

/// Counts that a broken analog-to-digital converter sends.
const BROKEN_COUNTS: [f64; 3] = [i32::MIN as f64, i32::MAX as f64, 0.0];
