//! The containers that checkpoints come in, each made here byte by byte.

mod compressed;
mod pickle;
mod scalers;

use nice_flow_import::checkpoint::{Checkpoint, Container};
use nice_flow_import::import::import;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

const ZUKO: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/fixtures/zuko_d4/nice.pt"
);

fn open(bytes: &[u8]) -> Result<Checkpoint, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    Checkpoint::open(file.path()).map_err(|error| error.to_string())
}

fn zip(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

use pickle::{call, dict, global, int, text, tuple, with_state};

/// An array of numpy as `pickle.dump` writes it.
fn array(numbers: &[f32]) -> Vec<u8> {
    let module = "numpy._core.multiarray";
    let dtype = call(
        "numpy",
        "dtype",
        &[text("f4"), b"\x89".to_vec(), b"\x88".to_vec()],
    );
    let dtype = with_state(dtype, tuple(&[int(3), text("<"), b"N".to_vec()]));
    let shape = tuple(&[int(numbers.len() as u8)]);
    let data: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let empty = call(
        module,
        "_reconstruct",
        &[
            global("numpy", "ndarray"),
            tuple(&[int(0)]),
            pickle::bytes(b"b"),
        ],
    );
    with_state(
        empty,
        tuple(&[int(1), shape, dtype, b"\x89".to_vec(), pickle::bytes(&data)]),
    )
}

/// A storage as `torch.save` writes it alone: the older stream.
fn storage(kind: &str, bytes: &[u8], count: u64) -> Vec<u8> {
    let magic = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19".to_vec();
    let description = tuple(&[
        text("storage"),
        global("torch", kind),
        text("7"),
        text("cpu"),
        int(count as u8),
        b"N".to_vec(),
    ]);
    let parts = [
        magic,
        int(233),
        dict(&[]),
        [description, b"Q".to_vec()].concat(),
    ];
    let parts = parts
        .into_iter()
        .chain([[b"]".to_vec(), text("7"), b"a".to_vec()].concat()]);
    let pickles: Vec<u8> = parts.flat_map(pickle::file).collect();
    [&pickles, &count.to_le_bytes()[..], bytes].concat()
}

/// A tensor of PyTorch as `pickle.dump` writes it.
fn tensor(kind: &str, bytes: &[u8], count: u64) -> Vec<u8> {
    let stored = call(
        "torch.storage",
        "_load_from_bytes",
        &[pickle::bytes(&storage(kind, bytes, count))],
    );
    let (shape, stride) = (tuple(&[int(count as u8)]), tuple(&[int(1)]));
    call(
        "torch._utils",
        "_rebuild_tensor_v2",
        &[
            stored,
            int(0),
            shape,
            stride,
            b"\x89".to_vec(),
            b"N".to_vec(),
        ],
    )
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    tensor("FloatStorage", &bytes, numbers.len() as u64)
}

#[test]
fn pickled_tensors_and_arrays_are_read_by_name() {
    for (one, container) in [
        (floats(&[1.5, -2.0]), Container::Torch),
        (array(&[1.5, -2.0]), Container::NpPickle),
    ] {
        let root = dict(&[("net.weight", one), ("epoch", int(9))]);
        let checkpoint = open(&pickle::file(root)).unwrap();
        assert_eq!(checkpoint.tensors["net.weight"].data, [1.5, -2.0]);
        assert_eq!(
            (checkpoint.container, checkpoint.config["epoch"].to_string()),
            (container, "9".into())
        );
    }
}

#[test]
fn a_module_is_its_state_and_what_is_no_layer_is_left_out() {
    let linear = dict(&[
        ("_parameters", dict(&[("weight", floats(&[3.0]))])),
        ("_buffers", dict(&[])),
        ("_modules", dict(&[])),
    ]);
    let linear = with_state(call("torch.nn", "Linear", &[]), linear);
    let prior = with_state(
        call("torch.distributions", "Normal", &[]),
        dict(&[("loc", floats(&[4.0]))]),
    );
    let module = dict(&[
        ("_parameters", dict(&[])),
        ("_modules", dict(&[("fc", linear)])),
        ("extra", prior.clone()),
    ]);
    let module = with_state(call("__main__", "Net", &[]), module);
    let complex = tensor("ComplexFloatStorage", &[0; 8], 1);
    let root = tuple(&[
        int(12),
        dict(&[("model", module), ("prior", prior), ("phase", complex)]),
    ]);
    let checkpoint = open(&pickle::file(root)).unwrap();
    assert_eq!(
        checkpoint.tensors.keys().collect::<Vec<_>>(),
        ["1.model.fc.weight"]
    );
    let notes = checkpoint.notes.join("; ");
    assert!(
        notes.contains("1.prior.loc (torch.distributions.Normal)"),
        "{notes}"
    );
    assert!(
        notes.contains("1.phase (a tensor of ComplexFloatStorage)"),
        "{notes}"
    );
}

#[test]
fn a_compressed_zip_of_torch_holds_the_same() {
    let whole = Checkpoint::open(Path::new(ZUKO)).unwrap();
    let mut archive = ZipArchive::new(std::fs::File::open(ZUKO).unwrap()).unwrap();
    let mut members = vec![];
    for i in 0..archive.len() {
        let mut member = archive.by_index(i).unwrap();
        let (name, mut bytes) = (member.name().unwrap().into_owned(), vec![]);
        member.read_to_end(&mut bytes).unwrap();
        members.push((name, bytes));
    }
    let members: Vec<_> = members
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    assert_eq!(open(&zip(&members)).unwrap().tensors, whole.tensors);
}

/// What PyTorch writes between the headers and the end of a zip: their place once more, in 64 bits.
fn with_wide_end(zip: &[u8]) -> Vec<u8> {
    let (headers, end) = zip.split_at(zip.len() - 22);
    let count = u16::from_le_bytes([end[10], end[11]]);
    let [size, start] = [12, 16].map(|at| u32::from_le_bytes(end[at..at + 4].try_into().unwrap()));
    let mut bytes = headers.to_vec();
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count.into(), count.into(), size.into(), start.into()] {
        bytes.extend(u64::to_le_bytes(number));
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend((headers.len() as u64).to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(end);
    bytes
}

#[test]
fn names_of_any_length_are_read() {
    let whole = Checkpoint::open(Path::new(ZUKO)).unwrap();
    let mut archive = ZipArchive::new(std::fs::File::open(ZUKO).unwrap()).unwrap();
    for length in [1, 20, 21, 22, 60] {
        let folder = "n".repeat(length);
        let mut members = vec![];
        for i in 0..archive.len() {
            let mut member = archive.by_index(i).unwrap();
            let (name, mut bytes) = (member.name().unwrap().into_owned(), vec![]);
            member.read_to_end(&mut bytes).unwrap();
            members.push((
                format!("{folder}/{}", name.split_once('/').unwrap().1),
                bytes,
            ));
        }
        let members = members
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()));
        let file = with_wide_end(&zip(&members.collect::<Vec<_>>()));
        assert_eq!(open(&file).unwrap().tensors, whole.tensors, "{length}");
    }
}

