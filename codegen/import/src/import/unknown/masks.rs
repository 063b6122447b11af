//! Masks that stand apart from the couplings that they are of: a tensor with a row for each, or a tensor for each.

use super::coupling::{QUESTION, halves};
use super::known::{Known, Named, is_mask, quoted};
use super::shapes::{Halves, mask, masks};

/// Masks of couplings, in the order of the file.
#[derive(Default)]
pub(super) struct Masks<'a> {
    /// The tensor that holds them, or the first of those that hold one each.
    name: &'a str,
    pub all: Vec<Halves>,
}

impl<'a> Masks<'a> {
    /// Those of a tensor with a row for each coupling; none if a tensor of the same shape stands beside it, whose elements it masks.
    pub fn stacked(all: &[Named<'a>]) -> Option<Self> {
        let module = |name: &'a str| {
            name.rsplit_once(['.', '/'])
                .map_or("", |(module, _)| module)
        };
        all.iter().find_map(|(name, tensor)| {
            let rows = masks(tensor).filter(|_| is_mask(name))?;
            let masked = all.iter().any(|(other, of)| {
                other != name && of.shape == tensor.shape && module(other) == module(name)
            });
            (!masked).then_some(Self { name, all: rows })
        })
    }

    /// Those of tensors that hold one each, in groups without nets.
    pub fn apart<'b>(groups: impl Iterator<Item = &'b [Named<'a>]>, known: &Known) -> Self
    where
        'a: 'b,
    {
        let is_net = |group: &&[Named]| {
            group
                .iter()
                .any(|(name, tensor)| known.is_weight(name, tensor))
        };
        let named = groups.filter(|group| !is_net(group)).flatten();
        let mut found = named.filter_map(|(name, tensor)| {
            let halves = mask(tensor).filter(|_| is_mask(name))?;
            (known.dim == Some(tensor.data.len())).then_some((*name, halves))
        });
        let first = found.next();
        let name = first.as_ref().map_or("", |(name, _)| name);
        let all = first.into_iter().chain(found);
        Self {
            name,
            all: all.map(|(_, halves)| halves).collect(),
        }
    }

    /// Whether this tensor has a row for each.
    pub fn is_stack(&self, name: &str) -> bool {
        self.name == name && self.all.len() > 1
    }

    /// The ops with each mask in the coupling of its place, if there are as many as couplings without.
    pub fn fill(&self, ops: String) -> String {
        let asked = ops.matches(QUESTION).count();
        if self.all.is_empty() || asked == 0 {
            return ops;
        }
        if asked != self.all.len() {
            let (name, count) = (quoted(self.name), self.all.len());
            return format!(
                "# {name}: masks of {count} couplings, of which {asked} are known below\n{ops}"
            );
        }
        self.all.iter().fold(ops, |ops, mask| {
            ops.replacen(QUESTION, &halves(Some(mask)), 1)
        })
    }
}
