//! The version of `nice-flow` that the firmware is linked with.

use nice_flow_codegen::{Error, Result};
use std::path::{Path, PathBuf, absolute};

/// Where the runtime comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Runtime {
    /// The sources from which this command was built, as long as they exist; otherwise the same version from crates.io.
    #[default]
    Matching,
    /// A folder.
    Path(PathBuf),
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Runtime {
    /// The value for `nice-flow = …` in `Cargo.toml`.
    pub(super) fn dependency(&self, features: &[&str]) -> Result<String> {
        let (key, value) = match self.folder()? {
            Some(folder) => ("path", folder.display().to_string()),
            None => ("version", format!("={VERSION}")),
        };
        // Strings in TOML and in Rust use the same escape sequences.
        Ok(format!("{{ {key} = {value:?}, features = {features:?} }}"))
    }

    /// The folder of the sources; `None` for crates.io.
    fn folder(&self) -> Result<Option<PathBuf>> {
        match self {
            Self::Path(path) => {
                let folder = absolute(path).map_err(|error| Error::caused_in(path, error))?;
                if !manifest(&folder).is_some_and(|text| is_runtime(&text)) {
                    return Err(Error::file(path, "expected the package nice-flow here"));
                }
                Ok(Some(folder))
            }
            Self::Matching => {
                let source = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
                let same = |text: String| is_runtime(&text) && is_version(&text);
                Ok(source
                    .filter(|source| manifest(source).is_some_and(same))
                    .map(Path::to_path_buf))
            }
        }
    }
}

fn manifest(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("Cargo.toml")).ok()
}

fn is_runtime(manifest: &str) -> bool {
    manifest.lines().any(|line| line == "name = \"nice-flow\"")
}

/// Whether a manifest has this command's version; the sources may have changed since the command was installed.
fn is_version(manifest: &str) -> bool {
    let line = format!("version = {VERSION:?}");
    manifest.lines().any(|l| l == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_this_command_are_found_where_they_are() {
        let dependency = Runtime::Matching.dependency(&["micromath"]).unwrap();
        // An unpacked package has none around it.
        let around = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/flow.rs");
        let expected = match around.exists() {
            true => "{ path = \"".to_owned(),
            false => format!("{{ version = \"={VERSION}\""),
        };
        assert!(dependency.starts_with(&expected), "{dependency}");
        assert!(dependency.ends_with("\", features = [\"micromath\"] }"));
    }

    #[test]
    fn another_package_is_refused() {
        let error = Runtime::Path("/".into()).dependency(&[]).unwrap_err();
        assert!(error.to_string().contains("nice-flow"));
    }
}