#[test]
fn a_saved_dictionary_and_a_line_of_json_in_front_of_records_are_read() {
    let npy = |descr: &str, shape: &str, data: &[u8]| {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [
            b"\x93NUMPY\x01\x00",
            &(header.len() as u16).to_le_bytes()[..],
            header.as_bytes(),
            data,
        ]
        .concat()
    };
    let dictionary = with_state(
        call("numpy.core.multiarray", "_reconstruct", &[]),
        tuple(&[
            int(1),
            tuple(&[]),
            call("numpy", "dtype", &[text("O8")]),
            b"\x89".to_vec(),
            [&b"]"[..], &dict(&[("a", array(&[5.0]))]), b"a"].concat(),
        ]),
    );
    let saved = npy("|O", "()", &pickle::file(dictionary));
    assert_eq!(open(&saved).unwrap().tensors["a"].data, [5.0]);

    let records = [npy("|u1", "(2,)", &[1, 2]), npy("|u1", "()", &[3])].concat();
    let headed = [b"{\"dim\": 2}\n", &records[..]].concat();
    assert_eq!(
        open(&headed).unwrap().tensors,
        open(&records).unwrap().tensors
    );
}

#[test]
fn what_is_not_read_is_named_with_the_lines_that_export_it() {
    let member = |name: &'static str| zip(&[("a/version", vec![b'3']), (name, vec![0])]);
    let cases: [(&[u8], &str, &str); 5] = [
        (
            &member("a/code/__torch__.py"),
            "TorchScript",
            "torch.jit.load(FILE).state_dict()",
        ),
        (
            &member("archive_format"),
            "exported program (.pt2)",
            "torch.export.load(FILE).state_dict",
        ),
        (
            &member("model.weights.h5"),
            ".keras",
            "model.load_weights(FILE)",
        ),
        (
            b"\x08\x09\x12\x07pytorch\x1a\x05",
            "ONNX",
            "onnx.load(FILE)",
        ),
        (
            b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n",
            "joblib",
            "joblib.load(FILE)",
        ),
    ];
    for (bytes, name, line) in cases {
        let error = open(bytes).unwrap_err();
        assert!(error.contains(name) && error.contains(line), "{error}");
    }
}

