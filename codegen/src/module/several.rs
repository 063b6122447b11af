//! Modules of one type that answer together.

use super::{Lowered, Part, PartKind};
use crate::model::ensemble::Combination;
use crate::{Error, Result};

/// `nice_flow::Ensemble`.
#[derive(Clone, Debug, PartialEq)]
pub struct Several {
    /// At least one, all of one type.
    members: Vec<Lowered>,
    combination: Combination,
}

impl Several {
    /// An error unless there are members, as many as are combined, and all have the type of the first.
    pub fn new(members: Vec<Lowered>, combination: Combination) -> Result<Self> {
        if members.is_empty() || members.len() != combination.members() {
            let (expected, found) = (combination.members().max(1), members.len());
            let message = format!("expected {expected} members, found {found}");
            return Err(Error::input("ensemble", message));
        }
        let types: Vec<_> = members.iter().map(Lowered::type_name).collect();
        if let Some(index) = types.iter().position(|name| *name != types[0]) {
            let (expected, found) = (&types[0], &types[index]);
            let message = format!("expected the type of member 0, {expected}, found {found}");
            return Err(Error::input(format!("member {index}"), message));
        }
        Ok(Self {
            members,
            combination,
        })
    }

    /// The first member, of the type of all.
    pub fn first(&self) -> &Lowered {
        &self.members[0]
    }

    /// In their order.
    pub fn members(&self) -> &[Lowered] {
        &self.members
    }

    /// What makes one score of theirs.
    pub fn combination(&self) -> &Combination {
        &self.combination
    }

    /// The type of the ensemble, of members of a type with this name.
    pub fn type_of(&self, member: &str) -> String {
        let count = self.members.len();
        let combination = match self.combination {
            Combination::Tails(_) => format!("Tails<{count}>"),
            Combination::MeanDensity(_) => "MeanDensity".into(),
        };
        format!("Ensemble<{member}, {combination}, {count}>")
    }

    /// What `f` makes of every member, combined as before.
    pub fn map(self, f: impl Fn(Lowered) -> Result<Lowered>) -> Result<Self> {
        let members = self.members.into_iter().map(f).collect::<Result<_>>()?;
        Self::new(members, self.combination)
    }

    /// Bytes of the numbers in flash.
    pub(super) fn bytes(&self) -> usize {
        let combination = match &self.combination {
            Combination::Tails(tails) => tails.len() * TAIL,
            Combination::MeanDensity(_) => 4,
        };
        self.members.iter().map(Lowered::bytes).sum::<usize>() + combination
    }

    /// Every member.
    pub(super) fn parts(&self) -> Vec<Part> {
        let member = |(index, member): (usize, &Lowered)| Part {
            kind: PartKind::Member,
            name: super::parts::base(&member.type_name()),
            path: format!(".members()[{index}]"),
            macs: member.parts().iter().map(|part| part.macs).sum(),
            bytes: member.bytes(),
        };
        self.members.iter().enumerate().map(member).collect()
    }
}

/// Bytes of knots, slopes and a step.
const TAIL: usize = 4 * (2 * crate::model::ensemble::KNOTS + 1);
