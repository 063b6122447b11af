//! The cache folder in which firmware crates stay between runs.

use super::{Runtime, Simulator};
use nice_flow_codegen::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};

/// One folder for each target, opt-level and runtime, so that crates compiled for one model are reused for the next.
pub fn folder(simulator: &Simulator) -> Result<PathBuf> {
    let root = root()
        .ok_or_else(|| Error::input("cache folder", "neither XDG_CACHE_HOME nor HOME is set"))?;
    let name = format!(
        "{}-{}-{}",
        simulator.target,
        simulator.opt_level,
        fingerprint(&simulator.runtime)?
    );
    let folder = root.join("nice-flow").join(env!("CARGO_PKG_VERSION"));
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).map_err(|error| Error::caused_in(&folder, error))?;
    Ok(folder)
}

/// Waits until no other process builds in the folder; the lock is held until the value is dropped.
pub fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(".lock");
    let file = File::create(&path).and_then(|file| file.lock().map(|()| file));
    file.map_err(|error| Error::caused_in(&path, error))
}

/// Eight hexadecimal digits that identify the source of the runtime.
fn fingerprint(runtime: &Runtime) -> Result<String> {
    let digest = Sha256::digest(runtime.dependency(&[])?);
    Ok(digest.iter().take(4).map(|b| format!("{b:02x}")).collect())
}

/// The user's cache folder, by the platform's convention.
fn root() -> Option<PathBuf> {
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let custom = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        folder("HOME").map(|home| home.join(".cache"))
    };
    folder("XDG_CACHE_HOME").or(custom)
}
