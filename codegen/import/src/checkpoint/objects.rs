//! The tensors and settings among the objects of a pickle.
//!
//! Names are those of `state_dict()`: modules of PyTorch are told by `_modules` and `_parameters`. Tensors of other objects, such
//! as distributions, belong to no layer and are left out; numpy arrays are read wherever they are.

use super::budget::Budget;
use super::fitted::{self, Describe};
use super::pickle::{Id, Table, Value};
use super::rebuilt::{Rebuilt, Storages, rebuilt};
use super::{Contents, Value as Scalar, is_training_state};
use std::collections::BTreeSet;

/// The deepest nesting of objects that is read.
const DEEPEST: usize = 200;

/// The most settings that are kept.
const SETTINGS: usize = 10_000;

/// The work of a visit, beside that on its name.
const VISIT: usize = 16;

/// The memory of a setting or tensor, beside its name and numbers.
const KEPT: usize = 256;

/// The most characters of a name that an error shows.
const LONGEST_NAME: usize = 200;

/// The most notes on what was left out.
const NOTES: usize = 20;

pub(super) struct Walk<'t, 'a, 's> {
    pub table: &'t Table<'a>,
    pub storages: &'s mut dyn Storages,
    pub budget: &'s mut Budget,
    pub contents: Contents,
    seen: BTreeSet<Id>,
    /// Whether the walk is inside an object of scikit-learn, whose description holds what is inside.
    inside_fitted: bool,
}

impl<'t, 'a, 's> Walk<'t, 'a, 's> {
    pub(super) fn new(
        table: &'t Table<'a>,
        storages: &'s mut dyn Storages,
        budget: &'s mut Budget,
    ) -> Self {
        Self {
            table,
            storages,
            budget,
            contents: Contents::default(),
            seen: BTreeSet::new(),
            inside_fitted: false,
        }
    }

