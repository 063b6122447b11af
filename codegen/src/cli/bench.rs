//! `nice-flow bench`.

use super::source::note_scales;
use crate::model_file;
use crate::sample::sample;
use crate::shape::Shape;
use crate::simulate::{OptLevel, Run, Runtime, Simulator, Sizes};
use crate::{Error, Model, Numeric, Result, Target, generate};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Model file to measure.
    #[arg(conflicts_with = "shape")]
    model: Option<PathBuf>,

    /// A flow of random weights instead: inputs x couplings x hidden width x hidden layers, such as 16x4x64x2.
    #[arg(long, value_name = "DxKxHxN")]
    shape: Option<Shape>,

    /// Board: cortex-m0plus, cortex-m3, cortex-m4f, cortex-m7, cortex-m33 or all.
    #[arg(long, value_name = "TARGET", default_value = "cortex-m4f")]
    target: String,

    /// Number type of the module.
    #[arg(long, value_enum, default_value_t)]
    numeric: Numeric,

    /// Optimisation of the firmware: 3, s, z or all.
    #[arg(long, value_name = "LEVEL", default_value = "3")]
    opt_level: String,

    /// Sources of the runtime crate, instead of those that match this command.
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
}

/// One line of the table.
struct Measurement {
    target: Target,
    numeric: Numeric,
    opt_level: OptLevel,
    sizes: Sizes,
    run: Run,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let model = match (&self.model, self.shape) {
            (_, Some(shape)) => shape.model(),
            (Some(path), None) => model_file::read(path)?,
            (None, None) => {
                let message = "expected a model file or --shape DxKxHxN, found neither";
                return Err(Error::input("bench", message));
            }
        };
        note_scales(&model, self.numeric);
        let module = generate(&model, self.numeric)?;
        let rows = rows(&model);
        let mut results = vec![];
        for target in all(&self.target, &Target::ALL)? {
            for opt_level in all(
                &self.opt_level,
                &[OptLevel::Three, OptLevel::S, OptLevel::Z],
            )? {
                eprintln!("building for {target} at opt-level {opt_level}");
                let runtime = self
                    .runtime
                    .clone()
                    .map_or(Runtime::Matching, Runtime::Path);
                let firmware = Simulator {
                    target,
                    opt_level,
                    runtime,
                    keep: None,
                }
                .build(&module)?;
                let run = firmware.run(&rows, model.flow.dim, &|_| ())?;
                results.push(Measurement {
                    target,
                    numeric: self.numeric,
                    opt_level,
                    sizes: firmware.sizes()?,
                    run,
                });
            }
        }
        if json {
            let results: Vec<Value> = results.iter().map(|result| result.json(&model)).collect();
            say!("{}", json!({ "results": results }));
        } else {
            print(&model, self.numeric, &results)?;
        }
        Ok(())
    }
}

/// What a word names: one, or with `all` each.
fn all<T: Copy + std::str::FromStr<Err = Error>>(word: &str, every: &[T]) -> Result<Vec<T>> {
    match word {
        "all" => Ok(every.to_vec()),
        name => Ok(vec![name.parse()?]),
    }
}

/// Draws of the model, then one with a broken sensor for each way a sensor breaks.
fn rows(model: &Model) -> Vec<f32> {
    let dim = model.flow.dim;
    let mut rows: Vec<f32> = sample(model, 32, 0)
        .into_iter()
        .map(|value| value as f32)
        .collect();
    for broken in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        1e-40,
        0.0,
    ] {
        for place in [0, dim - 1] {
            let mut row = rows[..dim].to_vec();
            row[place] = broken;
            rows.extend(row);
        }
    }
    rows
}

impl Measurement {
    fn per_mac(&self, model: &Model) -> f64 {
        self.run.instructions.mean / model.flow.macs() as f64
    }

    fn json(&self, model: &Model) -> Value {
        let (sizes, count) = (&self.sizes, &self.run.instructions);
        json!({
            "target": self.target.name(), "numeric": self.numeric.name(), "opt_level": self.opt_level.name(),
            "dim": model.flow.dim, "macs": model.flow.macs(), "weight_bytes": sizes.weight_bytes,
            "flash_bytes": sizes.flash_bytes, "flash_overhead_bytes": sizes.flash_overhead_bytes,
            "static_ram_bytes": sizes.static_ram_bytes, "stack_bytes": self.run.stack_bytes,
            "instructions": count.mean, "instructions_min": count.min, "instructions_max": count.max,
            "instructions_per_mac": self.per_mac(model),
        })
    }
}

fn print(model: &Model, numeric: Numeric, results: &[Measurement]) -> Result<()> {
    say!(
        "{}: {} inputs, {} MACs, {}; one score, everything included",
        model.name,
        model.flow.dim,
        model.flow.macs(),
        numeric.name()
    );
    say!(
        "{:<14} {:>3} {:>12} {:>7} {:>9} {:>9} {:>10} {:>6}",
        "target",
        "opt",
        "instructions",
        "a MAC",
        "weights",
        "flash +",
        "static RAM",
        "stack"
    );
    for result in results {
        let (sizes, run) = (&result.sizes, &result.run);
        say!(
            "{:<14} {:>3} {:>12.0} {:>7.3} {:>9} {:>9} {:>10} {:>6}",
            result.target,
            result.opt_level,
            run.instructions.mean,
            result.per_mac(model),
            sizes.weight_bytes,
            sizes.flash_overhead_bytes,
            sizes.static_ram_bytes,
            run.stack_bytes
        );
    }
    say!("flash +: bytes that one score call adds to an empty firmware, weights not counted");
    Ok(())
}
