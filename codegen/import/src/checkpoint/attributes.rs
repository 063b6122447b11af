//! Scalers of scikit-learn that were stored as dictionaries of their attributes, such as `vars(scaler)`.

use super::fitted::{ARRAYS, FLAGS};
use super::{Checkpoint, Fitted, Tensor, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What every fitted object keeps.
const COUNT: &str = "n_features_in_";

impl Checkpoint {
    /// The dictionaries among tensors and settings that hold what a fitted object keeps, with the class that the names tell.
    pub(super) fn dictionaries(&self) -> Vec<Fitted> {
        let names = self.tensors.keys().chain(self.config.keys());
        let places = names.filter_map(|name| match name.rsplit_once('.') {
            Some((place, COUNT)) => Some(place),
            None if name == COUNT => Some(""),
            _ => None,
        });
        let of_objects = |place: &&str| self.fitted.iter().any(|fitted| fitted.has(place));
        let places: BTreeSet<&str> = places.filter(|place| !of_objects(place)).collect();
        let lists = match places.is_empty() {
            true => BTreeMap::new(),
            false => self.lists(),
        };
        let described = places.into_iter();
        described
            .map(|place| self.described(place, &lists))
            .collect()
    }

    fn described(&self, place: &str, lists: &BTreeMap<String, Tensor>) -> Fitted {
        let mut fitted = Fitted::dictionary(place);
        let full = |name| fitted.below(name);
        let array = |name| self.tensors.get(&full(name)).or(lists.get(&full(name)));
        let number = |name| match (self.config.get(&full(name)), array(name)) {
            (Some(Value::Number(number)), _) => Some(*number),
            (Some(Value::Flag(flag)), _) => Some(f64::from(*flag)),
            (_, Some(Tensor { data, .. })) if data.len() == 1 => Some(data[0]),
            _ => None,
        };
        let arrays = ARRAYS
            .iter()
            .filter_map(|name| Some((*name, array(name)?.clone())));
        let flags = FLAGS
            .iter()
            .filter_map(|name| Some((*name, number(name)? != 0.0)));
        let (arrays, flags) = (arrays.collect(), flags.collect::<BTreeMap<_, _>>());
        let has = |name| array(name).is_some();
        let class = if has("components_") || has("lambdas_") || has("quantiles_") {
            "a dictionary of attributes"
        } else if flags.contains_key("with_centering") || has("center_") {
            "RobustScaler"
        } else if flags.contains_key("with_mean") {
            "StandardScaler"
        } else if has("min_") {
            "MinMaxScaler"
        } else if has("max_abs_") {
            "MaxAbsScaler"
        } else {
            "a dictionary of attributes"
        };
        let features = number(COUNT).map(|count| count as usize);
        (fitted.class, fitted.features) = (class.into(), features);
        (fitted.arrays, fitted.flags) = (arrays, flags);
        fitted
    }
}
