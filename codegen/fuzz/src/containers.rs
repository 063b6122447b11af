//! Writing the containers that checkpoints come in.

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A member of an archive.
pub type Member = (String, Vec<u8>);

/// A tensor of a safetensors file.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What its numbers are kept as.
    pub dtype: Dtype,
    /// Outermost first.
    pub shape: Vec<usize>,
    /// As many as the shape takes.
    pub bytes: Vec<u8>,
}

impl Stored {
    fn view(&self) -> Option<TensorView<'_>> {
        TensorView::new(self.dtype, self.shape.clone(), &self.bytes).ok()
    }
}

/// One array as numpy writes it.
pub fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|n| format!("{n},")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

/// A zip whose sums are right.
///
/// # Panics
/// Never: it is written to memory.
pub fn zip(members: &[Member], method: CompressionMethod) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        file.start_file(name, options).expect("a member");
        file.write_all(bytes).expect("a member's bytes");
    }
    file.finish().expect("a zip").into_inner()
}

/// The members of a zip.
///
/// # Panics
/// If it is none.
pub fn unzip(bytes: &[u8]) -> Vec<Member> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let count = archive.len();
    let member = |index| {
        let mut file = archive.by_index(index).expect("a member");
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).expect("a member's bytes");
        (file.name().expect("a name").into_owned(), bytes)
    };
    (0..count).map(member).collect()
}

/// A safetensors file; `None` if a tensor has not the bytes that its shape takes.
pub fn safetensors(
    tensors: &BTreeMap<String, Stored>,
    metadata: Option<HashMap<String, String>>,
) -> Option<Vec<u8>> {
    let views: BTreeMap<_, _> = (tensors.iter())
        .map(|(name, tensor)| Some((name.clone(), tensor.view()?)))
        .collect::<Option<_>>()?;
    safetensors::serialize(views, metadata).ok()
}
