//! What a front end cost on a board.

use nice_flow_codegen::Result;
use nice_flow_lab::board::simulate::Pushes;
use serde_json::{Value, json};

pub(super) fn json(pushes: &Pushes) -> Value {
    json!({
        "samples": pushes.samples, "instructions": pushes.mean, "instructions_max": pushes.max,
        "ram_bytes": pushes.ram_bytes,
    })
}

pub(super) fn print(pushes: &Pushes) -> Result<()> {
    say!(
        "  front end             {:.0} instructions a sample, {} at most, of {} samples; {} bytes of RAM",
        pushes.mean,
        pushes.max,
        pushes.samples,
        pushes.ram_bytes
    );
    Ok(())
}
