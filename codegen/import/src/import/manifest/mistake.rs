//! Where a manifest does not have the structure of one, and what is expected there, in the manifest's own words.

use super::schema::{Key, Op, Prior, Probe, Scale, Schema, Source, Step, Threshold};
use nice_flow_codegen::error::Error;
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

/// The error of a text of TOML that is no manifest.
pub(super) fn describe(text: &str, value: &Value, cause: &toml::de::Error, path: &Path) -> Error {
    let Some(mistake) = table_of(check::<Schema>, value) else {
        return Error::file(path, cause.message());
    };
    let line = line(text, &mistake.place);
    let line = line.map_or(String::new(), |line| format!(" (line {line})"));
    let message = format!("{}{line}", mistake.message);
    let place = place(&mistake.place);
    match place.as_str() {
        "" => Error::file(path, message),
        place => Error::input(place, message).in_file(path),
    }
}

/// The error of a text that is no TOML, such as one with a question that is not answered yet.
pub(super) fn syntax(text: &str, cause: &toml::de::Error, path: &Path) -> Error {
    let start = cause.span().map_or(0, |span| span.start.min(text.len()));
    let number = lines_before(text, start);
    let line = text.lines().nth(number).unwrap_or_default().trim();
    let code = line.split('#').next().unwrap_or_default();
    let message = match code.contains('?') {
        true => format!("expected an answer in place of `?`, found `{line}`"),
        false => format!("expected TOML, found {}", cause.to_string().trim_end()),
    };
    Error::input(format!("line {}", number + 1), message).in_file(path)
}

/// A step on the way to a mistake.
#[derive(Debug)]
enum Part {
    Field(String),
    Place(usize),
}

#[derive(Debug)]
struct Mistake {
    /// The way to it, the last step first.
    place: Vec<Part>,
    message: String,
}

impl Mistake {
    fn here(message: String) -> Self {
        Self {
            place: vec![],
            message,
        }
    }

    fn below(mut self, step: Part) -> Self {
        self.place.push(step);
        self
    }
}

/// What serde says of a value that is none of a kind.
type Check = fn(&Value) -> Option<String>;

fn check<T: DeserializeOwned>(value: &Value) -> Option<String> {
    T::deserialize(value.clone())
        .err()
        .map(|error| error.message().to_owned())
}

