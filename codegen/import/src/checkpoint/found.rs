//! Recognises files that are no checkpoints, to say in the error what they are.

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
        _ if is_onnx(head) => "an ONNX model; export its weights with: import onnx, numpy as np; from onnx import numpy_helper; \
             np.savez(\"model.npz\", **{t.name: numpy_helper.to_array(t) for t in onnx.load(FILE).graph.initializer}), \
             better: save model.state_dict() of the PyTorch model"
            .into(),
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
    None
}

/// Whether a pickle is one of joblib, which writes arrays between the parts of its pickle.
pub(super) fn is_joblib(data: &[u8]) -> bool {
    let word = b"joblib.numpy_pickle";
    data.windows(word.len())
        .take(1 << 16)
        .any(|part| part == word)
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
    if is_joblib(head) {
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
