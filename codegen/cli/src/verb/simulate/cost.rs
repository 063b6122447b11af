//! What a score costs on the emulated board, as JSON and as text.

use super::Args;
use nice_flow_codegen::Result;
use nice_flow_lab::board::simulate::{Run, Sizes};
use serde_json::json;

impl Args {
    /// The cost of a score, with the keys of the JSON format.
    pub(super) fn cost(&self, sizes: &Sizes, run: &Run, bound: Option<u32>) -> serde_json::Value {
        json!({
            "target": self.target.name(), "numeric": self.numeric.name(), "opt_level": self.opt_level.name(),
            "weight_bytes": sizes.weight_bytes, "flash_bytes": sizes.flash_bytes,
            "flash_overhead_bytes": sizes.flash_overhead_bytes, "static_ram_bytes": sizes.static_ram_bytes,
            "stack_bytes": run.stack_bytes, "stack_bound_bytes": bound, "instructions": run.instructions.mean,
            "instructions_min": run.instructions.min, "instructions_max": run.instructions.max,
        })
    }

    pub(super) fn print(&self, sizes: &Sizes, run: &Run, bound: Result<u32>) -> Result<()> {
        let count = &run.instructions;
        say!(
            "{}, {}, opt-level {}:",
            self.target,
            self.numeric.name(),
            self.opt_level
        );
        say!(
            "  instructions a score  {:.0} ({} to {})",
            count.mean,
            count.min,
            count.max
        );
        say!(
            "  flash                 {} bytes: {} of weights, {} of code for scoring, the rest start-up",
            sizes.flash_bytes,
            sizes.weight_bytes,
            sizes.flash_overhead_bytes
        );
        say!(
            "  RAM                   {} bytes static, {} bytes of stack seen, {}",
            sizes.static_ram_bytes,
            run.stack_bytes,
            match bound {
                Ok(bytes) => format!("{bytes} at most"),
                Err(error) => error.to_string(),
            }
        );
        Ok(())
    }
}
