//! `nice-flow report`.

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::Files;
use crate::level;
use crate::rows;
use crate::sink;
use nice_flow_codegen::Model;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Result, lowered};
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{OptLevel, Runtime, Simulator};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::inputs;
use nice_flow_lab::report::{Board, Rows, Subject, report};
use nice_flow_lab::table::Table;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    rows: rows::Rows,

    /// CSV of the normal rows that the model was trained on, without labels.
    #[arg(long, value_name = "NORMAL")]
    train: Option<PathBuf>,

    /// Arithmetic in which scores are computed.
    #[arg(long, value_parser = choice::<Arithmetic>(), default_value = "f64")]
    numeric: Arithmetic,

    /// Also measure a score on an emulated board.
    #[arg(long, value_parser = choice::<Target>())]
    bench: Option<Target>,

    /// HTML file to write; a single self-contained page. `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Files {
        let files = self.rows.files().reading(&self.train);
        files.writing_text([&self.output])
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let (model, mut table) = self.rows.load_keeping(true, &Counts::default())?;
        level::take_off_judged(&model, &mut table, self.numeric, &Counts::default())?;
        let train = match &self.train {
            Some(path) => {
                let mut table = self.rows.roles.more(path, &model)?;
                level::take_off(&model, &mut table)?;
                let file = file_name(path);
                Some(Rows { file, table })
            }
            None => None,
        };
        let board = match self.bench {
            Some(target) => Some(measure(&model, &table, target, self.numeric.module())?),
            None => None,
        };
        let subject = Subject {
            model,
            data: Rows {
                file: file_name(self.rows.first()),
                table,
            },
            train,
            numeric: self.numeric,
            board,
        };
        let page = report(&subject, &|_| ());
        let page = page.map_err(|error| error.in_file(&self.rows.source.model))?;
        sink::write(&self.output, page.as_bytes())?;
        if json {
            say!(
                "{}",
                json!({ "report": self.output.to_string_lossy(), "bytes": page.len() })
            );
        } else if !sink::is_standard(&self.output) {
            say!("wrote {}: open it in a browser", self.output.display());
        }
        Ok(())
    }
}

/// The most rows that are run on the board.
const ROWS: usize = 100;

/// Measures the module in the number type of the scores; for scores in f64, the module in f32.
fn measure(
    model: &Model,
    table: &Table,
    target: Target,
    numeric: Option<nice_flow_codegen::Numeric>,
) -> Result<Board> {
    let numeric = numeric.unwrap_or_default();
    note!("building for {target}");
    let simulator = Simulator {
        target,
        opt_level: OptLevel::Three,
        runtime: Runtime::Matching,
        keep: None,
    };
    let module = lowered(model, numeric)?;
    let values = table.iter().take(ROWS).flatten().copied();
    let values: Vec<f64> = values.collect();
    let values = inputs(model, &module, &values);
    // Rows behind a front end are scored by themselves.
    let behind = Model {
        front_end: None,
        ..model.clone()
    };
    let firmware = simulator.build(&emit::emit(&behind, &module)?)?;
    Ok(Board {
        target,
        numeric,
        run: firmware.run(&values, table.columns, &|_| ())?,
        sizes: firmware.sizes()?,
        stack_bound: firmware.extent().ok().map(|extent| extent.stack_bytes),
    })
}
