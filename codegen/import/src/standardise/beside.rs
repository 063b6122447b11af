//! What of a checkpoint is no part of its flow, but standardises the rows before they reach it, or may.

use super::alike::{Candidate, alike};
use super::arrays::{Named, statistics};
use super::nameless;
use super::scaler;
use super::words::is_of_other_rows;
use crate::checkpoint::{Checkpoint, Fitted, Tensor, Value};
use nice_flow_codegen::text;
use std::collections::{BTreeMap, BTreeSet};

/// The most names that are shown.
const SHOWN: usize = 6;

/// The longest name that is searched for words.
const LONGEST: usize = 200;

/// Statistics beside a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// What they are, in words.
    pub what: String,
    /// What to do with them.
    pub offer: Offer,
    tensors: Vec<String>,
    fitted: Vec<Fitted>,
}

/// What to do with statistics beside a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// `--standardise` takes them from the file.
    Taken,
    /// `--standardise` refuses them, for this reason.
    Refused(String),
    /// They only look like statistics: the user says which are the mean and the scale.
    Unread,
}

impl Beside {
    /// Whether a tensor is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.iter().any(|one| one == name) || self.fitted.iter().any(|one| one.has(name))
    }
}

/// What of a file is no part of a flow of so many inputs.
pub(crate) struct Rest<'a> {
    pub checkpoint: &'a Checkpoint,
    /// What the names of the flow's tensors begin with.
    pub root: &'a str,
    /// The tensors that the flow does not use.
    pub unused: Vec<Named<'a>>,
    /// The lists of numbers among the settings.
    pub lists: &'a BTreeMap<String, Tensor>,
    pub dim: usize,
}

impl Rest<'_> {
    /// The statistics in it, if there are such.
    pub(crate) fn statistics(&self) -> Option<Beside> {
        let fitted = &self.checkpoint.fitted;
        let is_loose = |name: &str| !fitted.iter().any(|fitted| fitted.has(name));
        let lists = self.lists.iter().map(|(name, list)| (name.as_str(), list));
        let loose = self.unused.iter().copied().chain(lists);
        let loose: Vec<Named> = loose.filter(|(name, _)| is_loose(name)).collect();
        let pair = statistics(loose.iter().copied(), self.dim);
        let (what, offer) = match (self.fitted(), &pair) {
            (Some((what, _)), Some(pair)) => {
                let what = format!("{} and {} and {what}", pair.pair[0], pair.pair[1]);
                (what, Offer::Refused("both standardise rows".into()))
            }
            (Some(found), None) => found,
            (None, Some(pair)) => (
                format!("{} and {}", pair.pair[0], pair.pair[1]),
                Offer::Taken,
            ),
            (None, None) => {
                let mut names = alike(&self.candidates(&loose));
                if names.is_empty() {
                    names = self.nameless(&loose);
                }
                if names.is_empty() {
                    return None;
                }
                (text::listed(&names, SHOWN), Offer::Unread)
            }
        };
        Some(Beside {
            what,
            offer,
            tensors: pair.map_or(vec![], |found| {
                found.pair.into_iter().chain(found.others).collect()
            }),
            fitted: fitted.clone(),
        })
    }

    /// The objects of scikit-learn that may act on rows.
    fn fitted(&self) -> Option<(String, Offer)> {
        let only = match scaler::only(&self.checkpoint.fitted) {
            // That of other rows says nothing of these.
            Ok(only) => only.filter(|only| !is_of_other_rows(&only.place))?,
            Err(several) => {
                let named = self.checkpoint.fitted.iter().map(scaler::named);
                let named: Vec<String> = named.collect();
                return Some((text::listed(&named, SHOWN), Offer::Refused(several)));
            }
        };
        let offer = match scaler::of_inputs(only, self.dim) {
            Ok(_) => Offer::Taken,
            Err(why) => Offer::Refused(why),
        };
        Some((scaler::named(only), offer))
    }

    /// Whether a name is none of the flow's and of no other network.
    fn usable(&self) -> impl Fn(&str) -> bool {
        let networks = self.networks();
        move |name: &str| {
            let is_alone = match name.split_once('.') {
                Some((first, _)) => {
                    !networks.contains(first) || self.root.starts_with(&format!("{first}."))
                }
                None => true,
            };
            let is_outside = self.root.is_empty() || !name.starts_with(self.root);
            name.len() <= LONGEST && is_alone && is_outside
        }
    }

    /// What could be statistics but for its name.
    fn nameless(&self, loose: &[Named]) -> Vec<String> {
        let usable = self.usable();
        // A list with a number for each input may be anything, such as the losses of as many epochs.
        let is_told = |(name, array): &&Named| {
            usable(name) && (array.data.len() != self.dim || !self.lists.contains_key(*name))
        };
        let loose = loose.iter().filter(is_told).copied();
        let mut names = nameless::arrays(&loose.collect::<Vec<_>>(), self.dim);
        let settings = self.checkpoint.config.iter();
        let texts = settings.filter(|(name, value)| {
            usable(name) && matches!(value, Value::Text(text) if nameless::is_text(text))
        });
        names.extend(texts.map(|(name, _)| name.clone()));
        names
    }

    /// Numbers outside the flow and outside other networks, one for each input or one alone.
    fn candidates<'b>(&'b self, loose: &[Named<'b>]) -> Vec<Candidate<'b>> {
        let usable = self.usable();
        let is_list = |name: &str| match name.rsplit_once('.') {
            Some((list, _)) => self.lists.contains_key(list),
            None => false,
        };
        let arrays = loose.iter().filter(|(name, tensor)| {
            usable(name) && (tensor.data.len() == 1 || tensor.data.len() == self.dim)
        });
        let arrays = arrays.map(|(name, tensor)| Candidate {
            name,
            data: &tensor.data,
        });
        let settings = self.checkpoint.config.iter();
        let settings = settings.filter_map(|(name, value)| match value {
            Value::Number(number) if usable(name) && !is_list(name) => Some(Candidate {
                name,
                data: std::slice::from_ref(number),
            }),
            _ => None,
        });
        arrays.chain(settings).collect()
    }

    /// The first parts of names under which networks lie.
    fn networks(&self) -> BTreeSet<&str> {
        let names = self.checkpoint.tensors.keys();
        let weights = names.filter(|name| name.ends_with(".weight"));
        weights.filter_map(|name| name.split('.').next()).collect()
    }
}
