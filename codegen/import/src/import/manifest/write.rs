//! Writes a manifest as text.

use super::Manifest;
use super::schema::{Diag, Form, Op, Probe, ProbeFile, Scale};
use crate::standardise;
use nice_flow_codegen::error::{Error, Result};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use toml::{Table, Value};

impl Manifest {
    /// Adds the standardisation that was given with `--standardise`.
    pub fn standardise(&mut self, statistics: &str) -> Result<()> {
        let diagonal = standardise::read(statistics, self.schema.dim)?;
        let raw = Scale::map("raw", &[]);
        self.schema.pre.push(Op::Diag(Diag {
            form: Form::SubMul,
            shift: Some(diagonal.center),
            shift_tensor: None,
            scale: Scale {
                values: Some(diagonal.factor),
                ..raw
            },
        }));
        Ok(())
    }

    /// Stores the paths of the checkpoint and of the probe, if there is one, relative to the manifest's future
    /// location.
    pub fn place(&mut self, path: &Path, checkpoint: &Path, probe: Option<&Path>) {
        self.schema.source.file = Some(seen(checkpoint, path));
        let file = |probe| ProbeFile {
            file: seen(probe, path),
        };
        self.schema.probe = probe.map(|probe| Probe::File(file(probe)));
    }

    /// The manifest as TOML, with one line per key and per step of a network.
    pub fn to_toml(&self) -> Result<String> {
        let table = Table::try_from(&self.schema);
        let table = table.map_err(|error| Error::caused("manifest", error))?;
        let mut text = String::new();
        let (tables, lines): (Vec<_>, Vec<_>) =
            table.iter().partition(|(_, value)| is_table(value));
        lines
            .iter()
            .for_each(|(key, value)| line(&mut text, key, value));
        for (key, value) in tables {
            match value {
                Value::Array(list) => {
                    (list.iter()).for_each(|value| section(&mut text, &format!("[[{key}]]"), value))
                }
                value => section(&mut text, &format!("[{key}]"), value),
            }
        }
        Ok(text)
    }
}

/// A part of a manifest as its text has it, on one line.
pub(super) fn written(part: &impl Serialize) -> String {
    Value::try_from(part).map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// A path relative to the manifest's folder if the file is below it, otherwise an absolute path.
fn seen(file: &Path, manifest: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (file, manifest) = (whole(file), whole(manifest));
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let below = file.strip_prefix(folder).unwrap_or(&file);
    below.to_string_lossy().into_owned()
}

fn is_table(value: &Value) -> bool {
    value.is_table()
        || value
            .as_array()
            .is_some_and(|list| list.iter().any(Value::is_table))
}

fn section(text: &mut String, header: &str, value: &Value) {
    text.push_str(&format!("\n{header}\n"));
    for (key, value) in value.as_table().into_iter().flatten() {
        line(text, key, value);
    }
}

/// Appends a line; writing to a string cannot fail.
fn line(text: &mut String, key: &str, value: &Value) {
    let steps = value.as_array().filter(|_| is_table(value));
    let _ = match steps {
        None => writeln!(text, "{key} = {value}"),
        Some(steps) => {
            let steps: String = steps.iter().map(|step| format!("  {step},\n")).collect();
            writeln!(text, "{key} = [\n{steps}]")
        }
    };
}
