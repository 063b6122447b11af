//! The content of a checkpoint file, whichever library wrote it.

mod array;
mod attributes;
mod budget;
mod compressed;
mod digest;
mod element;
mod fitted;
mod folded;
mod found;
mod lists;
mod npy;
mod npz;
mod objects;
mod pickle;
mod rebuilt;
mod records;
mod safetensors;
mod torch;
mod zipped;

pub use array::array;
pub(crate) use compressed::is_any as is_compressed;
pub use digest::hash_and_head;
pub use element::Element;
pub use fitted::Fitted;

use digest::digest;
use nice_flow_codegen::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Largest file that is read: 1 GiB.
pub const MAX_FILE: u64 = 1 << 30;

/// The most numbers that are read from one file: 2²⁶, half a gigabyte as `f64`. For a small file the limit is lower:
/// one number per byte, plus 2²².
pub const MAX_NUMBERS: usize = 1 << 26;

/// The tensors and settings of one file. Optimizer state is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The path that it was read from.
    pub path: PathBuf,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// The file format.
    pub container: Container,
    /// The tensors by full name: the path through the file's dictionaries, joined with dots.
    pub tensors: BTreeMap<String, Tensor>,
    /// Scalars saved beside the weights, by full name.
    pub config: BTreeMap<String, Value>,
    /// The names of the tensors in the order of the file, as far as it has one.
    pub order: Vec<String>,
    /// What was left out, in words.
    pub notes: Vec<String>,
    /// The objects of scikit-learn that lie in no other; their arrays are among the tensors, too.
    pub fitted: Vec<Fitted>,
}

/// A file format, named as in the manifest.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// `torch.save`.
    Torch,
    /// safetensors.
    Safetensors,
    /// `np.savez`.
    Npz,
    /// A pickle of numpy or JAX arrays.
    NpPickle,
    /// Equinox.
    Eqx,
    /// HDF5. Known to manifests only, since it is not read.
    H5,
}

/// An array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The type of the numbers in the file.
    pub element: Element,
    /// The extents, outermost axis first; empty for a scalar.
    pub shape: Vec<usize>,
    /// The numbers in row-major order.
    pub data: Vec<f64>,
}

/// A scalar that is not a weight.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer or a float.
    Number(f64),
    /// A string.
    Text(String),
    /// A truth value.
    Flag(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// What a reader of one file format returns.
#[derive(Default)]
struct Contents {
    tensors: BTreeMap<String, Tensor>,
    config: BTreeMap<String, Value>,
    order: Vec<String>,
    notes: Vec<String>,
    fitted: Vec<Fitted>,
}

impl Checkpoint {
    /// Reads a file of `torch.save` (of any version, whole modules too), safetensors, npz or Equinox. The format is
    /// recognised by the content, not by the extension.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_as(path, FORMATS, false)
    }

    /// The same, or a file of objects of scikit-learn that hold no array.
    pub(crate) fn open_statistics(path: &Path) -> Result<Self> {
        Self::open_as(path, FORMATS, true)
    }

    /// The same; `others` are files of other kinds that would do in its place, for the error.
    pub fn open_beside(path: &Path, others: &str) -> Result<Self> {
        Self::open_as(path, &format!("{others}, {FORMATS}"), false)
    }

    fn open_as(path: &Path, formats: &str, statistics: bool) -> Result<Self> {
        let expected = |found: &str| format!("expected {formats}, found {found}");
        let (sha256, head, bytes) = digest(path, formats)?;
        if let Some(part) = found::part(path) {
            return Err(Error::file(path, expected(&part)));
        }
        let (container, mut contents) = if safetensors::fits(&head) {
            (Container::Safetensors, safetensors::read(path)?)
        } else if npz::fits(path, &head) {
            (Container::Npz, npz::read(path, bytes)?)
        } else if records::fits(&head) {
            (Container::Eqx, records::read(path, formats)?)
        } else if torch::fits(&head) && !found::is_keras(&head) {
            (torch_or_pickle(&head), torch::read(path, bytes)?)
        } else if compressed::fits(&head) {
            let (contents, head) = compressed::read(path)?;
            (torch_or_pickle(&head), contents)
        } else {
            return Err(Error::file(path, expected(&found::describe(&head))));
        };
        if contents.tensors.is_empty() && (contents.fitted.is_empty() || !statistics) {
            return Err(Error::file(path, expected("a file without tensors")));
        }
        let order = folded::fold(&mut contents.tensors, contents.order);
        let mut checkpoint = Self {
            path: path.to_owned(),
            sha256,
            container,
            tensors: contents.tensors,
            config: contents.config,
            order,
            notes: contents.notes,
            fitted: contents.fitted,
        };
        checkpoint.fitted.extend(checkpoint.dictionaries());
        Ok(checkpoint)
    }

    /// A checkpoint of tensors in memory, in the order in which their library has them; `path` is for error messages.
    pub fn of_tensors(
        path: PathBuf,
        sha256: String,
        container: Container,
        tensors: Vec<(String, Tensor)>,
        config: BTreeMap<String, Value>,
    ) -> Self {
        let order = tensors.iter().map(|(name, _)| name.clone()).collect();
        let mut tensors = tensors.into_iter().collect();
        let order = folded::fold(&mut tensors, order);
        Self {
            path,
            sha256,
            container,
            tensors,
            config,
            order,
            notes: vec![],
            fitted: vec![],
        }
    }
}

