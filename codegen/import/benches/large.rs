//! Ten million weights through import and generate: seconds and peak memory of each step.
//!
//! `cargo bench -p nice-flow-codegen --bench large`, or with a checkpoint of fmu2's layout after `--`.

use nice_flow_codegen::model::file;
use nice_flow_codegen::{Result, generate};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;
use peak_alloc::PeakAlloc;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Tensors of `f32`: name, shape, bytes.
type Tensors = BTreeMap<String, (Vec<usize>, Vec<u8>)>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    if let Some(path) = arguments.find(|argument| argument != "--bench") {
        return measure(Path::new(&path));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for write in [safetensors, npz] {
        measure(&write(folder.path(), &tensors()))?;
    }
    Ok(())
}

/// Five couplings of D = 16 with three hidden layers of 1024, in fmu2's names.
fn tensors() -> Tensors {
    let mut tensors = Tensors::new();
    let mut add = |name: String, shape: &[usize]| {
        let wave = |i: usize| (0.1 * (0.7 * i as f64).sin()) as f32;
        let numbers = (0..shape.iter().product()).map(wave);
        let bytes = numbers.flat_map(f32::to_le_bytes).collect();
        tensors.insert(name, (shape.to_vec(), bytes));
    };
    for i in 0..5 {
        let mut linear = |name: &str, outputs, inputs| {
            add(format!("coupling.{i}.{name}.weight"), &[outputs, inputs]);
            add(format!("coupling.{i}.{name}.bias"), &[outputs]);
        };
        linear("in_block.0", 1024, 8);
        linear("mid_block.0.0", 1024, 1024);
        linear("mid_block.1.0", 1024, 1024);
        linear("out_block", 8, 1024);
    }
    add("scaling.scale".into(), &[1, 16]);
    tensors
}

fn safetensors(folder: &Path, tensors: &Tensors) -> PathBuf {
    let path = folder.join("large.safetensors");
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor");
        (name, view)
    });
    safetensors::serialize_to_file(views, None, &path).expect("a file");
    path
}

fn npz(folder: &Path, tensors: &Tensors) -> PathBuf {
    let path = folder.join("large.npz");
    let mut file = ZipWriter::new(File::create(&path).expect("a file"));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, (shape, bytes)) in tensors {
        let shape: String = shape.iter().map(|n| format!("{n},")).collect();
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}\n");
        let length = u16::try_from(header.len()).expect("a short header");
        file.start_file(format!("{name}.npy"), stored)
            .and_then(|()| Ok(file.write_all(b"\x93NUMPY\x01\x00")?))
            .and_then(|()| Ok(file.write_all(&length.to_le_bytes())?))
            .and_then(|()| Ok(file.write_all(header.as_bytes())?))
            .and_then(|()| Ok(file.write_all(bytes)?))
            .expect("a member");
    }
    file.finish().expect("a file");
    path
}

/// The steps of `import` and of `generate`, as the command takes them.
fn measure(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().display();
    println!(
        "{name}: {} MB",
        megabytes(std::fs::metadata(path).map_or(0, |f| f.len()) as usize)
    );
    let set = [("first", "odd"), ("prior", "logistic")];
    let set = set.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let output = path.with_extension("model");

    let model = step("import: read the checkpoint", || Checkpoint::open(path))
        .and_then(|checkpoint| step("import: as a flow", || import(&checkpoint, None, &set)))?;
    println!("  {} parameters", model.model.members[0].flow.parameters());
    let bytes = step("import: the model file", || file::write(&model.model))?;
    drop(model);
    std::fs::write(&output, &bytes).expect("a file");
    drop(bytes);
    let model = step("generate: read the model file", || file::read(&output))?;
    let text = step("generate: the module", || {
        generate(&model, nice_flow_codegen::Numeric::F32)
    })?;
    println!("  {} MB of Rust", megabytes(text.len()));
    Ok(())
}

fn step<T>(name: &str, work: impl FnOnce() -> T) -> T {
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    let result = work();
    let (seconds, peak) = (start.elapsed().as_secs_f64(), MEMORY.peak_usage());
    println!("  {name:30} {seconds:6.2} s, peak {:4} MB", megabytes(peak));
    result
}

fn megabytes(bytes: usize) -> usize {
    bytes / 1_000_000
}
