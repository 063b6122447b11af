//! Compressed files of joblib: some are read, the others are named.

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::standardise;
use std::io::Write;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/fixtures/joblib/{name}.joblib"))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The error behind the name of a file of these bytes.
fn error(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let error = standardise::open(file.path(), 3).unwrap_err().to_string();
    let place = format!("{}: ", file.path().display());
    error.strip_prefix(&place).expect("the file").to_owned()
}

#[test]
fn scalers_of_zlib_and_gzip_are_read() {
    for name in ["zlib", "gzip"] {
        let diagonal = standardise::open(&path(name), 3).unwrap();
        assert_eq!(diagonal.center, [2.0, 20.0, -1.0], "{name}");
        let deviations = [2.0, 50.0, 0.125].map(f64::sqrt);
        for (factor, deviation) in diagonal.factor.iter().zip(deviations) {
            assert!((factor * deviation - 1.0).abs() < 1e-15, "{name}");
        }
        let checkpoint = Checkpoint::open(&path(name)).unwrap();
        assert_eq!(checkpoint.fitted.len(), 1);
    }
}

#[test]
fn others_are_named_with_the_line_that_exports_them() {
    let lz4 = [&[0x04, 0x22, 0x4d, 0x18, 0x64, 0x40][..], &[1; 40]].concat();
    let file = |name| std::fs::read(path(name)).unwrap();
    for (kind, bytes) in [
        ("bz2", file("bz2")),
        ("xz", file("xz")),
        ("lzma", file("lzma")),
        ("lz4", lz4),
    ] {
        let error = error(&bytes);
        assert!(
            error.contains(&format!("found bytes compressed by {kind}; ")),
            "{error}"
        );
        let line = "joblib.dump(joblib.load(FILE), \"scaler.joblib\", compress=0)";
        assert!(error.ends_with(line), "{error}");
    }
}

#[test]
fn files_of_pytorch_are_unpacked_first() {
    let file = std::fs::read(super::ZUKO).unwrap();
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(&file).unwrap();
    for (kind, bytes) in [("gzip", encoder.finish().unwrap()), ("zlib", zlib(&file))] {
        let error = error(&bytes);
        assert!(
            error.starts_with(&format!(
                "expected a file as it was saved, found one compressed by {kind}; unpack it, with: "
            )),
            "{error}"
        );
    }
}

/// A file of 64 KiB that would take 64 MiB.
#[test]
fn a_bomb_is_an_error_that_names_the_limit() {
    let bytes = zlib(&[&[0x80, 4][..], &vec![0; 1 << 26]].concat());
    let most = 8 * bytes.len() + (1 << 24);
    let error = error(&bytes);
    assert!(
        error.starts_with(&format!(
            "expected bytes of zlib, found more than {most} bytes in {}",
            bytes.len()
        )),
        "{error}"
    );
    assert!(
        error.ends_with("joblib.dump(scaler, path, compress=0)"),
        "{error}"
    );
}

#[test]
fn damage_and_what_is_no_pickle_are_errors() {
    for name in ["zlib", "gzip"] {
        let bytes = std::fs::read(path(name)).unwrap();
        let cut = error(&bytes[..bytes.len() - 9]);
        assert!(
            cut.starts_with(&format!("expected bytes of {name}, found ")),
            "{cut}"
        );
        let mut changed = bytes.clone();
        changed[200] ^= 4;
        let changed = error(&changed);
        assert!(changed.starts_with("expected "), "{changed}");
    }
    let text = error(&zlib(b"mean,scale\n1,2\n"));
    assert_eq!(
        text,
        "expected a pickle compressed by zlib, as joblib writes it, found text starting `mean,scale`"
    );
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(&[0x80, 4, b'}']).unwrap();
    let half = error(&encoder.finish().unwrap());
    assert!(
        half.starts_with("expected a whole pickle compressed by gzip, found "),
        "{half}"
    );
}
