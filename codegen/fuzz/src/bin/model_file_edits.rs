//! Model files that are sound as containers: any JSON over any tensors.
#![no_main]

use ::safetensors::{Dtype, SafeTensors};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use nice_flow_codegen::Numeric;
use nice_flow_codegen::model::file;
use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{Stored, safetensors};
use nice_flow_fuzz::edits::{edit, real};
use nice_flow_fuzz::seeds::{noise, plant};
use nice_flow_fuzz::{models, sound};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// The metadata key of a model file.
const KEY: &str = "nice_flow";

/// A model file in its parts.
struct File {
    json: Value,
    tensors: BTreeMap<String, Stored>,
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let models = models::all();
    let bytes = models
        .iter()
        .map(|model| file::write(model).expect("a model"));
    bytes.map(|bytes| parts(&bytes)).collect()
});

fn parts(bytes: &[u8]) -> File {
    let file = SafeTensors::deserialize(bytes).expect("a file");
    let (_, header) = SafeTensors::read_metadata(bytes).expect("a header");
    let json = header.metadata().as_ref().and_then(|map| map.get(KEY));
    let tensors = file.iter().map(|(name, view)| {
        let (dtype, shape, bytes) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
        (
            name.to_owned(),
            Stored {
                dtype,
                shape,
                bytes,
            },
        )
    });
    File {
        json: serde_json::from_str(json.expect("a model file")).expect("JSON"),
        tensors: tensors.collect(),
    }
}

fn run(u: &mut Unstructured) -> Result<()> {
    let file = u.choose(&FILES)?;
    let (mut json, mut tensors) = (file.json.clone(), file.tensors.clone());
    let integers = u.ratio(1, 16)?;
    edit(&mut json, u)?;
    for _ in 0..u.int_in_range(0..=2)? {
        edit_tensor(&mut tensors, u)?;
    }
    let metadata = HashMap::from([(KEY.to_owned(), json.to_string())]);
    let Some(bytes) = safetensors(&tensors, Some(metadata)) else {
        return Ok(());
    };
    let numerics = [Numeric::F32, Numeric::I16, Numeric::I8];
    let numerics = if integers {
        &numerics[..]
    } else {
        &numerics[..1]
    };
    let _ = with_file(&bytes, |path| sound::model_file(path, numerics));
    Ok(())
}

/// A number of its own, one fewer or more in a dimension, or none.
fn edit_tensor(tensors: &mut BTreeMap<String, Stored>, u: &mut Unstructured) -> Result<()> {
    let names: Vec<String> = tensors.keys().cloned().collect();
    let name = u.choose(&names)?;
    if u.ratio(1, 16)? {
        tensors.remove(name);
        return Ok(());
    }
    let Some(tensor) = tensors.get_mut(name) else {
        return Ok(());
    };
    let size = tensor.dtype.bitsize() / 8;
    if u.ratio(1, 4)? && !tensor.shape.is_empty() {
        let dimension = u.choose_index(tensor.shape.len())?;
        tensor.shape[dimension] = u.int_in_range(0..=20)?;
        tensor
            .bytes
            .resize(tensor.shape.iter().product::<usize>() * size, 0x3f);
        return Ok(());
    }
    let number = real(u)?;
    let bytes = match tensor.dtype {
        Dtype::F32 => (number as f32).to_le_bytes().to_vec(),
        _ => number.to_le_bytes().to_vec(),
    };
    let count = tensor.bytes.len() / size;
    if count > 0 {
        let at = u.choose_index(count)? * size;
        tensor.bytes[at..at + size].copy_from_slice(&bytes);
    }
    Ok(())
}

libfuzzer_sys::fuzz_target!(init: plant("model_file_edits", noise(200, 48)), |bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});
