//! Reads a manifest from text.

use super::schema::Schema;
use super::{Manifest, SCHEMA, mistake};
use nice_flow_codegen::error::{Error, Result, expect_line};
use nice_flow_codegen::model::MOST_INPUTS;
use nice_flow_codegen::reading;
use serde::Deserialize;
use std::path::Path;
use toml::Value;

/// Largest manifest that is read: 16 MiB.
const MAX_MANIFEST: u64 = 1 << 24;

impl Manifest {
    /// Reads a manifest, but not yet the tensors that it names.
    pub fn open(path: &Path) -> Result<Self> {
        let wrong = |message: &dyn std::fmt::Display| Error::file(path, message);
        let bytes = std::fs::File::open(path).and_then(|file| reading::whole(file, MAX_MANIFEST));
        let text = String::from_utf8(bytes.map_err(|error| wrong(&error))?);
        let text = text.map_err(|error| wrong(&error))?;
        Self::from_toml(&text, path)
    }

    /// Parses a manifest; files that it names are relative to the folder of `path`.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self> {
        let table = text.parse();
        let table = table.map_err(|error| mistake::syntax(text, &error, path))?;
        let value = Value::Table(table);
        let schema = Schema::deserialize(value.clone());
        let schema = schema.map_err(|error| mistake::describe(text, &value, &error, path))?;
        let manifest = Self {
            path: path.to_owned(),
            made: false,
            schema,
        };
        manifest.check()?;
        Ok(manifest)
    }

    pub(super) fn check(&self) -> Result<()> {
        let schema = &self.schema;
        let non_finite = schema.non_finite.as_deref().unwrap_or("anomaly");
        let words = [
            ("schema", SCHEMA, schema.schema.as_str()),
            ("non_finite", "anomaly", non_finite),
        ];
        for (place, expected, found) in words {
            if expected != found {
                let message = format!("expected \"{expected}\", found \"{found}\"");
                return Err(self.error(place, message));
            }
        }
        if !(1..=MOST_INPUTS).contains(&schema.dim) {
            let message = format!("expected 1 to {MOST_INPUTS}, found {}", schema.dim);
            return Err(self.error("dim", message));
        }
        if !schema.log_prob_constant.is_finite() {
            let message = "expected a finite number";
            return Err(self.error("log_prob_constant", message));
        }
        for name in schema.features.iter().flatten() {
            expect_line("features", name).map_err(|error| error.in_file(&self.path))?;
        }
        match &schema.features {
            Some(names) if names.len() != schema.dim => {
                let message = format!("expected {} names, found {}", schema.dim, names.len());
                Err(self.error("features", message))
            }
            _ => Ok(()),
        }
    }
}