/// An array of numpy of one number, of a type.
fn npy(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

#[test]
fn arrays_of_types_that_are_not_read_are_named_with_their_way_out() {
    for (kind, line) in [
        ("|O", "np.savez(\"model.npz\", **d)"),
        (">f4", "a.astype(a.dtype.newbyteorder(\"<\"))"),
        ("<c8", "complex numbers"),
    ] {
        let error = open(&zip(&[("model.npy", npy(kind, &[0; 8]))])).unwrap_err();
        assert!(
            error.contains(&format!(
                "model: expected little-endian real numbers of 8 to 64 bits, found {kind}"
            )),
            "{error}"
        );
        assert!(error.contains(line), "{error}");
    }
}

#[test]
fn pickles_of_the_first_protocols_are_named() {
    for bytes in [
        &b"(dp0\nVa\np1\nI1\ns."[..],
        b"}q\x00X\x01\x00\x00\x00aq\x01K\x01s.",
        b"ccollections\nOrderedDict\np0\n(tRp1\n.",
        b"czuko.flows.coupling\nNICE\nq\x00)R.",
    ] {
        let error = open(bytes).unwrap_err();
        assert!(
            error.contains("a pickle of protocol 0 or 1; ") && error.contains("protocol=4"),
            "{error}"
        );
    }
    assert!(
        open(b"count\nvalue\n3\n")
            .unwrap_err()
            .contains("found text starting `count`")
    );
}

#[test]
fn files_in_files_are_named_with_the_line_that_unpacks_them() {
    let file = std::fs::read(ZUKO).unwrap();
    let error = open(&zip(&[("runs/nice.pt", file)])).unwrap_err();
    assert!(
        error.contains("a zip that holds runs/nice.pt: unpack it"),
        "{error}"
    );
}

#[test]
fn members_compressed_by_other_programs_are_packed_again() {
    let mut bytes = zip(&[("a/data.pkl", pickle::file(dict(&[])))]);
    // The method's number, in the member's own header and in the directory: 12 is bzip2.
    let central = bytes
        .windows(4)
        .rposition(|part| part == b"PK\x01\x02")
        .unwrap();
    (bytes[8], bytes[central + 10]) = (12, 12);
    let error = open(&bytes).unwrap_err();
    assert!(
        error.contains("zipfile.ZipFile(\"model.pt\", \"w\")"),
        "{error}"
    );
}

#[test]
fn folders_of_checkpoints_are_named_with_the_line_that_exports_them() {
    for (name, line) in [
        (".metadata", "dcp_to_torch_save(FOLDER, \"model.pt\")"),
        ("_METADATA", "ocp.PyTreeCheckpointer().restore(FOLDER)"),
        ("saved_model.pb", "model.get_weights()"),
        (
            "model.safetensors",
            "a folder that holds model.safetensors: name that file",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), b"").unwrap();
        let error = Checkpoint::open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("found a folder ") && error.contains(line),
            "{error}"
        );
    }
}

/// A type of few bits that is not read leaves its tensors out, of which the error tells.
#[test]
fn what_was_left_out_is_told_with_the_error() {
    let weights = tensor("Float8_e4m3fnStorage", &[0x38; 4], 4);
    let mask = floats(&[1.0, 0.0]);
    let root = dict(&[("net.weight", weights), ("mask", mask)]);
    let file = open(&pickle::file(root)).unwrap();
    let error = import(&file, None, &[]).unwrap_err().to_string();
    assert!(error.contains("left out: net.weight ("), "{error}");
    assert!(
        error.contains("v.float() for k, v in torch.load(FILE).items()"),
        "{error}"
    );
}
