//! Damaged and hostile files: an error or a sound load, and no more memory than ten times the file and 64 MiB.
//!
//! Nothing here can hang: every loop of the readers takes bytes from the file or numbers from its budget.

use nice_flow_codegen::model::file;
use nice_flow_codegen::{Model, Numeric, Result, generate};
use nice_flow_import::checkpoint::{Checkpoint, Tensor};
use nice_flow_import::import::import;
use peak_alloc::PeakAlloc;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/damage");

type Tensors = BTreeMap<String, Tensor>;

/// The memory is that of the process, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that is written again and again.
struct Victim {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Victim {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("victim");
        Self {
            _folder: folder,
            path,
        }
    }

    /// What `work` makes of these bytes; its memory is checked.
    fn with<T>(&self, bytes: &[u8], work: impl Fn(&Path) -> T) -> T {
        std::fs::write(&self.path, bytes).unwrap();
        self.measured(work)
    }

    fn measured<T>(&self, work: impl Fn(&Path) -> T) -> T {
        let size = std::fs::metadata(&self.path).unwrap().len() as usize;
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let result = work(&self.path);
        let used = MEMORY.peak_usage() - before;
        assert!(used <= 10 * size + (64 << 20), "{used} bytes for {size}");
        result
    }
}

/// All that the command would do with a checkpoint; its tensors.
fn checkpoint(path: &Path) -> Result<Tensors> {
    let checkpoint = Checkpoint::open(path)?;
    for tensor in checkpoint.tensors.values() {
        assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>());
    }
    let set = [("prior", "normal"), ("first", "odd")];
    let set = set.map(|(key, value)| (key.to_owned(), value.to_owned()));
    if let Ok(imported) = import(&checkpoint, None, &set) {
        sound(&imported.model);
    }
    Ok(checkpoint.tensors)
}

/// The same of a model file.
fn model(path: &Path) -> Result<Tensors> {
    file::read(path).map(|model| {
        sound(&model);
        Tensors::new()
    })
}

/// A model that was read has a module, or an error that says why not; its densities are numbers or NaN.
fn sound(model: &Model) {
    model.members[0].flow.check().unwrap();
    model.members[0]
        .raw_flow()
        .log_density(&vec![0.5; model.members[0].flow.dim]);
    let _ = generate(model, Numeric::F32);
}

/// Cuts a file at a thousand lengths and changes a byte at a thousand places.
///
/// `sums` says that the container has a checksum of its numbers: what loads has the right ones then.
fn survives(name: &str, bytes: &[u8], sums: bool, load: fn(&Path) -> Result<Tensors>) {
    let _alone = alone();
    let victim = Victim::new();
    let whole = victim.with(bytes, load).unwrap();
    let agrees = |tensors: &Tensors, what: &str| {
        for (name, tensor) in tensors {
            let same = whole.get(name).filter(|w| w.shape == tensor.shape);
            assert!(same.is_none_or(|same| same == tensor), "{what}: {name}");
        }
    };

    let mut loaded = [0, 0];
    for i in 0..1000 {
        let length = i * bytes.len() / 1000;
        let what = format!("{name} cut to {length} bytes");
        println!("{what}");
        if let Ok(tensors) = victim.with(&bytes[..length], load) {
            loaded[0] += 1;
            agrees(&tensors, &what);
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..1000 {
        let place = random.next_u64() as usize % bytes.len();
        let flip = (random.next_u32() % 255 + 1) as u8;
        let what = format!("{name} with {flip:#04x} flipped at {place}");
        println!("{what}");
        let mut bytes = bytes.to_vec();
        bytes[place] ^= flip;
        if let Ok(tensors) = victim.with(&bytes, load) {
            loaded[1] += 1;
            if sums {
                agrees(&tensors, &what);
            }
        }
    }
    println!("{name}: {loaded:?} of 1000 cut and 1000 changed files load");
    assert!(loaded[0] < 100 && loaded[1] < 1000, "{name}: {loaded:?}");
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(FIXTURES).join(name)).unwrap()
}

fn tensors() -> Tensors {
    let checkpoint = Checkpoint::open(&Path::new(FIXTURES).join("state.pt")).unwrap();
    let below = |name: String| name.replace("model_state_dict.", "");
    (checkpoint.tensors.into_iter())
        .map(|(name, tensor)| (below(name), tensor))
        .collect()
}

/// One array as numpy writes it.
fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|n| format!("{n},")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let header = format!("{header:117}\n");
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn singles(tensor: &Tensor) -> Vec<u8> {
    let bytes = tensor.data.iter().map(|x| (*x as f32).to_le_bytes());
    bytes.collect::<Vec<_>>().concat()
}

fn arrays() -> Vec<(String, Vec<u8>)> {
    let tensors = tensors().into_iter();
    tensors
        .map(|(name, t)| (name, npy("<f4", &t.shape, &singles(&t))))
        .collect()
}

fn zip(members: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        file.start_file(name, options).unwrap();
        file.write_all(bytes).unwrap();
    }
    file.finish().unwrap().into_inner()
}

fn npz(arrays: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let members = arrays.iter();
    let members = members.map(|(name, bytes)| (format!("{name}.npy"), bytes.clone()));
    zip(&members.collect::<Vec<_>>(), method)
}

#[test]
fn damaged_torch_zips_load_rightly_or_not_at_all() {
    survives("torch zip", &fixture("state.pt"), true, checkpoint);
}

