//! Zips as they are: torch.save and np.savez.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{npy, zip};
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_fuzz::sound::checkpoint;
use zip::CompressionMethod;

fn seeds() -> Vec<Vec<u8>> {
    let array = |name: &str, numbers: usize| {
        (
            format!("{name}.npy"),
            npy("<f4", &[numbers], &vec![1; 4 * numbers]),
        )
    };
    let arrays = [array("x", 4), array("log_prob", 2)];
    let npz =
        [CompressionMethod::Stored, CompressionMethod::Deflated].map(|method| zip(&arrays, method));
    let torch =
        ["state.pt", "module.pt", "expanded.pt"].map(|name| fixture(&format!("damage/{name}")));
    npz.into_iter().chain(torch).collect()
}

libfuzzer_sys::fuzz_target!(init: plant("zip", seeds()), |bytes: &[u8]| {
    let _ = with_file(bytes, checkpoint);
});
