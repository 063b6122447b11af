//! Checkpoints in safetensors.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{Stored, safetensors};
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_fuzz::sound::checkpoint;
use std::collections::{BTreeMap, HashMap};

fn seeds() -> [Vec<u8>; 2] {
    use ::safetensors::Dtype::{BF16, BOOL, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let elements = [
        F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL,
    ];
    let tensors: BTreeMap<_, _> = (elements.into_iter())
        .map(|dtype| {
            let (shape, bytes) = (vec![2, 1], vec![1; 2 * dtype.bitsize() / 8]);
            (
                format!("{dtype:?}.weight"),
                Stored {
                    dtype,
                    shape,
                    bytes,
                },
            )
        })
        .collect();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let every = safetensors(&tensors, Some(metadata)).expect("a file");
    [every, fixture("zuko_d4/nice.safetensors")]
}

libfuzzer_sys::fuzz_target!(init: plant("safetensors", seeds()), |bytes: &[u8]| {
    let _ = with_file(bytes, checkpoint);
});
