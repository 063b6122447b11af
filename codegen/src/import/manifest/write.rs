//! A manifest as text.

use super::Manifest;
use crate::error::{Error, Result};
use std::fmt::Write;
use toml::{Table, Value};

impl Manifest {
    /// The manifest as TOML: a line a key, a line a step of a net.
    pub fn to_toml(&self) -> Result<String> {
        let table = Table::try_from(&self.schema);
        let table = table.map_err(|error| Error::input("manifest", error))?;
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

/// Writing to a string cannot fail.
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