    /// Reads what lies below a value; `owner` is the class of the object that it belongs to, unless that is a module.
    pub(super) fn visit(
        &mut self,
        id: Id,
        name: &str,
        owner: Option<&str>,
        depth: usize,
    ) -> Result<(), String> {
        self.budget.work(VISIT + name.len() / 8)?;
        if is_training_state(name) {
            return Ok(());
        }
        if depth > DEEPEST {
            return Err(format!(
                "objects in a nesting of more than {DEEPEST} levels"
            ));
        }
        let scalar = match self.table.get(id) {
            Value::Bool(flag) => Scalar::Flag(*flag),
            Value::Int(number) => Scalar::Number(*number as f64),
            Value::Float(number) => Scalar::Number(*number),
            Value::Text(text) => Scalar::Text((*text).to_owned()),
            Value::None | Value::Bytes(_) | Value::Global(..) | Value::Persistent(_) => {
                return Ok(());
            }
            Value::Object { .. } if self.array(id, name, owner, depth)? => return Ok(()),
            _ if !self.seen.insert(id) => return Ok(()),
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.visit(*item, &below(name, &i.to_string()), owner, depth + 1)?;
                }
                return Ok(());
            }
            Value::Dict(entries) => return self.entries(entries, name, owner, depth),
            Value::Object {
                function,
                items,
                state,
                ..
            } => {
                let outermost =
                    !self.inside_fitted && fitted::is_fitted(self.table, id, self.budget)?;
                if outermost {
                    self.describe(id, name)?;
                }
                self.inside_fitted |= outermost;
                let read = self.object((*function, items, *state), name, owner, depth);
                self.inside_fitted &= !outermost;
                return read;
            }
        };
        self.set(name, scalar)
    }

    /// Keeps what an object of scikit-learn is.
    fn describe(&mut self, id: Id, name: &str) -> Result<(), String> {
        let mut describe = Describe {
            table: self.table,
            storages: self.storages,
            budget: self.budget,
        };
        let fitted = describe.object(id, name.to_owned())?;
        self.contents.fitted.push(fitted);
        Ok(())
    }

    /// Keeps a setting, unless there are many.
    fn set(&mut self, name: &str, scalar: Scalar) -> Result<(), String> {
        if self.contents.config.len() < SETTINGS {
            let text = match &scalar {
                Scalar::Text(text) => text.len(),
                Scalar::Number(_) | Scalar::Flag(_) => 0,
            };
            self.budget.work(KEPT + name.len() + text)?;
            self.contents.config.insert(name.to_owned(), scalar);
        }
        Ok(())
    }

    fn entries(
        &mut self,
        entries: &[(Id, Id)],
        name: &str,
        owner: Option<&str>,
        depth: usize,
    ) -> Result<(), String> {
        self.budget.work(entries.len())?;
        for (key, value) in entries {
            let key = match self.table.get(*key) {
                Value::Text(text) => (*text).to_owned(),
                Value::Int(number) => number.to_string(),
                _ => continue,
            };
            self.visit(*value, &below(name, &key), owner, depth + 1)?;
        }
        Ok(())
    }

    /// Reads a tensor or an array; false if the object is something else.
    fn array(
        &mut self,
        id: Id,
        name: &str,
        owner: Option<&str>,
        depth: usize,
    ) -> Result<bool, String> {
        let read = rebuilt(self.table, id, self.storages, self.budget);
        match read.map_err(|message| at(name, &message))? {
            None => return Ok(false),
            Some(Rebuilt::Wrapped(inner)) => self.visit(inner, name, owner, depth + 1)?,
            Some(Rebuilt::Objects(inner)) => {
                for (i, item) in self.table.list(inner).iter().enumerate() {
                    let alone = self.table.list(inner).len() == 1;
                    let name = if alone {
                        name.to_owned()
                    } else {
                        below(name, &i.to_string())
                    };
                    self.visit(*item, &name, owner, depth + 1)?;
                }
            }
            Some(Rebuilt::Number(number)) => {
                self.set(name, Scalar::Number(number))?;
            }
            Some(Rebuilt::Unsupported(what)) => self.left_out(name, &what),
            Some(Rebuilt::Tensor(_)) if owner.is_some() => {
                self.left_out(name, owner.unwrap_or_default());
            }
            Some(Rebuilt::Tensor(tensor) | Rebuilt::Array(tensor)) => {
                self.budget
                    .work(KEPT + 2 * name.len() + 8 * tensor.shape.len())?;
                self.contents.order.push(name.to_owned());
                self.contents.tensors.insert(name.to_owned(), tensor);
            }
        }
        Ok(true)
    }

    fn object(
        &mut self,
        (function, items, state): (Id, &[(Id, Id)], Option<Id>),
        name: &str,
        owner: Option<&str>,
        depth: usize,
    ) -> Result<(), String> {
        let class = self.table.global(function);
        let class = class.map_or(String::new(), |(module, class)| format!("{module}.{class}"));
        let is_dictionary = class.starts_with("collections.") || class == "builtins.dict";
        let inside = if is_dictionary {
            owner
        } else {
            Some(class.as_str())
        };
        if class.starts_with("pandas.") && class.ends_with(".DataFrame") {
            self.left_out(name, &class);
            return Ok(());
        }
        self.entries(items, name, inside, depth)?;
        let Some(state) = state else { return Ok(()) };
        let state = self.table.attributes(state);
        // The same state may be that of many objects, and is searched for each of them.
        self.budget.work(self.table.entries(state).len())?;
        if self.table.entry(state, "_modules").is_some() {
            return self.module(state, name, depth);
        }
        self.visit(state, name, inside, depth + 1)
    }

    /// Reads a `torch.nn.Module` as its `state_dict()`, and its plain attributes as settings.
    fn module(&mut self, state: Id, name: &str, depth: usize) -> Result<(), String> {
        let Value::Dict(attributes) = self.table.get(state) else {
            return Ok(());
        };
        let transient = self.transient(state)?;
        for (key, value) in attributes {
            let Value::Text(key) = *self.table.get(*key) else {
                continue;
            };
            match (key, self.table.get(*value)) {
                ("_parameters" | "_buffers" | "_modules", value) => {
                    let (Value::Dict(entries) | Value::Object { items: entries, .. }) = value
                    else {
                        continue;
                    };
                    let kept = entries.iter().filter(|entry| !transient.contains(&entry.0));
                    let kept: Vec<(Id, Id)> = kept.copied().collect();
                    self.entries(&kept, name, None, depth)?;
                }
                (_, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_)) => {
                    self.visit(*value, &below(name, key), None, depth + 1)?;
                }
                (_, Value::Object { .. }) => self.attribute(*value, &below(name, key))?,
                _ => (),
            }
        }
        Ok(())
    }

    /// Tells of a tensor that `state_dict()` leaves out, such as a running mean that is no buffer.
    fn attribute(&mut self, id: Id, name: &str) -> Result<(), String> {
        let read = rebuilt(self.table, id, self.storages, self.budget);
        if let Some(Rebuilt::Tensor(_)) = read.map_err(|message| at(name, &message))? {
            let what = "a tensor that is no buffer; if the flow uses it, save torch.save({**model.state_dict(), NAME: TENSOR}, FILE)";
            self.left_out(name, what);
        }
        Ok(())
    }

    /// The keys of the buffers that `state_dict()` leaves out.
    fn transient(&mut self, state: Id) -> Result<BTreeSet<Id>, String> {
        let set = self.table.entry(state, "_non_persistent_buffers_set");
        let names = set.map_or(&[][..], |set| match self.table.get(set) {
            Value::Object { arguments, .. } => {
                let first = self.table.list(*arguments).first();
                first.map_or(&[], |first| self.table.list(*first))
            }
            _ => self.table.list(set),
        });
        let texts: Vec<&str> = names.iter().filter_map(|id| self.text(*id)).collect();
        let buffers = self.table.entry(state, "_buffers");
        let entries = buffers.map_or(&[][..], |buffers| self.table.entries(buffers));
        let lengths = texts.iter().map(|text| text.len() / 8);
        let work = VISIT * (names.len() + entries.len()) + lengths.sum::<usize>();
        self.budget.work(work)?;
        let texts: BTreeSet<&str> = texts.into_iter().collect();
        let is_transient = |key: &Id| (self.text(*key)).is_some_and(|text| texts.contains(text));
        let keys = entries.iter().map(|(key, _)| *key);
        Ok(keys.filter(is_transient).collect())
    }

    fn text(&self, id: Id) -> Option<&'a str> {
        match *self.table.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn left_out(&mut self, name: &str, what: &str) {
        if self.contents.notes.len() < NOTES {
            self.contents
                .notes
                .push(format!("left out: {name} ({what})"));
        }
    }
}

/// An error with its place, of which only the start is shown if it is long.
fn at(name: &str, message: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        None if name.is_empty() => message.to_owned(),
        None => format!("{name}: {message}"),
        Some((end, _)) => format!("{}…: {message}", &name[..end]),
    }
}

/// The name of a part.
fn below(name: &str, part: &str) -> String {
    match name {
        "" => part.to_owned(),
        name => format!("{name}.{part}"),
    }
}

#[cfg(test)]
mod tests;
