//! `nice-flow generate`.

use super::source::Source;
use crate::{Result, generate, lowered, output};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,

    /// Number type of the module.
    #[arg(long, value_enum, default_value_t)]
    numeric: crate::Numeric,

    /// Rust file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let model = self.source.load()?;
        let crate::Numeric::F32 = self.numeric;
        let text = generate(&model).map_err(|error| error.in_file(&self.source.model))?;
        output::write(&self.output, text.as_bytes())?;
        let module = lowered(&model)?;
        if json {
            say!(
                "{}",
                json!({ "module": self.output, "type": module.type_name(), "weight_bytes": module.bytes() })
            );
        } else {
            say!(
                "wrote {}: {} bytes of weights",
                self.output.display(),
                module.bytes()
            );
        }
        Ok(())
    }
}
