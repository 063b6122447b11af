//! Objects of scikit-learn, as their pickles describe them: the class, its settings, and what it was fitted to.

use super::Tensor;
use super::budget::Budget;
use super::pickle::{Id, Table, Value};
use super::rebuilt::{Rebuilt, Storages, rebuilt};
use std::collections::BTreeMap;

/// The packages whose classes these are.
const PACKAGES: [&str; 6] = [
    "sklearn",
    "sklearnex",
    "imblearn",
    "dask_ml",
    "cuml",
    "feature_engine",
];

/// The settings that are kept.
pub(super) const FLAGS: [&str; 5] = [
    "with_mean",
    "with_std",
    "with_centering",
    "with_scaling",
    "clip",
];

/// The fitted arrays that are kept.
pub(super) const ARRAYS: [&str; 4] = ["mean_", "center_", "scale_", "min_"];

/// The work of describing one object, beside that on its name and attributes.
const DESCRIBED: usize = 256;

/// The deepest nesting of pipelines.
const DEEPEST: usize = 4;

/// A fitted object of scikit-learn in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The path through the file's dictionaries, joined with dots; empty if the file is the object.
    pub place: String,
    /// Its class; with the module if that is none of scikit-learn.
    pub class: String,
    /// Its truth values, of those that change what a scaler does; one that is missing has the default of the class.
    pub flags: BTreeMap<&'static str, bool>,
    /// Its mean, centre, scale and offset, as far as it has them.
    pub arrays: BTreeMap<&'static str, Tensor>,
    /// The number of inputs that it was fitted to.
    pub features: Option<usize>,
    /// The steps of a pipeline that do something.
    pub steps: Vec<Fitted>,
    /// Whether it was stored as a dictionary of its attributes, which other things may lie beside.
    pub is_dictionary: bool,
}

impl Fitted {
    /// One of no class yet, stored as a dictionary of its attributes.
    pub(super) fn dictionary(place: &str) -> Self {
        Self {
            place: place.into(),
            class: String::new(),
            flags: BTreeMap::new(),
            arrays: BTreeMap::new(),
            features: None,
            steps: vec![],
            is_dictionary: true,
        }
    }

    /// The full name of something below it.
    pub(crate) fn below(&self, part: &str) -> String {
        match self.place.as_str() {
            "" => part.to_owned(),
            place => format!("{place}.{part}"),
        }
    }

    /// Whether a tensor of this name is part of it.
    pub(crate) fn has(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.place.as_str());
        let is_below = |rest: &&str| self.place.is_empty() || rest.starts_with('.');
        let Some(rest) = rest.filter(is_below) else {
            return false;
        };
        let mut parts = rest.trim_start_matches('.').split('.');
        // A list has a part for each number.
        let (first, next) = (parts.next().unwrap_or(""), parts.next());
        let is_number = |part: &str| part.parse::<usize>().is_ok();
        let is_attribute = first.ends_with('_') && next.is_none_or(is_number);
        !self.is_dictionary || is_attribute
    }
}

/// Module and name of the class of an object, however its pickle makes it.
pub(super) fn class<'a>(table: &Table<'a>, id: Id) -> Option<(&'a str, &'a str)> {
    let Value::Object { arguments, .. } = table.get(id) else {
        return None;
    };
    match table.function(id)? {
        ("copyreg" | "copy_reg", _) => table.global(*table.list(*arguments).first()?),
        class => Some(class),
    }
}

/// Whether an object is of a class of scikit-learn or of a package in its manner, or of one that was derived from such a class:
/// that keeps the number of inputs that it was fitted to.
pub(super) fn is_fitted(table: &Table, id: Id, budget: &mut Budget) -> Result<bool, String> {
    if class(table, id).is_some_and(is_of_packages) {
        return Ok(true);
    }
    let Some(state) = state(table, id) else {
        return Ok(false);
    };
    budget.work(table.entries(state).len())?;
    Ok(table.entry(state, "n_features_in_").is_some())
}

