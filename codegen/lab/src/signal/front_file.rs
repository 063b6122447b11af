//! A front end in a TOML file, for models that were trained elsewhere on what it made.

use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::{Error, Result, reading};
use std::fs::File;
use std::path::Path;

/// The largest file that is read: 1 MiB.
const MOST: u64 = 1 << 20;

/// The text of a file that [`open`] reads.
pub fn text(front: &FrontEnd) -> Result<String> {
    let toml = toml::to_string(front).map_err(|error| Error::caused("front end", error))?;
    Ok(format!(
        "# The front end of a model, for `nice-flow import --front`.\n{toml}"
    ))
}

/// Reads a front end; an error names a key that is unknown, missing, or has a value that no front end has.
pub fn open(path: &Path) -> Result<FrontEnd> {
    let bytes = File::open(path).and_then(|file| reading::whole(file, MOST));
    let bytes = bytes.map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
    let front: FrontEnd = toml::from_slice(&bytes).map_err(|error| Error::file(path, error))?;
    front.check().map_err(|error| error.in_file(path))?;
    Ok(front)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow_codegen::model::front_end::{Kind, VERSION};

    #[test]
    fn a_front_end_reads_back_and_lies_are_refused_with_their_place() {
        let front = FrontEnd {
            kind: Kind::Bands,
            version: VERSION,
            rate: 6400.5,
            window: 1024,
            hop: 256,
            levels: 4,
            octaves: 2,
            channels: vec!["x \"1\"".into(), "y".into()],
            unit: vec![1.0 / 3.0, 4e-7],
            sum: true,
            mean: true,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pump.front.toml");
        let written = text(&front).unwrap();
        std::fs::write(&path, &written).unwrap();
        assert_eq!(open(&path).unwrap(), front);
        for (from, to, place) in [
            (
                "octaves = 2",
                "octaves = 9",
                "pump.front.toml: front_end.octaves: expected 0 to 8, found 9",
            ),
            ("octaves = 2", "octave = 2", "unknown field `octave`"),
            ("sum = true", "", "missing field `sum`"),
            ("rate = 6400.5", "rate = \"fast\"", "rate"),
        ] {
            std::fs::write(&path, written.replacen(from, to, 1)).unwrap();
            let error = open(&path).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
