//! Recognises files that are no checkpoints, to say in the error what they are.

use std::path::Path;

/// A short description of a file, judged by its first bytes.
pub(super) fn describe(head: &[u8]) -> String {
    if let Some(kind) = compression(head) {
        return format!("bytes compressed by {kind}; {COMPRESSED}");
    }
    match head {
        [] => "an empty file".into(),
        [0x89, b'H', b'D', b'F', ..] => format!("HDF5; {KERAS}"),
        _ if is_keras(head) => format!("a .keras file; {KERAS}"),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "one numpy array (.npy)".into(),
        _ if head.get(257..262) == Some(b"ustar") => {
            "a tar archive: unpack it; if it is a checkpoint of torch before 0.1.10, save it again \
             with a newer torch"
                .into()
        }
        [0x80, 2..=5, ..] => pickle(head).into(),
        _ if is_old_pickle(head) => "a pickle of protocol 0 or 1; write it again, with: import pickle; o = pickle.load(open(FILE, \"rb\")); \
             pickle.dump(o, open(\"model.pkl\", \"wb\"), protocol=4)"
            .into(),
        _ if head.starts_with(b"PK") => "a zip".into(),
        _ if is_onnx(head) => "an ONNX model; export its weights with: import onnx, numpy as np; from onnx import numpy_helper; \
             np.savez(\"model.npz\", **{t.name: numpy_helper.to_array(t) for t in onnx.load(FILE).graph.initializer}), \
             better: save model.state_dict() of the PyTorch model"
            .into(),
        _ if head.starts_with(b"version https://git-lfs") => {
            "a pointer of Git LFS in place of the file: fetch that with git lfs pull".into()
        }
        _ if is_text(head) => format!("text starting `{}`", first_line(head)),
        _ => {
            let bytes: Vec<_> = head.iter().take(8).map(|b| format!("{b:02x}")).collect();
            format!("bytes {}", bytes.join(" "))
        }
    }
}

/// What a zip is, if its members show that it is no checkpoint.
pub(super) fn archive(names: &[String]) -> Option<String> {
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    if any(&|name| name.ends_with("model.weights.h5") || name == "config.json") {
        return Some(format!("a .keras file; {KERAS}"));
    }
    if any(&|name| {
        name.ends_with("archive_format") || name.ends_with("serialized_exported_program.json")
    }) {
        return Some(
            "an exported program (.pt2); save its weights with: import torch; \
             torch.save(dict(torch.export.load(FILE).state_dict), \"model.pt\")"
                .into(),
        );
    }
    if any(&|name| name.contains("code/__torch__") || name.ends_with("constants.pkl")) {
        return Some(
            "a TorchScript archive; save its weights with: import torch; \
             torch.save(torch.jit.load(FILE).state_dict(), \"model.pt\")"
                .into(),
        );
    }
    if any(&|name| name.ends_with("data.pkl")) {
        return None;
    }
    let inside = names.iter().find(|name| is_checkpoint(name));
    inside.map(|name| {
        format!("a zip that holds {name}: unpack it, with unzip FILE, and name what was in it")
    })
}

/// What a file is by the end of its name, if one alone is no checkpoint.
pub(super) fn part(path: &Path) -> Option<String> {
    let is_part = path.extension().is_some_and(|end| end == "distcp");
    is_part.then(|| format!("a file of {DISTRIBUTED}"))
}

/// What a folder is, by the files in it.
pub(super) fn folder(path: &Path) -> String {
    let holds = |name: &str| path.join(name).exists();
    let names = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let what = if holds(".metadata") {
        DISTRIBUTED.replacen("a folder ", "", 1)
    } else if ["_METADATA", "_CHECKPOINT_METADATA", "manifest.ocdbt"]
        .iter()
        .any(|name| holds(name))
    {
        "of orbax; export an npz with: import jax, numpy as np, orbax.checkpoint as ocp; \
         t = ocp.PyTreeCheckpointer().restore(FOLDER); leaves, _ = jax.tree_util.tree_flatten_with_path(t); \
         np.savez(\"model.npz\", **{jax.tree_util.keystr(p, simple=True, separator=\"/\"): np.asarray(a) for p, a in leaves})"
            .into()
    } else if holds("saved_model.pb") {
        format!("of TensorFlow; {KERAS}")
    } else {
        match names.iter().find(|name| is_checkpoint(name)) {
            Some(name) => format!("that holds {name}: name that file"),
            None => return "a folder".into(),
        }
    };
    format!("a folder {what}")
}

