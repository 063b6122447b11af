//! The role of each column of a file.

use super::number::number;
use csv::ByteRecord;
use nice_flow_codegen::text::escaped;

/// The columns that are no features, each given by name or by index from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column with 0 for normal rows and 1 for anomalies.
    pub label: Option<String>,
    /// Columns that are not read.
    pub skip: Vec<String>,
}

/// The role of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Feature,
    Label,
    Skip,
}

/// The roles of the columns of one file.
pub(super) struct Layout {
    pub header: Option<Vec<String>>,
    pub roles: Vec<Role>,
}

impl Layout {
    /// The layout by the first record; an error if the requested columns do not exist.
    pub fn of(first: &ByteRecord, columns: &Columns) -> Result<Self, String> {
        let name = |cell| escaped(String::from_utf8_lossy(cell).trim()).into_owned();
        let header = (!is_data(first, columns)).then(|| first.iter().map(name).collect());
        Self::new(header, first.len(), columns)
    }

    /// The layout of `count` columns with these names.
    pub fn new(
        header: Option<Vec<String>>,
        width: usize,
        columns: &Columns,
    ) -> Result<Self, String> {
        let mut layout = Self {
            header,
            roles: vec![Role::Feature; width],
        };
        for column in &columns.skip {
            let index = layout.find("--skip", column)?;
            layout.roles[index] = Role::Skip;
        }
        if let Some(column) = &columns.label {
            let index = layout.find("--label", column)?;
            layout.roles[index] = Role::Label;
        }
        if layout.roles.contains(&Role::Feature) {
            Ok(layout)
        } else {
            Err("expected feature columns, found none".into())
        }
    }

    /// The name of a column in error messages.
    pub fn name(&self, column: usize) -> String {
        let names = self.header.as_ref();
        match names.map(|names| names[column].as_str()) {
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

    /// The index of a column, given by name or, if no name matches, by index.
    fn find(&self, option: &str, column: &str) -> Result<usize, String> {
        let mut names = self.header.iter().flatten();
        let by_name = names.position(|name| name.as_str() == escaped(column.trim()));
        let by_index = || column.trim().parse().ok();
        let index = by_name.or_else(by_index);
        index
            .filter(|&index| index < self.roles.len())
            .ok_or_else(|| {
                let known = match &self.header {
                    Some(names) => list(names),
                    None => format!("0 to {}, without names", self.roles.len() - 1),
                };
                format!("{option} {column}: no such column (columns: {known})")
            })
    }
}

/// Whether the first record is data: all of its cells are numbers, except in columns skipped by index, which may hold
/// time stamps.
fn is_data(first: &ByteRecord, columns: &Columns) -> bool {
    let skipped: Vec<usize> = columns.skip.iter().flat_map(|s| s.trim().parse()).collect();
    let mut read = (first.iter().enumerate()).filter(|(index, _)| !skipped.contains(index));
    read.all(|(_, cell)| number(cell).is_some())
}

/// The names in words; if there are many, only the first.
pub(super) fn list(names: &[String]) -> String {
    let shown = &names[..names.len().min(40)];
    let more = if shown.len() < names.len() {
        ", …"
    } else {
        ""
    };
    shown.join(", ") + more
}
