//! `nice-flow export`.

use crate::choice::{Choice, choice};
use crate::files::Files;
use crate::source::Source;
use nice_flow_codegen::{Result, output};
use nice_flow_lab::onnx::{Precision, export, notes};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    /// ONNX file to write (opset 18): rows `x` to `z`, `log_density`, `score` and, with a threshold, `anomalous`.
    ///
    /// An ensemble has `z_0`, `log_density_0` and so on, of each flow. Scores are those of `nice-flow score` up to
    /// rounding; bits depend on the runtime.
    #[arg(long, value_name = "FILE")]
    onnx: PathBuf,

    /// Type of all numbers in the file.
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = choice::<Precision>())]
    numeric: Precision,
}

impl Choice for Precision {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (Self::Single, "f32", "Single precision"),
            (Self::Double, "f64", "Double precision"),
        ]
    }
}

impl Args {
    pub fn files(&self) -> Files {
        self.source.files().writing([&self.onnx])
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let model = self.source.load()?;
        let bytes = export(&model, self.numeric)?;
        let notes = notes(&model);
        for note in &notes {
            note!("note: {note}");
        }
        output::write(&self.onnx, &bytes)?;
        if json {
            say!(
                "{}",
                json!({ "bytes": bytes.len(), "notes": notes, "output": self.onnx.to_string_lossy() })
            );
        } else {
            say!("wrote {} bytes to {}", bytes.len(), self.onnx.display());
        }
        Ok(())
    }
}
