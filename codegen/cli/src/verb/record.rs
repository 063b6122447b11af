//! `nice-flow record`.

use crate::files::Files;
use crate::sink;
use nice_flow_codegen::model::file;
use nice_flow_codegen::text::{counted, escaped, file_name};
use nice_flow_codegen::{Error, Model, Result, reading};
use nice_flow_lab::report::{Frame, Known, causes, frames, recordings, verdict};
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// File of what a board sent: nice_flow::Frame, postcard with COBS.
    frames: PathBuf,

    /// Model file that the board's model comes from: it names the inputs, and has the threshold.
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// HTML file to write; a single self-contained page with the scores and the inputs to blame; `-` is standard
    /// output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The largest file that is read.
const MOST: u64 = 1 << 30;

impl Args {
    pub fn files(&self) -> Files {
        let files = Files::default().reading([&self.frames]);
        files.reading(&self.model).writing_text(&self.output)
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let found = self.read()?;
        let inputs = found.first().and_then(|frames| frames.first());
        let known = self.known(inputs.map_or(0, |frame| frame.x.len()))?;
        if let Some(path) = &self.output {
            let page = recordings(&file_name(&self.frames), &found, &known)?;
            sink::write(path, page.as_bytes())?;
        }
        if json {
            let recordings: Vec<Vec<Value>> = found
                .iter()
                .map(|frames| frames.iter().map(|frame| object(frame, &known)).collect())
                .collect();
            say!(
                "{}",
                json!({ "recordings": recordings, "report": self.output.as_ref().map(|path| path.to_string_lossy()) })
            );
            return Ok(());
        }
        for (index, frames) in found.iter().enumerate() {
            say!(
                "recording {}: {}",
                index + 1,
                counted(frames.len(), "moment")
            );
            for frame in frames {
                let line = format!(
                    "{:>9} {:>12.4}  {:<9}  {}",
                    frame.moment,
                    frame.verdict.score,
                    verdict(frame),
                    escaped(&causes(frame, &known))
                );
                say!("{}", line.trim_end());
            }
        }
        if let Some(path) = self.output.as_ref().filter(|path| !sink::is_standard(path)) {
            say!("wrote {}: open it in a browser", path.display());
        }
        Ok(())
    }

    fn read(&self) -> Result<Vec<Vec<Frame>>> {
        let path = &self.frames;
        let caused = |error| Error::caused_in(path, error);
        let bytes = reading::whole(File::open(path).map_err(caused)?, MOST).map_err(caused)?;
        frames(&bytes, path)
    }

    /// What the model file says of frames with so many inputs; without one inputs are `x0`, `x1` and so on.
    fn known(&self, inputs: usize) -> Result<Known> {
        let Some(path) = &self.model else {
            return Ok(Known {
                features: (0..inputs).map(|input| format!("x{input}")).collect(),
                unit: None,
                threshold: None,
            });
        };
        let model: Model = file::read(path)?;
        if model.dim() != inputs {
            let message = format!(
                "expected frames of the {} of {}, found {inputs}",
                counted(model.dim(), "input"),
                path.display()
            );
            return Err(Error::file(&self.frames, message));
        }
        Ok(Known {
            unit: Some(model.unit()),
            threshold: model.threshold.map(|threshold| threshold.score),
            features: model.features,
        })
    }
}

fn object(frame: &Frame, known: &Known) -> Value {
    let causes = frame.causes.iter().map(|cause| {
        json!({
            "input": known.features.get(cause.input), "value": cause.value, "usual": cause.usual, "score_left": cause.score,
        })
    });
    json!({
        "moment": frame.moment, "score": frame.verdict.score, "anomalous": frame.verdict.anomalous, "alarm": frame.alarm,
        "x": frame.x, "causes": causes.collect::<Vec<_>>(),
    })
}
