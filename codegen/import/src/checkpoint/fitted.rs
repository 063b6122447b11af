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
const FLAGS: [&str; 5] = [
    "with_mean",
    "with_std",
    "with_centering",
    "with_scaling",
    "clip",
];

/// The fitted arrays that are kept.
const ARRAYS: [&str; 4] = ["mean_", "center_", "scale_", "min_"];

/// The work of describing one object, beside that on its name and attributes.
const DESCRIBED: usize = 256;

/// The deepest nesting of pipelines.
const DEEPEST: usize = 4;

/// A fitted object of scikit-learn in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The path through the file's dictionaries, joined with dots; empty if the file is the object.
    pub place: String,
    /// Its class, without the module.
    pub class: String,
    /// Its truth values, of those that change what a scaler does; one that is missing has the default of the class.
    pub flags: BTreeMap<&'static str, bool>,
    /// Its mean, centre, scale and offset, as far as it has them.
    pub arrays: BTreeMap<&'static str, Tensor>,
    /// The number of inputs that it was fitted to.
    pub features: Option<usize>,
    /// The steps of a pipeline that do something.
    pub steps: Vec<Fitted>,
}

impl Fitted {
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
        rest.is_some_and(|rest| self.place.is_empty() || rest.starts_with('.'))
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

/// Whether an object is of a class of scikit-learn or of a package in its manner.
pub(super) fn is_fitted(table: &Table, id: Id) -> bool {
    let package = class(table, id).and_then(|(module, _)| module.split('.').next());
    package.is_some_and(|package| PACKAGES.contains(&package))
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
        let class = class(self.table, id).map_or("a function", |(_, class)| class);
        let state = match self.table.get(id) {
            Value::Object { state, .. } => state.map(|state| self.table.attributes(state)),
            _ => None,
        };
        let entries = state.map_or(0, |state| self.table.entries(state).len());
        let searches = FLAGS.len() + ARRAYS.len() + 2;
        self.budget
            .work(DESCRIBED + place.len() + class.len() + searches * entries)?;
        let mut fitted = Fitted {
            place,
            class: class.to_owned(),
            flags: BTreeMap::new(),
            arrays: BTreeMap::new(),
            features: None,
            steps: vec![],
        };
        let Some(state) = state else {
            return Ok(fitted);
        };
        let entry = |name| self.table.entry(state, name);
        fitted.features = entry("n_features_in_").and_then(|id| self.table.size(id));
        for name in FLAGS {
            // A setting may be given as 0 or 1.
            let flag = match entry(name).map(|id| self.table.get(id)) {
                Some(Value::Bool(flag)) => Some(*flag),
                Some(Value::Int(number)) => Some(*number != 0),
                _ => None,
            };
            fitted.flags.extend(flag.map(|flag| (name, flag)));
        }
        let steps = entry("steps").filter(|_| class == "Pipeline" && depth < DEEPEST);
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