/// What the value of a key is, where serde does not say which part of it is wrong.
enum Kind {
    Table(Check),
    /// Of tables.
    List(Check),
    /// One of two things, and their names.
    Either(Check, &'static str),
}

fn kind(key: &str) -> Option<Kind> {
    Some(match key {
        "ops" | "pre" => Kind::List(check::<Op>),
        "net" | "net_scale" | "shortcut" | "embedding" => Kind::List(check::<Step>),
        "act" => Kind::Table(check::<Step>),
        "scale" => Kind::Table(check::<Scale>),
        "source" => Kind::Table(check::<Source>),
        "prior" => Kind::Table(check::<Prior>),
        "threshold" => Kind::Table(check::<Threshold>),
        "probe" => Kind::Either(check::<Probe>, "\"none\" or { file = FILE }"),
        "w" | "b" | "tensor" | "mean" | "var" | "std" | "gamma" | "beta" | "lower" | "upper"
        | "diag" | "vectors" | "p" | "l" | "u" | "log_size" => Kind::Either(check::<Key>, TENSOR),
        _ if key.ends_with("_tensor") => Kind::Either(check::<Key>, TENSOR),
        _ => return None,
    })
}

const TENSOR: &str =
    "the name of a tensor, or { key = NAME, index = N }, slice N of one along its first axis";

/// The first mistake in a value, if there is one.
fn mistake(kind: &Kind, value: &Value) -> Option<Mistake> {
    match (kind, value) {
        (Kind::Table(check), _) => table_of(*check, value),
        (Kind::List(check), Value::Array(list)) => {
            let mut elements = list.iter().enumerate();
            elements
                .find_map(|(at, element)| Some(table_of(*check, element)?.below(Part::Place(at))))
        }
        (Kind::List(_), _) => Some(Mistake::here(format!(
            "expected a list of tables, as [[ops]] begins one, found {}",
            value.type_str()
        ))),
        (Kind::Either(check, expected), _) => {
            check(value)?;
            Some(Mistake::here(format!("expected {expected}, found {value}")))
        }
    }
}

/// The words that choose what other fields a table has.
const TAGS: [&str; 3] = ["op", "param", "map"];

/// The first mistake in a table: in what a field of it holds, in the field, or in the table.
fn table_of(check: Check, value: &Value) -> Option<Mistake> {
    let whole = check(value)?;
    let Value::Table(table) = value else {
        return Some(Mistake::here(plain(&whole)));
    };
    for (key, value) in table {
        let found = kind(key).and_then(|kind| mistake(&kind, value));
        if let Some(found) = found {
            return Some(found.below(Part::Field(key.clone())));
        }
    }
    let is_tag = |key: &str| TAGS.contains(&key);
    let mut tags = table.clone();
    tags.retain(|key, _| is_tag(key));
    let without = check(&Value::Table(tags.clone()));
    for (key, value) in table.iter().filter(|(key, _)| !is_tag(key)) {
        let mut alone = tags.clone();
        alone.insert(key.clone(), value.clone());
        let said = check(&Value::Table(alone)).filter(|said| Some(said) != without.as_ref());
        match said.as_deref() {
            Some(said) if said.starts_with("unknown field") => {
                return Some(Mistake::here(plain(said)));
            }
            Some(said) if !said.starts_with("missing field") => {
                return Some(Mistake::here(plain(said)).below(Part::Field(key.clone())));
            }
            _ => {}
        }
    }
    Some(Mistake::here(plain(&whole)))
}

/// What serde says, as what was expected and what was found.
fn plain(said: &str) -> String {
    let names = |text: &str| text.replace("one of ", "").replace('`', "\"");
    if let Some(field) = said.strip_prefix("missing field ") {
        return format!("expected the field {}, found none", names(field));
    }
    for (start, what) in [("unknown field ", "the fields "), ("unknown variant ", "")] {
        let parts = said
            .strip_prefix(start)
            .and_then(|rest| rest.split_once(", expected "));
        if let Some((found, expected)) = parts {
            return format!("expected {what}{}, found {}", names(expected), names(found));
        }
    }
    let wrong = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = wrong.iter().find_map(|start| said.strip_prefix(start));
    match rest.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            format!("expected {}, found {}", type_of(expected), found)
        }
        None => said.to_owned(),
    }
}

/// A type of Rust in words.
fn type_of(name: &str) -> &str {
    match name {
        "usize" | "u64" | "u32" => "a whole number from 0",
        "f64" => "a number",
        "a string" => "a text",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        _ if name.starts_with("struct ") || name.contains("enum") || name == "a map" => "a table",
        _ => name,
    }
}

/// `ops.0: net.2: w`.
fn place(steps: &[Part]) -> String {
    let mut text = String::new();
    for step in steps.iter().rev() {
        match step {
            Part::Place(at) => text += &format!(".{at}"),
            Part::Field(name) if text.is_empty() => text += name,
            Part::Field(name) => text += &format!(": {name}"),
        }
    }
    text
}

/// The line of a place, from 1.
fn line(text: &str, steps: &[Part]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut found: Option<&Spanned<DeValue>> = None;
    for step in steps.iter().rev() {
        found = match (step, found.map(Spanned::get_ref)) {
            (Part::Field(name), None) => field(table.get_ref(), name),
            (Part::Field(name), Some(DeValue::Table(table))) => field(table, name),
            (Part::Place(at), Some(DeValue::Array(list))) => list.get(*at),
            _ => None,
        };
        found?;
    }
    Some(lines_before(text, found?.span().start) + 1)
}

fn field<'a, 'b>(table: &'a DeTable<'b>, name: &str) -> Option<&'a Spanned<DeValue<'b>>> {
    let mut fields = table.iter();
    fields
        .find(|(key, _)| key.get_ref() == name)
        .map(|(_, value)| value)
}

fn lines_before(text: &str, place: usize) -> usize {
    text.bytes()
        .take(place)
        .filter(|byte| *byte == b'\n')
        .count()
}
