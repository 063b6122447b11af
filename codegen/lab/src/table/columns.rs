//! The role of each column of a file.

use super::draw::Draw;
use super::label::is_named_label;
use nice_flow_codegen::text::{escaped, listed};
use std::collections::{HashMap, HashSet};

/// What is asked for: columns are given by name or by index from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column that says which rows are anomalies.
    pub label: Option<String>,
    /// The labels of normal rows; if empty, only labels whose meaning is plain are taken.
    pub normal: Vec<String>,
    /// Columns that are not read.
    pub skip: Vec<String>,
    /// The only columns that are features; if empty, all are that hold numbers.
    pub only: Vec<String>,
    /// The column of times; if `None`, such columns are recognised.
    pub time: Option<String>,
    /// The features of a model: columns with these names are its inputs, and others are left alone.
    pub wanted: Vec<String>,
    /// Whether the texts of the times are kept.
    pub keep_times: bool,
    /// Whether each time must say the hour of the day; for this the column of times must be named, and times kept.
    pub hours: bool,
    /// Whether each feature must be a count, a whole number of 32 bits.
    pub counts: bool,
    /// How many rows are drawn from more; if `None`, all are kept.
    pub draw: Option<Draw>,
}

impl Columns {
    /// Whether the features are named: a column of them may then be called what it likes.
    pub(super) fn has_named_features(&self) -> bool {
        !(self.only.is_empty() && self.wanted.is_empty())
    }
}

/// The role of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Feature,
    Label,
    Time,
    Skip,
}

/// The roles of the columns of one file.
#[derive(Debug)]
pub(super) struct Layout {
    pub header: Option<Vec<String>>,
    pub roles: Vec<Role>,
    /// Whether a column, of any role, holds times.
    pub is_log: bool,
    /// Columns in which words for off and on were seen among the first rows: only there they are 0 and 1.
    pub switches: Vec<usize>,
    /// Columns that are left alone because the model does not know them.
    pub others: Vec<usize>,
    pub notes: Vec<String>,
}

impl Layout {
    /// The layout of `width` columns with these names; an error if the requested columns do not exist.
    pub fn new(
        header: Option<Vec<String>>,
        width: usize,
        columns: &Columns,
    ) -> Result<Self, String> {
        let mut layout = Self {
            header,
            roles: vec![Role::Feature; width],
            is_log: false,
            switches: vec![],
            others: vec![],
            notes: vec![],
        };
        if !columns.only.is_empty() {
            layout.roles.fill(Role::Skip);
        }
        let time: Vec<String> = columns.time.iter().cloned().collect();
        let label: Vec<String> = columns.label.iter().cloned().collect();
        for (option, named, role) in [
            ("--only", &columns.only, Role::Feature),
            ("--skip", &columns.skip, Role::Skip),
            ("--time", &time, Role::Time),
            ("--label", &label, Role::Label),
        ] {
            for column in named {
                let asked = match (role, columns.hours) {
                    (Role::Time, true) => format!("{column}:hour"),
                    _ => format!("{option} {column}"),
                };
                for index in layout.find(&asked, column)? {
                    layout.roles[index] = role;
                }
            }
        }
        layout.want(&columns.wanted)?;
        if layout.roles.contains(&Role::Feature) {
            Ok(layout)
        } else {
            Err("expected feature columns, found none".into())
        }
    }

    /// Leaves only the wanted features, if the header has them all.
    fn want(&mut self, wanted: &[String]) -> Result<(), String> {
        let Some(header) = &self.header else {
            return Ok(());
        };
        let mut counts: HashMap<&String, usize> = HashMap::new();
        let named = header.iter().zip(&self.roles);
        for (name, _) in named.filter(|(_, role)| **role == Role::Feature) {
            *counts.entry(name).or_default() += 1;
        }
        let count = |name: &String| counts.get(name).copied().unwrap_or(0);
        if wanted.is_empty() || wanted.iter().any(|name| count(name) == 0) {
            return Ok(());
        }
        if let Some(name) = wanted.iter().find(|name| count(name) > 1) {
            return Err(format!(
                "expected one column {name}, found several: leave out the others by their indices from 0, --skip N"
            ));
        }
        let wanted: HashSet<&String> = wanted.iter().collect();
        self.others = (0..header.len())
            .filter(|i| self.roles[*i] == Role::Feature && !wanted.contains(&header[*i]))
            .collect();
        for index in &self.others {
            self.roles[*index] = Role::Skip;
        }
        Ok(())
    }

    /// Notes the columns that the model does not know, times aside.
    pub fn note_others(&mut self) {
        let others = self.others.iter();
        let left = others.filter(|index| self.roles[**index] == Role::Skip);
        let names: Vec<String> = left.map(|index| self.name(*index)).collect();
        if !names.is_empty() {
            let has_labels = self.roles.contains(&Role::Label);
            let suspect = names
                .iter()
                .find(|name| !has_labels && is_named_label(name));
            let hint = suspect.map(|name| format!("; is {name} a label? --label {name}"));
            let (names, hint) = (few(&names), hint.unwrap_or_default());
            let note =
                format!("columns that the model does not know are left alone: {names}{hint}");
            self.notes.push(note);
        }
    }

    /// The name of a column in messages.
    pub fn name(&self, column: usize) -> String {
        let names = self.header.as_ref();
        match names
            .and_then(|names| names.get(column))
            .map(String::as_str)
        {
            None | Some("") => column.to_string(),
            Some(name) => name.to_string(),
        }
    }

    /// The names of the features; unnamed ones are numbered.
    pub fn features(&self) -> Vec<String> {
        let roles = self.roles.iter().enumerate();
        let features = roles.filter(|(_, role)| **role == Role::Feature);
        features
            .enumerate()
            .map(|(feature, (column, _))| match self.header {
                None => format!("x{feature}"),
                Some(_) => self.name(column),
            })
            .collect()
    }

    /// The indices of columns: those given by one name, or by an index; or by several of either, with commas between.
    fn find(&self, asked: &str, column: &str) -> Result<Vec<usize>, String> {
        if let Some(index) = self.index(column) {
            return Ok(vec![index]);
        }
        let indices = column.split(',').map(|part| self.index(part));
        indices.collect::<Option<_>>().ok_or_else(|| {
            let known = match &self.header {
                Some(names) => list(names),
                None => match self.roles.len() {
                    0 => "none".into(),
                    count => format!("0 to {}, without names", count - 1),
                },
            };
            format!("{asked}: no such column (columns: {known})")
        })
    }

    fn index(&self, column: &str) -> Option<usize> {
        let mut names = self.header.iter().flatten();
        let by_name = names.position(|name| name.as_str() == escaped(column.trim()));
        let by_index = || column.trim().parse().ok();
        by_name
            .or_else(by_index)
            .filter(|&index| index < self.roles.len())
    }
}

/// The names in words; if there are many, only the first.
pub(super) fn list(names: &[String]) -> String {
    listed(names, 40)
}

/// A few of the names, in words.
pub(super) fn few(names: &[String]) -> String {
    listed(names, 5)
}
