//! `nice-flow bench`.

mod clock;
mod text;

use crate::choice::{Which, choice};
use crate::counts::Counts;
use crate::files::Files;
use crate::sink;
use crate::source::Contents;
use clock::Clock;
use nice_flow_codegen::flow::shape::Shape;
use nice_flow_codegen::model::{Biases, Origin};
use nice_flow_codegen::{Error, Lowered, Model, Numeric, Result};
use nice_flow_lab::Target;
use nice_flow_lab::board::cost;
use nice_flow_lab::board::cost::{Budget, Cost};
use nice_flow_lab::board::simulate::{OptLevel, Runtime, Simulator};
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Model file, or a checkpoint of a known layout.
    #[arg(conflicts_with = "shape")]
    model: Option<PathBuf>,

    #[command(flatten)]
    contents: Contents,

    /// Flow with random weights, instead of a model: inputs x couplings x hidden width x hidden layers, such as
    /// 16x4x64x2; a fifth number is a mixture prior of so many normals.
    #[arg(long, value_name = "DxKxHxN")]
    shape: Option<Shape>,

    /// Boards to measure on, with commas between.
    #[arg(long, value_parser = choice::<Which<Target>>(), default_value = "cortex-m4f", value_delimiter = ',')]
    target: Vec<Which<Target>>,

    /// Number types of the module, with commas between.
    #[arg(long, value_parser = choice::<Which<Numeric>>(), default_value = "f32", value_delimiter = ',')]
    numeric: Vec<Which<Numeric>>,

    #[command(flatten)]
    counts: Counts,

    /// Optimisation levels of the firmware, with commas between.
    #[arg(long, value_parser = choice::<Which<OptLevel>>(), default_value = "3", value_delimiter = ',')]
    opt_level: Vec<Which<OptLevel>>,

    /// Clock of the board, for the share of its time that a model with a front end takes.
    #[arg(long, value_name = "FREQUENCY", default_value = "16MHz")]
    clock: Clock,

    /// Also measure each layer separately.
    #[arg(long)]
    layers: bool,

    /// Limits of the board, such as flash=64K,ram=4K; exit 1 if the smallest firmware with the model exceeds one.
    #[arg(long, value_name = "LIMITS")]
    budget: Option<Budget>,

    /// Table of an earlier run; exit 1 if a cost grew by more than 2 %.
    #[arg(long, value_name = "CSV")]
    against: Option<PathBuf>,

    /// CSV to write, as a table for --against; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Sources of the runtime crate to use, instead of those that match this command.
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
}

impl Args {
    pub fn files(&self) -> Files {
        let files = self.contents.files().reading(&self.model);
        let files = files.reading(&self.against).reading(&self.runtime);
        files.writing_text(&self.output)
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let model = match (&self.model, self.shape) {
            (_, Some(shape)) => shaped(shape),
            (Some(path), None) => self.contents.load(path)?,
            (None, None) => {
                let message = "expected a model file or --shape DxKxHxN, found neither";
                return Err(Error::input("bench", message));
            }
        };
        let expected = self.against.as_deref().map(cost::read).transpose()?;
        let (modules, missing) = self.modules(&model)?;
        let costs = self.measure(&model, &modules)?;
        text::note_cheaper(&costs);
        if let Some(path) = &self.output {
            sink::write(path, &cost::table(&costs)?)?;
        }
        if json {
            say!(
                "{}",
                json!({
                    "results": costs.iter().map(|cost| self.json(&model, cost)).collect::<Vec<_>>(),
                    "not_measured": missing.iter().map(|(numeric, error)| {
                        json!({ "numeric": numeric.name(), "reason": error.to_string() })
                    }).collect::<Vec<_>>(),
                })
            );
        } else {
            text::print(&model, &costs)?;
            if let Some(front) = &model.front_end {
                clock::print(front, &costs, self.clock)?;
            }
            for (numeric, error) in &missing {
                say!("{numeric} not measured: {error}");
            }
            if let Some(budget) = &self.budget {
                text::print_left(budget, &costs)?;
            }
        }
        self.check(&costs, expected.as_deref())
    }

