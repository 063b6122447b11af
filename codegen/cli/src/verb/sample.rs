//! `nice-flow sample`.

use crate::files::Files;
use crate::sink::{self, Named};
use crate::source::Source;
use nice_flow_codegen::Result;
use nice_flow_codegen::text::counted;
use nice_flow_lab::judge::advice::above_level;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    /// Number of rows; for an ensemble, each comes from a flow chosen at random.
    #[arg(short = 'n', value_name = "ROWS", default_value_t = 1000, value_parser = count)]
    rows: usize,

    /// Seed; the same seed gives the same rows.
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// CSV to write, in raw units, with the feature names as its header; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

fn count(text: &str) -> std::result::Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| "expected a number of rows, 1 or more".into())
}

impl Args {
    pub fn files(&self) -> Files {
        self.source.files().writing_text([&self.output])
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let model = self.source.load()?;
        let known = model.expect_known_context("context");
        known.map_err(|error| error.in_file(&self.source.model))?;
        model.expect_draws(self.rows, "-n")?;
        if let Some(above) = above_level(&model, "rows are drawn", "added") {
            note!("note: {above}");
        }
        let values = model.sample(self.rows, self.seed);
        sink::write_with(&self.output, |file| {
            let mut csv = csv::Writer::from_writer(file);
            csv.write_record(&model.features)?;
            for row in values.chunks_exact(model.dim()) {
                csv.write_record(row.iter().map(f64::to_string))?;
            }
            csv.flush()
        })?;
        if json {
            say!(
                "{}",
                json!({ "rows": self.rows, "seed": self.seed, "output": self.output.to_string_lossy() })
            );
        } else {
            say!(
                "wrote {} to {}",
                counted(self.rows, "row"),
                Named(&self.output)
            );
        }
        Ok(())
    }
}
