//! What a target starts from: made anew of the project's own fixtures, so that no corpus is kept.

use std::path::{Path, PathBuf};

/// Writes seeds into `corpus/TARGET`, which is the folder to fuzz from.
///
/// # Panics
/// If they cannot be written.
pub fn plant(target: &str, seeds: impl IntoIterator<Item = Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    std::fs::create_dir_all(&folder).expect("a folder for the corpus");
    for (index, seed) in seeds.into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{index}")), seed).expect("a seed");
    }
}

/// Bytes of no meaning, for targets that read decisions out of them.
pub fn noise(count: usize, length: usize) -> Vec<Vec<u8>> {
    let mut state = 1_u64;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count)
        .map(|_| (0..length).map(|_| byte()).collect())
        .collect()
}

/// A file of `codegen/tests/fixtures`.
///
/// # Panics
/// If there is none.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = fixture_path(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where it is.
pub fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures")
        .join(name)
}