/// A pickle without the mark of `torch.save` may hold arrays of numpy.
fn torch_or_pickle(head: &[u8]) -> Container {
    let torch = head.windows(5).any(|part| part == b"torch");
    match head.starts_with(b"PK") || torch {
        true => Container::Torch,
        false => Container::NpPickle,
    }
}

/// The files that are read.
const FORMATS: &str = "a PyTorch checkpoint, safetensors, npz or eqx";

/// What PyTorch keeps of the scale of a loss. A `scaler` may also hold the statistics of rows.
const LOSS_SCALER: [&str; 4] = [
    "growth_factor",
    "backoff_factor",
    "growth_interval",
    "_growth_tracker",
];

/// Whether a name belongs to the state of training, such as the optimizer's, and not to the model.
fn is_training_state(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    first.starts_with("optim")
        || first.contains("scheduler")
        || ["opt", "callbacks", "loops"].contains(&first)
        || (first == "scaler" && LOSS_SCALER.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let error = Checkpoint::open(file.path()).unwrap_err().to_string();
        assert!(error.starts_with(&file.path().display().to_string()));
        error
    }

    #[test]
    fn foreign_files_are_named_for_what_they_are() {
        assert!(open(b"").ends_with("found an empty file"));
        assert!(open(b"a,b,log_prob\n1,2,3\n").contains("found text starting `a,b,log_prob`"));
        assert!(open(b"c1,c2\n1,2\n").contains("found text"));
        let lines = "model.load_weights(FILE); import numpy as np; np.savez(\"weights.npz\", *model.get_weights())";
        let hdf5 = open(b"\x89HDF\r\n\x1a\n");
        assert!(hdf5.contains("HDF5") && hdf5.ends_with(lines), "{hdf5}");
        let zip = [b"PK\x03\x04", &[0; 26][..], b"metadata.json"].concat();
        let keras = open(&zip);
        assert!(
            keras.contains("a .keras file") && keras.ends_with(lines),
            "{keras}"
        );
        assert!(open(b"x\x9c\x6b\x60\x99\x2a").contains("expected bytes of zlib, found"));
        assert!(open(b"\x93NUMPY\x01\x00").contains("one numpy array"));
        assert!(open(&[7; 600]).contains("found bytes 07 07"));
        assert!(open(b"\x80\x04\x95numpy._core.multiarray").contains("from haiku, export an npz"));
        assert!(open(b"\x80\x04}.").contains("a plain pickle"));
        let tar = [&[b'm'; 257][..], b"ustar\x0000"].concat();
        assert!(open(&tar).contains("a tar archive: unpack it"));
    }

    #[test]
    fn a_missing_file_and_a_folder_are_input_errors() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Checkpoint::open(&folder.path().join("no.pt")).unwrap_err();
        assert!(matches!(missing, Error::Input { .. }));
        assert!(missing.to_string().contains("no.pt: "));
        let error = Checkpoint::open(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("found a folder"));
    }

    #[test]
    fn the_state_of_training_is_told_from_the_model() {
        assert!(is_training_state("optimizer_state_dict.state.0.exp_avg"));
        assert!(is_training_state("lr_schedulers.0.x"));
        assert!(is_training_state("opt.state.0.step"));
        assert!(is_training_state("scaler._growth_tracker"));
        assert!(!is_training_state("scaler.mean_"));
        assert!(!is_training_state("model.option.weight"));
    }
}
