//! Members' scores to one, as the runtime crate's `Tails` does, bit for bit.

use super::{Ensemble, KNOTS, LAST, Tail};
use crate::score::Scores;
use crate::{Error, Result};
use nice_flow::fixed::{self, Fixed};
use nice_flow::float;

impl Ensemble {
    /// The mean tail score of each row, in the arithmetic of the members' scores.
    pub fn combine(&self, members: &[Scores]) -> Result<Scores> {
        match members {
            [Scores::F64(_), ..] => Ok(Scores::F64(self.means(members))),
            [Scores::F32(_), ..] => Ok(Scores::F32(self.float(members))),
            [Scores::Fixed { fraction: 16, .. }, ..] => self.fixed::<16>(members),
            [Scores::Fixed { fraction: 14, .. }, ..] => self.fixed::<14>(members),
            _ => Err(Error::input("ensemble", "expected members with scores")),
        }
    }

    fn weight(&self) -> f64 {
        1.0 / self.members.len() as f64
    }

    /// What `tail` makes of each member's scores, row by row, first member first.
    fn totals<S: Copy, T>(
        &self,
        zero: T,
        members: &[&[S]],
        add: impl Fn(T, usize, S) -> T,
    ) -> Vec<T>
    where
        T: Copy,
    {
        let rows = members.first().map_or(0, |scores| scores.len());
        let total = |row: usize| {
            let scores = members.iter().map(|scores| scores[row]).enumerate();
            scores.fold(zero, |total, (member, score)| add(total, member, score))
        };
        (0..rows).map(total).collect()
    }

    fn means(&self, members: &[Scores]) -> Vec<f64> {
        let scores: Vec<_> = members.iter().map(Scores::to_f64).collect();
        let scores: Vec<_> = scores.iter().map(Vec::as_slice).collect();
        let add = |total, member: usize, score| total + self.members[member].tail.score(score);
        let totals = self.totals(0.0, &scores, add);
        totals
            .into_iter()
            .map(|total| total * self.weight())
            .collect()
    }

    fn float(&self, members: &[Scores]) -> Vec<f32> {
        let tails: Vec<_> = self
            .members
            .iter()
            .map(|m| m.tail.float(self.weight()))
            .collect();
        let scores: Vec<&[f32]> = members.iter().filter_map(singles).collect();
        self.totals(0.0, &scores, |total, member, score| {
            total + tails[member].at(score)
        })
    }

    fn fixed<const FRAC: u32>(&self, members: &[Scores]) -> Result<Scores> {
        let scores: Vec<&[i32]> = members.iter().filter_map(|m| integers(m, FRAC)).collect();
        if scores.len() < members.len() {
            let message = "expected members whose states have the same number of bits after the point, found others";
            return Err(Error::input("ensemble", message));
        }
        let tails: Vec<_> = self
            .members
            .iter()
            .map(|m| m.tail.fixed(self.weight(), FRAC))
            .collect();
        let add = |total: i32, member: usize, bits| {
            total.saturating_add(tails[member].at(Fixed::<FRAC>::from_bits(bits)))
        };
        Ok(Scores::Fixed {
            bits: self.totals(0, &scores, add),
            fraction: FRAC,
        })
    }
}

fn singles(scores: &Scores) -> Option<&[f32]> {
    match scores {
        Scores::F32(scores) => Some(scores),
        _ => None,
    }
}

fn integers(scores: &Scores, wanted: u32) -> Option<&[i32]> {
    match scores {
        Scores::Fixed { bits, fraction } if *fraction == wanted => Some(bits),
        _ => None,
    }
}

impl Tail {
    /// From one knot to the next.
    const STEP: f64 = LAST / (KNOTS - 1) as f64;

    /// The slope from each knot on; none where the next is at the same place.
    fn slopes(&self) -> [f64; KNOTS] {
        std::array::from_fn(|j| match self.knots.get(j + 1) {
            Some(next) if *next > self.knots[j] => Self::STEP / (next - self.knots[j]),
            Some(_) => 0.0,
            None => 1.0 / self.excess,
        })
    }

    /// The runtime's, times a weight.
    pub(crate) fn float(&self, weight: f64) -> float::Tail {
        let slopes = self.slopes().map(|slope| (slope * weight) as f32);
        let knots = self.knots.map(|knot| knot as f32);
        float::Tail::new(knots, slopes, (Self::STEP * weight) as f32)
    }

    /// The runtime's, times a weight.
    pub(crate) fn fixed(&self, weight: f64, fraction: u32) -> fixed::Tail {
        let bits = |nats: f64| crate::module::fixed::bits(nats, fraction);
        let slopes = self.slopes().map(|slope| bits(slope * weight));
        fixed::Tail::new(self.knots.map(bits), slopes, bits(Self::STEP * weight))
    }
}