fn is_of_packages((module, _): (&str, &str)) -> bool {
    PACKAGES.contains(&module.split('.').next().unwrap_or(module))
}

/// The attributes of an object.
fn state(table: &Table, id: Id) -> Option<Id> {
    match table.get(id) {
        Value::Object { state, .. } => state.map(|state| table.attributes(state)),
        _ => None,
    }
}

/// Describes objects of one pickle.
pub(super) struct Describe<'t, 'a, 's> {
    pub table: &'t Table<'a>,
    pub storages: &'s mut dyn Storages,
    pub budget: &'s mut Budget,
}

impl Describe<'_, '_, '_> {
    /// The description of an object at a place; of one that is of no class, only the place.
    pub(super) fn object(&mut self, id: Id, place: String) -> Result<Fitted, String> {
        self.within(id, place, 0)
    }

    fn within(&mut self, id: Id, place: String, depth: usize) -> Result<Fitted, String> {
        let class = match class(self.table, id) {
            Some(known) if is_of_packages(known) => known.1.to_owned(),
            Some((module, class)) => format!("{module}.{class}"),
            None => "a function".into(),
        };
        let state = state(self.table, id);
        let entries = state.map_or(0, |state| self.table.entries(state).len());
        let searches = FLAGS.len() + ARRAYS.len() + 2;
        self.budget
            .work(DESCRIBED + place.len() + class.len() + searches * entries)?;
        let mut fitted = Fitted {
            place,
            class,
            flags: BTreeMap::new(),
            arrays: BTreeMap::new(),
            features: None,
            steps: vec![],
            is_dictionary: false,
        };
        let Some(state) = state else {
            return Ok(fitted);
        };
        let entry = |name| self.table.entry(state, name);
        fitted.features = entry("n_features_in_").and_then(|id| self.table.size(id));
        for name in FLAGS {
            if let Some(id) = entry(name) {
                fitted.flags.insert(name, self.is_true(id)?);
            }
        }
        let steps = entry("steps").filter(|_| fitted.class == "Pipeline" && depth < DEEPEST);
        for (name, id) in ARRAYS.map(|name| (name, entry(name))) {
            let Some(id) = id else { continue };
            let read = rebuilt(self.table, id, self.storages, self.budget);
            let read = read.map_err(|error| format!("{}: {error}", fitted.below(name)))?;
            if let Some(Rebuilt::Array(tensor) | Rebuilt::Tensor(tensor)) = read {
                fitted.arrays.insert(name, tensor);
            }
        }
        if let Some(steps) = steps {
            fitted.steps = self.steps(steps, &fitted, depth)?;
        }
        Ok(fitted)
    }

    /// What Python takes a setting for, be it a number or one of numpy.
    fn is_true(&mut self, id: Id) -> Result<bool, String> {
        Ok(match self.table.get(id) {
            Value::Bool(flag) => *flag,
            Value::Int(number) => *number != 0,
            Value::None => false,
            _ => match rebuilt(self.table, id, self.storages, self.budget)? {
                Some(Rebuilt::Number(number)) => number != 0.0,
                _ => true,
            },
        })
    }

    /// The steps of a pipeline, which are pairs of a name and an object; `None` and `"passthrough"` do nothing.
    fn steps(&mut self, steps: Id, pipeline: &Fitted, depth: usize) -> Result<Vec<Fitted>, String> {
        let mut found = vec![];
        for (i, step) in self.table.list(steps).iter().enumerate() {
            self.budget.work(DESCRIBED)?;
            let step = self.table.list(*step).get(1).copied().unwrap_or(*step);
            if !matches!(self.table.get(step), Value::None | Value::Text(_)) {
                let place = pipeline.below(&format!("steps.{i}.1"));
                found.push(self.within(step, place, depth + 1)?);
            }
        }
        Ok(found)
    }
}
