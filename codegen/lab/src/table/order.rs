//! How the features of a table belong to those of a model.

use super::names::letters;
use super::{Table, columns};
use nice_flow_codegen::error::expect_line;
use nice_flow_codegen::text::{counted, repeated};
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// How the features of a table were matched to those of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The names are equal and in the same order.
    Same,
    /// The names are equal but were in another order; the columns were reordered.
    Reordered,
    /// The names differ or there are none; columns were taken in their order.
    ByPosition,
    /// Some of the model's features have no name yet, `x0`: columns that are none of the others were taken for these in their order.
    Partly,
}

impl Order {
    /// What to tell the user of a table whose features were matched to those of a model.
    pub fn note(self, table: &Table, model: &[String]) -> Option<String> {
        match self {
            Self::Reordered => Some("columns taken in the order of the model's features".into()),
            Self::ByPosition if table.header.is_some() => {
                let hint = match table.is_shuffled(model) {
                    true => {
                        ", which are there in another order but for case and signs: rename them, or scores are wrong"
                    }
                    false => "",
                };
                let names = model.join(", ");
                Some(format!(
                    "columns taken by position; their names are not the model's ({names}){hint}"
                ))
            }
            Self::Partly => {
                let unnamed = model.iter().zip(&table.features);
                let unnamed = unnamed.filter(|(model, found)| model != found);
                let (unnamed, found): (Vec<&str>, Vec<&str>) =
                    unnamed.map(|(a, b)| (a.as_str(), b.as_str())).unzip();
                Some(format!(
                    "columns {} taken for the model's {}, which have no names yet, and the others by name",
                    found.join(", "),
                    unnamed.join(", ")
                ))
            }
            Self::Same | Self::ByPosition => None,
        }
    }
}

impl Table {
    /// An error unless the table has `dim` features; `path` is for the message.
    pub fn expect_columns(&self, dim: usize, path: &Path) -> Result<()> {
        if self.columns == dim {
            return Ok(());
        }
        let (found, names) = (self.columns, columns::list(&self.features));
        let hint = match &self.labels {
            None if found == dim + 1 => "; is one a label? --label COLUMN",
            _ if found > dim => "; leave some out with --skip COLUMN",
            _ => "",
        };
        let message = {
            let expected = counted(dim, "feature column");
            format!("expected {expected}, found {found} (columns: {names}{hint})")
        };
        Err(Error::file(path, message))
    }

    /// An error unless the table has the features of a model, or as many; it says which are missing.
    pub fn expect_features(&self, model: &[String], path: &Path) -> Result<()> {
        let missing: Vec<String> = model
            .iter()
            .filter(|name| !self.features.contains(name))
            .map(|name| match self.near(name) {
                Some(near) => format!("{name} (is it {near}?)"),
                None => name.clone(),
            })
            .collect();
        // Where none of the names is there, or those that are not are none yet, columns are taken by position.
        let missing_names = model.iter().enumerate();
        let mut missing_names = missing_names.filter(|(_, name)| !self.features.contains(name));
        let are_unnamed = missing_names.all(|(i, name)| is_unnamed(i, name));
        let by_position = self.header.is_none() || missing.len() == model.len() || are_unnamed;
        if missing.is_empty() || by_position {
            return self.expect_columns(model.len(), path);
        }
        let message = format!(
            "expected the model's columns, found none named {} (columns: {})",
            columns::few(&missing),
            columns::list(&self.features)
        );
        Err(Error::file(path, message))
    }

    /// An error if two features have one name: rows could not be matched to a model of them.
    pub fn expect_distinct_names(&self) -> Result<()> {
        let Some(place) = repeated(&self.features) else {
            return Ok(());
        };
        let name = &self.features[place];
        let columns = self.header.iter().flatten();
        let index = columns
            .clone()
            .enumerate()
            .filter(|(_, other)| *other == name)
            .last();
        let skip = index.map(|(index, _)| format!("; rename one, or leave it out: --skip {index}"));
        let skip = skip.unwrap_or_default();
        let message = format!("expected another name for each, found {name} twice{skip}");
        Err(Error::input("columns", message))
    }

    /// An error if the name of a feature is more than a line of text, which no model file holds.
    pub fn expect_names_of_one_line(&self) -> Result<()> {
        let names = self.features.iter().enumerate();
        for (place, name) in names {
            if let Err(error) = expect_line(&format!("columns: name of feature {place}"), name) {
                let mut header = self.header.iter().flatten();
                let index = header.position(|other| other == name);
                let skip = index.map(|index| format!(", or leave it out: --skip {index}"));
                let skip = skip.unwrap_or_default();
                return Err(error.advised(format!("rename it{skip}")));
            }
        }
        Ok(())
    }

    /// Whether the features have the names of a model's in another order, but for case and signs.
    pub fn is_shuffled(&self, model: &[String]) -> bool {
        let plain = |names: &[String]| names.iter().map(|name| letters(name)).collect::<Vec<_>>();
        let (mut found, mut wanted) = (plain(&self.features), plain(model));
        let differ = found != wanted;
        found.sort();
        wanted.sort();
        self.header.is_some() && differ && found == wanted
    }

    /// A feature whose name differs in case and in signs only.
    fn near(&self, name: &str) -> Option<&String> {
        self.features
            .iter()
            .find(|other| letters(other) == letters(name))
    }

    /// Reorders the features as in a model, if the header has exactly the model's names, but for features that have none yet: these take
    /// what is left, with its name.
    ///
    /// Otherwise the columns stay as they are. Call [`Table::expect_columns`] first.
    pub fn match_features(&mut self, model: &[String]) -> Order {
        if self.header.is_none() {
            return Order::ByPosition;
        }
        if self.features == model {
            return Order::Same;
        }
        let Some(sources) = sources(&self.features, model) else {
            return Order::ByPosition;
        };
        for row in self.values.chunks_exact_mut(self.columns) {
            let old = row.to_vec();
            for (value, &source) in row.iter_mut().zip(&sources) {
                *value = old[source];
            }
        }
        self.features = sources
            .iter()
            .map(|source| self.features[*source].clone())
            .collect();
        match self.features == model {
            true => Order::Reordered,
            false => Order::Partly,
        }
    }
}

/// Whether the name of the feature at a place is none that a user gave.
pub fn is_unnamed(place: usize, name: &str) -> bool {
    name == format!("x{place}")
}

/// The index of each wanted name; of names that are none yet, those of the others in their order. `None` unless the lists have the same
/// names beside them, at least one, each once.
fn sources(found: &[String], wanted: &[String]) -> Option<Vec<usize>> {
    let mut others = (0..found.len()).filter(|i| !wanted.contains(&found[*i]));
    let sources = wanted.iter().enumerate().map(|(place, name)| {
        let by_name = found.iter().position(|other| other == name);
        by_name.or_else(|| others.next().filter(|_| is_unnamed(place, name)))
    });
    let sources: Vec<usize> = sources.collect::<Option<_>>()?;
    if !wanted.iter().any(|name| found.contains(name)) {
        return None;
    }
    let mut sorted = sources.clone();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..found.len()).then_some(sources)
}