    /// The modules of the requested number types, and why others have none. An error if there is none at all, or if the
    /// only requested one is missing.
    fn modules(&self, model: &Model) -> Result<(Vec<Lowered>, Missing)> {
        let (mut modules, mut missing) = (vec![], vec![]);
        for numeric in Which::all_of(&self.numeric) {
            match self.counts.lowered(model, numeric) {
                Ok(module) => modules.push(module),
                Err(error) => missing.push((numeric, error)),
            }
        }
        match missing.pop() {
            Some((_, error)) if modules.is_empty() => Err(match &self.model {
                Some(path) => error.in_file(path),
                None => error,
            }),
            last => {
                missing.extend(last);
                Ok((modules, missing))
            }
        }
    }

    /// Measures every requested combination, in order. Boards are built and run in parallel.
    fn measure(&self, model: &Model, modules: &[Lowered]) -> Result<Vec<Cost>> {
        let targets = Which::all_of(&self.target);
        let on_each = targets.into_par_iter().map(|target| {
            let levels = || Which::all_of(&self.opt_level).into_iter();
            let pairs = modules
                .iter()
                .flat_map(|m| levels().map(move |level| (m, level)));
            let costs = pairs.map(|(module, level)| self.cost(model, module, target, level));
            costs.collect::<Result<Vec<_>>>()
        });
        Ok(on_each.collect::<Result<Vec<_>>>()?.concat())
    }

    fn cost(
        &self,
        model: &Model,
        module: &Lowered,
        target: Target,
        opt_level: OptLevel,
    ) -> Result<Cost> {
        let numeric = module.numeric();
        note!("building {numeric} for {target} at opt-level {opt_level}");
        let runtime = self.runtime.clone();
        let simulator = Simulator {
            target,
            opt_level,
            runtime: runtime.map_or(Runtime::Matching, Runtime::Path),
            keep: None,
        };
        let mut cost = cost::measure(model, module, self.counts.scale.as_ref(), &simulator)?;
        if !self.layers {
            cost.parts.clear();
        }
        Ok(cost)
    }

    /// An error if the budget is exceeded, or a cost is above that in the earlier table.
    fn check(&self, costs: &[Cost], expected: Option<&[Cost]>) -> Result<()> {
        let mut wrong: Vec<String> = vec![];
        if let Some(budget) = &self.budget {
            wrong.extend(costs.iter().flat_map(|cost| budget.exceeded(cost)));
        }
        if let Some(expected) = expected {
            let comparison = cost::compare(costs, expected);
            for better in comparison.better {
                note!("less than before, a new table is due: {better}");
            }
            for foreign in comparison.foreign {
                note!("note: not compared: {foreign}");
            }
            wrong.extend(comparison.worse);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::Check(wrong.join("\n")))
    }

    fn json(&self, model: &Model, cost: &Cost) -> serde_json::Value {
        let mut object = json!(cost);
        if let Some((front, pushes)) = model.front_end.as_ref().zip(cost.front_end) {
            object["front_end"] = clock::json(front, cost, pushes, self.clock);
        }
        if let Some(reason) = &cost.stack_unbounded {
            object["stack_unbounded"] = json!(reason);
        }
        if let Some(budget) = &self.budget {
            object["budget_left"] = json!(budget.left(cost));
        }
        let parts = cost.parts.iter().map(|(part, effort)| {
            json!({
                "name": part.name, "path": part.path, "macs": part.macs, "bytes": part.bytes,
                "instructions": effort.instructions, "estimated_cycles": effort.cycles,
            })
        });
        if !cost.parts.is_empty() {
            object["layers"] = parts.collect();
            object["instructions_between_layers"] = json!(cost.between());
        }
        object
    }
}

/// The number types without a module, and why.
type Missing = Vec<(Numeric, Error)>;

/// A model with random weights.
fn shaped(shape: Shape) -> Model {
    let name = format!("shape_{shape}");
    let features = (0..shape.dim).map(|i| format!("x{i}")).collect();
    let flow = shape.flow();
    let biases = Biases::smallest([&flow]);
    let mut model = Model::new(name.clone(), features, flow);
    model.biases = biases;
    model.origin = Origin {
        file: name,
        sha256: "none".into(),
        layout: "random weights".into(),
    };
    model
}
