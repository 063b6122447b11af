//! `nice-flow setup`.

use nice_flow_codegen::Result;
use nice_flow_lab::Target;
use nice_flow_lab::board::toolchain;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to prepare for: cortex-m0plus, cortex-m3, cortex-m4f, cortex-m7, cortex-m33 or all.
    #[arg(long, value_name = "TARGET", default_value = "all")]
    target: String,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let targets = match self.target.as_str() {
            "all" => Target::ALL.to_vec(),
            name => vec![name.parse()?],
        };
        toolchain::install(&targets, &|text| note!("{text}"))?;
        let names: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        if json {
            say!("{}", json!({ "ready": names }));
        } else {
            say!("ready for {}", names.join(", "));
        }
        Ok(())
    }
}
