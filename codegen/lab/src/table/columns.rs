//! Which column of a file is what.

use super::number::number;
use csv::ByteRecord;
use nice_flow_codegen::text::escaped;

/// Which columns are no features; each by its name or its index, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// 0 for normal rows and 1 for anomalies.
    pub label: Option<String>,
    /// Not read.
    pub skip: Vec<String>,
}

/// What to do with a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Feature,
    Label,
    Skip,
}

/// The columns of one file.
pub(super) struct Layout {
    pub header: Option<Vec<String>>,
    pub roles: Vec<Role>,
}

impl Layout {
    /// Judged by the first record; else what is wrong with the columns asked for.
    pub fn of(first: &ByteRecord, columns: &Columns) -> Result<Self, String> {
        let name = |cell| escaped(String::from_utf8_lossy(cell).trim()).into_owned();
        let header = (!is_data(first, columns)).then(|| first.iter().map(name).collect());
        Self::new(header, first.len(), columns)
    }

    /// For so many columns, with these names.
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

    /// A column as errors name it.
    pub fn name(&self, column: usize) -> String {
        let names = self.header.as_ref();
        match names.map(|names| names[column].as_str()) {
            None | Some("") => column.to_string(),
            Some(name) => name.to_string(),
        }
    }

    /// The names of the features; those without are counted.
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

    /// The index of a column given by name or, if no name fits, by index.
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

/// A first record all of numbers is data. Columns skipped by index do not count: a time stamp is no name.
fn is_data(first: &ByteRecord, columns: &Columns) -> bool {
    let skipped: Vec<usize> = columns.skip.iter().flat_map(|s| s.trim().parse()).collect();
    let mut read = (first.iter().enumerate()).filter(|(index, _)| !skipped.contains(index));
    read.all(|(_, cell)| number(cell).is_some())
}

/// Names for people; of many, the first.
pub(super) fn list(names: &[String]) -> String {
    let shown = &names[..names.len().min(40)];
    let more = if shown.len() < names.len() {
        ", …"
    } else {
        ""
    };
    shown.join(", ") + more
}
