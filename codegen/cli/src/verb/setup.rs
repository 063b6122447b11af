//! `nice-flow setup`.

use crate::choice::{Which, choice};
use nice_flow_codegen::Result;
use nice_flow_lab::Target;
use nice_flow_lab::board::toolchain;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Board to install tools for.
    #[arg(long, value_parser = choice::<Which<Target>>(), default_value = "all", value_delimiter = ',')]
    target: Vec<Which<Target>>,
}

impl Args {
    pub fn run(&self, json: bool) -> Result<()> {
        let targets = Which::all_of(&self.target);
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
