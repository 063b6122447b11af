//! The stream of torch.save before 1.6.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_fuzz::sound::checkpoint;

libfuzzer_sys::fuzz_target!(init: plant("stream", [fixture("damage/legacy.pt")]), |bytes: &[u8]| {
    let _ = with_file(bytes, checkpoint);
});
