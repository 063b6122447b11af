//! Other readings of the same file that a user can ask for: settings, layouts, and variants of a manifest.

use crate::checkpoint::Checkpoint;
use crate::import::{DIRECTION, Key, LAYOUTS, Layout, Manifest, import};
use crate::imported::Imported;
use crate::probe::{Probe, Reading, Readings, Units};
use nice_flow_codegen::flow::ir::Layer;

/// Common slopes, limits and clamps, to try where a key takes any number.
const NUMBERS: [(&str, &[&str]); 4] = [
    ("SLOPE", &["0.01", "0.2", "0.1", "0.05", "0.3"]),
    ("ALPHA", &["1"]),
    ("NUMBER", &["1", "1.5", "1.9", "2", "3", "4", "5"]),
    ("COUNT", &["2", "3", "4", "5", "6", "8"]),
];

/// Readings with another value of a setting, with another layout that fits, and with variants of the layout's manifest;
/// as pairs, readings with the values of two settings changed.
pub fn by_layout<'a>(
    checkpoint: &'a Checkpoint,
    manifest: &'a Manifest,
    layout: Option<&'a str>,
    set: &'a [(String, String)],
) -> Readings<'a> {
    let read_as = manifest.layout();
    let known = LAYOUTS.iter().find(|layout| layout.name == read_as);
    let values = known.map_or(vec![], |layout| values(layout));
    let by = |changes: &[&Setting]| by_settings(checkpoint, layout, set, changes);
    let others = LAYOUTS.iter().filter(|layout| layout.name != read_as);
    let others = others.map(|other| Reading {
        what: format!("the layout is {}", other.name),
        ask: format!("--layout {}", other.name),
        manifest: None,
        read: Box::new(|| import(checkpoint, Some(other.name), set).ok()),
    });
    let single = values.iter().map(|value| by(&[value])).chain(others);
    let pairs = values.iter().enumerate().flat_map(|(i, first)| {
        let seconds = values[i + 1..].iter().filter(|second| second.0 != first.0);
        seconds
            .map(|second| by(&[first, second]))
            .collect::<Vec<_>>()
    });
    Readings {
        single: single.chain(manifest.variants(checkpoint)).collect(),
        pairs: pairs.collect(),
        numbers: known.map_or(vec![], |layout| numbers(layout, &by)),
        manifest: manifest.called(),
    }
}

/// Readings with the variants of a manifest.
pub fn by_manifest<'a>(checkpoint: &'a Checkpoint, manifest: &'a Manifest) -> Readings<'a> {
    Readings {
        single: manifest.variants(checkpoint),
        pairs: vec![],
        numbers: vec![],
        manifest: manifest.called(),
    }
}

/// The reading by which batch normalisation is in training mode, if the probe is of rows in one unit.
pub fn in_training_mode<'a>(
    checkpoint: &'a Checkpoint,
    manifest: &'a Manifest,
    imported: &Imported,
    probe: &Probe,
) -> Option<Reading<'a>> {
    let [set] = probe.sets.as_slice() else {
        return None;
    };
    let member = imported.model.first();
    let mut rows = set.rows.clone();
    if let Some(before) = member
        .preprocessing
        .as_ref()
        .filter(|_| set.units != Units::Model)
    {
        let before = Layer::Diagonal(before.clone());
        rows.iter_mut().for_each(|row| {
            before.forward(row);
        });
    }
    let fits = rows.iter().all(|row| row.len() == member.flow.dim);
    fits.then(|| Reading {
        what: "batch normalisation is in training mode, with the mean and variance of the probe's own rows".into(),
        ask: "call model.eval() and print the probe again".into(),
        manifest: None,
        read: Box::new(move || manifest.in_training_mode(checkpoint, &rows)),
    })
}

/// A key of `--set`, and a value.
type Setting = (String, String);

/// The values of every key of a layout, with common numbers where a key takes any number.
fn values(layout: &Layout) -> Vec<Setting> {
    let spelled = |value: &str| match NUMBERS.iter().find(|(name, _)| value.ends_with(name)) {
        Some((name, numbers)) => numbers.iter().map(|n| value.replace(name, n)).collect(),
        None => vec![value.to_owned()],
    };
    let of_key = |key: &Key| {
        let values = key.values.split('|').flat_map(spelled);
        values
            .map(|value| (key.name.to_owned(), value))
            .collect::<Vec<_>>()
    };
    let keys = layout.keys.iter().chain([&DIRECTION]);
    keys.flat_map(of_key).collect()
}

/// The keys that take any number and on which the model depends, with the numbers that are tried.
fn numbers<'a>(layout: &Layout, by: &dyn Fn(&[&Setting]) -> Reading<'a>) -> Vec<String> {
    let (_, tried) = NUMBERS[2];
    let model = |key: &Key, number: &str| {
        let reading = by(&[&(key.name.to_owned(), number.to_owned())]);
        (reading.read)().map(|imported| imported.model)
    };
    let is_open = |key: &&Key| {
        let takes = key.values.split('|').any(|value| value == "NUMBER");
        takes && model(key, tried[0]) != model(key, tried[1])
    };
    let open = layout.keys.iter().filter(is_open);
    open.map(|key| format!("--set {}={}", key.name, tried.join(" or ")))
        .collect()
}

/// The reading with settings that replace, or are added to, those given by the user.
fn by_settings<'a>(
    checkpoint: &'a Checkpoint,
    layout: Option<&'a str>,
    set: &[Setting],
    changes: &[&Setting],
) -> Reading<'a> {
    let kept = set
        .iter()
        .filter(|(key, _)| changes.iter().all(|(changed, _)| changed != key));
    let set: Vec<_> = kept.chain(changes.iter().copied()).cloned().collect();
    let join = |words: &dyn Fn(&Setting) -> String, by: &str| {
        let words: Vec<_> = changes.iter().map(|change| words(change)).collect();
        words.join(by)
    };
    Reading {
        what: join(&|(key, value)| format!("the {key} is {value}"), " and "),
        ask: join(&|(key, value)| format!("--set {key}={value}"), " "),
        manifest: None,
        read: Box::new(move || import(checkpoint, layout, &set).ok()),
    }
}
