//! Lists of numbers beside the tensors of a checkpoint.

use super::{Checkpoint, Element, Tensor, Value};
use std::collections::BTreeMap;

impl Checkpoint {
    /// The lists of numbers among the settings, as vectors by their names: `{"mean": [1.0, 2.0]}` has one, `mean`.
    pub(crate) fn lists(&self) -> BTreeMap<String, Tensor> {
        let mut lists: BTreeMap<String, BTreeMap<usize, f64>> = BTreeMap::new();
        for (name, value) in &self.config {
            let item = name.rsplit_once('.');
            let item = item.and_then(|(list, place)| Some((list, place.parse().ok()?)));
            if let (Some((list, place)), Value::Number(number)) = (item, value) {
                lists.entry(list.into()).or_default().insert(place, *number);
            }
        }
        lists.retain(|_, items| items.keys().copied().eq(0..items.len()));
        let vector = |items: BTreeMap<usize, f64>| Tensor {
            element: Element::F64,
            shape: vec![items.len()],
            data: items.into_values().collect(),
        };
        lists
            .into_iter()
            .map(|(name, items)| (name, vector(items)))
            .collect()
    }
}