#[test]
fn damaged_torch_streams_load_rightly_or_not_at_all() {
    survives("torch stream", &fixture("legacy.pt"), false, checkpoint);
}

#[test]
fn damaged_whole_modules_load_rightly_or_not_at_all() {
    survives("whole module", &fixture("module.pt"), true, checkpoint);
}

#[test]
fn damaged_safetensors_load_rightly_or_not_at_all() {
    use safetensors::{Dtype, tensor::TensorView};
    let tensors = tensors();
    let bytes: BTreeMap<_, _> = tensors.iter().map(|(name, t)| (name, singles(t))).collect();
    let view = |(name, bytes)| {
        let shape = tensors[name].shape.clone();
        (name, TensorView::new(Dtype::F32, shape, bytes).unwrap())
    };
    let views: BTreeMap<_, _> = bytes.iter().map(|(name, b)| view((*name, b))).collect();
    let file = safetensors::serialize(views, None).unwrap();
    survives("safetensors", &file, false, checkpoint);
}

#[test]
fn damaged_npz_files_load_rightly_or_not_at_all() {
    let stored = npz(&arrays(), CompressionMethod::Stored);
    survives("stored npz", &stored, true, checkpoint);
    let deflated = npz(&arrays(), CompressionMethod::Deflated);
    survives("deflated npz", &deflated, true, checkpoint);
}

#[test]
fn damaged_records_load_rightly_or_not_at_all() {
    let arrays = arrays().into_iter().map(|(_, bytes)| bytes);
    let file = arrays.collect::<Vec<_>>().concat();
    survives("records", &file, false, checkpoint);
}

#[test]
fn damaged_model_files_load_rightly_or_not_at_all() {
    let checkpoint = Checkpoint::open(&Path::new(FIXTURES).join("state.pt")).unwrap();
    let read = import(&checkpoint, None, &[]).unwrap().model;
    let file = file::write(&read).unwrap();
    survives("model file", &file, false, model);
}

/// The error that these bytes give, within the memory that their number allows.
fn refused(bytes: &[u8]) -> String {
    let _alone = alone();
    let error = Victim::new().with(bytes, checkpoint).map(|_| ());
    let error = error.unwrap_err().to_string();
    println!("{} bytes: {error}", bytes.len());
    error
}

#[test]
fn an_array_of_zeros_that_deflate_well_does_not_grow_without_limit() {
    let zeros = |count: usize, shape: &[usize]| npy("|u1", shape, &vec![0; count]);
    let array = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    let deflated = |arrays: &[_]| npz(arrays, CompressionMethod::Deflated);

    let bomb = [array("a", zeros(1 << 25, &[1 << 25]))];
    assert!(refused(&deflated(&bomb)).contains("a: expected at most"));
    let longer = [array("a", zeros(1 << 25, &[8]))];
    assert!(refused(&deflated(&longer)).contains("found more bytes"));
    let several = ["a", "b", "c"].map(|name| array(name, zeros(3 << 19, &[3, 1 << 19])));
    assert!(refused(&deflated(&several)).contains("c: expected at most"));
    // As many as any file may have.
    let some = [array("a", zeros(1 << 22, &[2, 1 << 21]))];
    let _alone = alone();
    let loaded = Victim::new().with(&deflated(&some), checkpoint).unwrap();
    assert_eq!(loaded["a"].data.len(), 1 << 22);
}

#[test]
fn one_number_with_a_stride_of_zero_does_not_become_many() {
    assert!(refused(&fixture("expanded.pt")).contains("scaling.scale: expected at most"));
}

#[test]
fn members_of_a_torch_zip_are_not_inflated() {
    let members = [
        ("m/data.pkl".to_owned(), vec![b'N'; 1 << 24]),
        ("m/version".to_owned(), b"3\n".to_vec()),
    ];
    let deflated = zip(&members, CompressionMethod::Deflated);
    assert!(refused(&deflated).contains("expected at most 10"));
    let stored = zip(&members, CompressionMethod::Stored);
    assert!(refused(&stored).contains("expected at most 2097"));
}

#[test]
fn lists_in_lists_do_not_fill_the_stack() {
    let lists = |depth: usize| [&[b']'; 1].repeat(depth)[..], &[b'a'].repeat(depth - 1)].concat();
    for depth in [999, 1002, 100_000] {
        let pickle = [b"\x80\x02", &lists(depth)[..], b"."].concat();
        let members = [("m/data.pkl".to_owned(), pickle)];
        let error = refused(&zip(&members, CompressionMethod::Stored));
        assert!(error.contains("nesting"), "{error}");
    }
    let open = |depth: usize| format!("{{\"__metadata__\":{}", "[".repeat(depth));
    let header = open(100_000);
    let length = (header.len() as u64).to_le_bytes();
    assert!(refused(&[&length[..], header.as_bytes()].concat()).contains("safetensors"));
}

#[test]
fn bytes_become_eight_times_as_many_and_no_more() {
    let _alone = alone();
    let bytes = vec![1; 1 << 24];
    let array = ("a".to_owned(), npy("|u1", &[bytes.len()], &bytes));
    let records = [&array.1[..], &npy("|u1", &[], &[7])].concat();
    let stored = npz(&[array], CompressionMethod::Stored);
    for file in [stored, records] {
        let loaded = Victim::new().with(&file, checkpoint).unwrap();
        assert!(loaded.values().any(|tensor| tensor.data.len() == 1 << 24));
    }
}
