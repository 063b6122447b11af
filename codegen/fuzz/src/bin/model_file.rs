//! Model files.
#![no_main]

use nice_flow_codegen::Numeric;
use nice_flow_codegen::model::file;
use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::seeds::plant;
use nice_flow_fuzz::{models, sound};

fn seeds() -> Vec<Vec<u8>> {
    let models = models::all();
    let files = models
        .iter()
        .map(|model| file::write(model).expect("a model"));
    files.collect()
}

libfuzzer_sys::fuzz_target!(init: plant("model_file", seeds()), |bytes: &[u8]| {
    let _ = with_file(bytes, |path| sound::model_file(path, &[Numeric::F32]));
    let _ = with_file(bytes, file::is_model_file);
});