/// Whether a file is named as a checkpoint.
fn is_checkpoint(name: &str) -> bool {
    let ends = [
        ".pt",
        ".pth",
        ".ckpt",
        ".bin",
        ".safetensors",
        ".npz",
        ".eqx",
        ".pkl",
        ".joblib",
    ];
    ends.iter().any(|end| name.ends_with(end))
}

/// Whether a pickle is one of joblib, which writes arrays between the parts of its pickle.
pub(super) fn is_joblib(data: &[u8]) -> bool {
    let word = b"joblib.numpy_pickle";
    data.windows(word.len())
        .take(1 << 16)
        .any(|part| part == word)
}

/// Whether a pickle begins as protocols 0 and 1 begin a dictionary, a list, or what a class makes: without the mark of later ones.
fn is_old_pickle(head: &[u8]) -> bool {
    match head {
        [b'(', b'd' | b'l', b'p', b'0'..=b'9', ..] | [b'}' | b']', b'q', 0, ..] => true,
        [b'c', rest @ ..] => {
            let mut lines = rest.splitn(3, |byte| *byte == b'\n');
            let is_name = |line: Option<&[u8]>| {
                line.is_some_and(|line| {
                    !line.is_empty()
                        && line
                            .iter()
                            .all(|b| b.is_ascii_alphanumeric() || b"._".contains(b))
                })
            };
            is_name(lines.next())
                && is_name(lines.next())
                && matches!(lines.next(), Some([b'p', b'0'..=b'9', ..] | [b'q', ..]))
        }
        _ => false,
    }
}

/// Whether the first fields are those of an ONNX model: the version of the format, then the producer's name.
fn is_onnx(head: &[u8]) -> bool {
    matches!(head, [0x08, 1..=30, 0x12, length, ..] if head.len() > 4 + usize::from(*length))
}

/// By which of joblib's programs bytes are compressed, if they are.
pub(super) fn compression(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if !is_text(head) => Some("zlib"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] if !is_text(head) => Some("bz2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
        [0x5d, 0, 0, ..] => Some("lzma"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some("lz4"),
        _ => None,
    }
}

/// The line that writes a file of joblib as it is read.
const COMPRESSED: &str = "of joblib's compressed files those of zlib and gzip are read; export another with: import joblib; \
     joblib.dump(joblib.load(FILE), \"scaler.joblib\", compress=0)";

/// What `torch.distributed.checkpoint` writes, with the line that makes one file of it.
const DISTRIBUTED: &str = "a folder of torch.distributed.checkpoint; export it with: \
     from torch.distributed.checkpoint.format_utils import dcp_to_torch_save; dcp_to_torch_save(FOLDER, \"model.pt\")";

/// The lines that export the weights; they are the same for Keras 2 and 3.
const KERAS: &str = "from Keras, export an npz with: model = …, as it was built; model.load_weights(FILE); \
     import numpy as np; np.savez(\"weights.npz\", *model.get_weights())";

/// Whether a zip begins with the member that Keras 3 writes first.
pub(super) fn is_keras(head: &[u8]) -> bool {
    head.starts_with(b"PK") && head.get(30..43) == Some(b"metadata.json")
}

/// A description of a pickle that `torch.save` did not write.
fn pickle(head: &[u8]) -> &'static str {
    let holds = |word: &str| head.windows(word.len()).any(|part| part == word.as_bytes());
    if holds("torch.distributed.checkpoint") {
        DISTRIBUTED
    } else if is_joblib(head) {
        "a file of joblib; export it with: import joblib, numpy as np; s = joblib.load(FILE); of a StandardScaler, \
         np.savez(\"stats.npz\", mean=s.mean_, scale=s.scale_); of a dict, np.savez(\"model.npz\", **s)"
    } else if holds("numpy") || holds("jax") {
        "a pickle of numpy or JAX arrays; from haiku, export an npz with: \
         import pickle, numpy as np; params = pickle.load(open(FILE, \"rb\")); \
         flat = {f\"{m}/{n}\": np.asarray(a) for m, d in params.items() for n, a in d.items()}; \
         np.savez(\"params.npz\", **flat)"
    } else {
        "a plain pickle; from PyTorch, save with torch.save(model.state_dict(), \"model.pt\")"
    }
}

/// Printable ASCII and white space only.
fn is_text(head: &[u8]) -> bool {
    head.iter()
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
}

fn first_line(head: &[u8]) -> String {
    let line = head.split(|b| *b == b'\n' || *b == b'\r').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default());
    line.chars().take(40).collect()
}
