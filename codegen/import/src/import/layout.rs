//! Recognises which library wrote a checkpoint.

pub use super::key::Key;

use super::ops::Reading;
use super::{LAYOUTS, Settings, Weights, unrecognised};
use crate::checkpoint::Checkpoint;
use nice_flow_codegen::error::{Error, Result};
use std::collections::BTreeSet;

/// How one library names its tensors and what they mean.
#[derive(Debug)]
pub struct Layout {
    /// The name for `--layout`.
    pub name: &'static str,
    /// The library or repository, for people.
    pub library: &'static str,
    /// Sets of tensor names. A checkpoint fits if it has all names of one set below a common root; the sets are tried
    /// in order. A name that ends in a dot stands for any tensor below it.
    pub fingerprint: &'static [&'static [&'static str]],
    /// The keys of `--set` that it accepts.
    pub keys: &'static [Key],
    /// Reads the meaning of the tensors below the root.
    pub(super) read: fn(&Weights, &mut Settings) -> Result<Reading>,
}

impl Layout {
    /// The roots below which the file holds a model of this layout.
    fn roots(&self, checkpoint: &Checkpoint) -> BTreeSet<String> {
        let found = self.fingerprint.iter().map(|set| {
            let mut roots = places(checkpoint, set[0]);
            roots.retain(|root| set.iter().all(|name| holds(checkpoint, root, name)));
            outermost(roots)
        });
        found
            .into_iter()
            .find(|r| !r.is_empty())
            .unwrap_or_default()
    }

    /// A line that lists the tensors by which the layout was recognised.
    fn marks(&self, checkpoint: &Checkpoint, root: &str) -> String {
        let mut sets = self.fingerprint.iter();
        let set = sets.find(|set| set.iter().all(|name| holds(checkpoint, root, name)));
        let names = set.into_iter().flat_map(|set| set.iter());
        let names: Vec<_> = names.map(|name| format!("{root}{name}")).collect();
        format!("\n  {} ({}): {}", self.name, self.library, names.join(", "))
    }

    /// Possible roots in a file that has only part of the fingerprint.
    fn likely_roots(&self, checkpoint: &Checkpoint) -> BTreeSet<String> {
        let names = self.fingerprint.iter().flat_map(|set| set.iter());
        let found = names.map(|name| outermost(places(checkpoint, name)));
        found
            .into_iter()
            .find(|r| !r.is_empty())
            .unwrap_or_default()
    }
}

/// Whether a layout recognises the file.
pub(super) fn fits_any(checkpoint: &Checkpoint) -> bool {
    LAYOUTS
        .iter()
        .any(|layout| !layout.roots(checkpoint).is_empty())
}

/// The layout and the root to read, or an error that lists the candidates.
pub(super) fn choose(
    checkpoint: &Checkpoint,
    name: Option<&str>,
    root: Option<&str>,
) -> Result<(&'static Layout, String)> {
    let fail = |message: String| Err(Error::file(&checkpoint.path, message));
    let known = || LAYOUTS.map(|layout| layout.name).join(", ");
    let root = root.map(|root| format!("{}.", root.trim_end_matches('.')));
    let root = root.map(|root| root.trim_start_matches('.').to_owned());
    let roots = |layout: &Layout, all: BTreeSet<String>| match &root {
        Some(root) if layout.fits_at(checkpoint, root) => BTreeSet::from([root.clone()]),
        Some(_) => BTreeSet::new(),
        None => all,
    };

    let mut fitting: Vec<(&'static Layout, BTreeSet<String>)> = vec![];
    for layout in LAYOUTS {
        if name.is_some_and(|name| name != layout.name) {
            continue;
        }
        let mut found = roots(layout, layout.roots(checkpoint));
        if found.is_empty() && name.is_some() && root.is_none() {
            found = layout.likely_roots(checkpoint);
        }
        if !found.is_empty() {
            fitting.push((layout, found));
        }
    }

    match (fitting.as_slice(), name) {
        ([(layout, roots)], _) if roots.len() == 1 => {
            Ok((layout, roots.iter().next().cloned().unwrap_or_default()))
        }
        ([(layout, roots)], _) => {
            let roots: Vec<_> = roots.iter().map(|r| r.trim_end_matches('.')).collect();
            let (name, roots) = (layout.name, roots.join(", "));
            fail(format!(
                "expected one {name} model, found several: choose with --set root={roots}"
            ))
        }
        ([], Some(name)) if LAYOUTS.iter().all(|layout| layout.name != name) => fail(format!(
            "expected a known layout ({}), found --layout {name}",
            known()
        )),
        ([], Some(name)) => fail(format!(
            "expected tensors named as in {name}, found {}",
            listing(checkpoint)
        )),
        ([], None) => Err(unrecognised(checkpoint, None)),
        (several, _) => {
            let names: Vec<_> = several.iter().map(|(layout, _)| layout.name).collect();
            let marks: String = (several.iter())
                .flat_map(|(layout, roots)| roots.iter().map(|root| layout.marks(checkpoint, root)))
                .collect();
            fail(format!(
                "expected one layout, found tensors that fit several: choose with --layout {}{marks}",
                names.join("|")
            ))
        }
    }
}

impl Layout {
    fn fits_at(&self, checkpoint: &Checkpoint, root: &str) -> bool {
        let mut sets = self.fingerprint.iter();
        sets.any(|set| set.iter().all(|name| holds(checkpoint, root, name)))
    }
}

/// The first tensors of the file with their shapes.
fn listing(checkpoint: &Checkpoint) -> String {
    let shown = checkpoint.tensors.iter().take(20);
    let shown: Vec<_> = shown
        .map(|(name, tensor)| format!("{name} {:?}", tensor.shape))
        .collect();
    let more = match checkpoint.tensors.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}

/// The prefixes before `name` in the tensors' names, where the prefix is empty or ends in a dot.
fn places(checkpoint: &Checkpoint, name: &str) -> BTreeSet<String> {
    let matches = |full: &str| {
        let at = full.match_indices(name).map(|(at, _)| at);
        at.filter(|&at| at == 0 || full.as_bytes()[at - 1] == b'.')
            .filter(|&at| name.ends_with('.') || at + name.len() == full.len())
            .map(|at| full[..at].to_owned())
            .collect::<Vec<_>>()
    };
    let names = checkpoint.tensors.keys();
    names.flat_map(|full| matches(full)).collect()
}

fn holds(checkpoint: &Checkpoint, root: &str, name: &str) -> bool {
    let full = format!("{root}{name}");
    let mut next = checkpoint.tensors.range(full.clone()..);
    let first = next.next().map(|(name, _)| name);
    first.is_some_and(|first| *first == full || (name.ends_with('.') && first.starts_with(&full)))
}

/// The roots that do not lie below another root.
fn outermost(roots: BTreeSet<String>) -> BTreeSet<String> {
    let below = |root: &String| {
        roots
            .iter()
            .any(|r| r != root && root.starts_with(r.as_str()))
    };
    roots.iter().filter(|root| !below(root)).cloned().collect()
}

#[cfg(test)]
mod tests;
