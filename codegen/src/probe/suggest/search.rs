//! Trying readings, cheaply: few rows, and no more of them than it takes to see that they disagree.

#[cfg(test)]
mod tests;

use super::{Reading, Suggestion, Suggestions};
use crate::ir::{Diagonal, Flow};
use crate::model::Model;
use crate::probe::agreement::{agreement, comparisons};
use crate::probe::alternatives::Alternative;
use crate::probe::offset::Offset;
use crate::probe::{Probe, Samples, constant};

/// Rows of the search; what agrees on them is then held against all.
const ROWS: usize = 16;

/// Multiply-accumulates of a search: a few seconds of them.
const BUDGET: usize = 1 << 31;

/// Rows that take as long as a copy of a large flow.
const COPY: usize = 4;

pub(super) struct Search<'a> {
    flow: &'a Flow,
    preprocessing: Option<&'a Diagonal>,
    probe: &'a Probe,
    few: Probe,
    /// Of a row, in multiply-accumulates.
    cost: usize,
    left: usize,
    found: Suggestions,
    /// The flows of what was found, to find each once.
    flows: Vec<Flow>,
}

impl<'a> Search<'a> {
    pub fn new(model: &'a Model, probe: &'a Probe) -> Self {
        let flow = &model.flow;
        Self {
            flow,
            preprocessing: model.preprocessing.as_ref(),
            probe,
            few: few(probe),
            cost: flow.macs().max(flow.parameters()).max(1),
            left: BUDGET,
            found: Suggestions::default(),
            flows: vec![],
        }
    }

    pub fn has_found(&self) -> bool {
        !self.found.fitting.is_empty()
    }

    pub fn has_exact(&self) -> bool {
        let mut found = self.found.fitting.iter();
        found.any(|found| found.constant.is_none())
    }

    /// Whether each set differs by a constant, which need not be the same.
    pub fn is_constant(&self) -> bool {
        let mut sets = comparisons(self.flow, self.preprocessing, &self.few).into_iter();
        sets.all(|comparison| {
            let mut offset = Offset::default();
            offset.extend(&comparison) && offset.value().is_some()
        })
    }

    pub fn try_readings(&mut self, readings: &[Reading]) {
        for reading in readings {
            if let Some(flow) = self.read(reading) {
                self.try_one(flow, (&reading.what, &reading.ask));
            }
        }
    }

    /// Each reading with each of the changes.
    pub fn try_readings_and(&mut self, readings: &[Reading], changes: &[Alternative]) {
        for reading in readings {
            if let Some(flow) = self.read(reading) {
                self.try_more(&flow, changes, (&reading.what, &reading.ask));
            }
        }
    }

    /// Each two of the changes.
    pub fn try_pairs(&mut self, changes: &[Alternative]) {
        for (i, first) in changes.iter().enumerate() {
            let Some(flow) = self.change(self.flow, first) else {
                continue;
            };
            let rest = &changes[i + 1..];
            let is_same = |second: &&Alternative| second.subject == first.subject;
            let same = rest.iter().take_while(is_same).count();
            self.try_more(&flow, &rest[same..], (&first.what, &ask(first)));
        }
    }

    /// Each of the changes; those that concern the flow.
    pub fn try_changes(&mut self, changes: Vec<Alternative>) -> Vec<Alternative> {
        let mut concerning = vec![];
        for change in changes {
            if let Some(changed) = self.change(self.flow, &change) {
                self.try_one(changed, (&change.what, &ask(&change)));
                concerning.push(change);
            }
        }
        concerning
    }

    /// Each of the changes of a flow that has been changed already.
    fn try_more(&mut self, flow: &Flow, changes: &[Alternative], before: (&str, &str)) {
        for change in changes {
            if let Some(changed) = self.change(flow, change) {
                let what = format!("{} and {}", before.0, change.what);
                let ask = format!("{}; {}", before.1, ask(change));
                self.try_one(changed, (&what, &ask));
            }
        }
    }

    fn change(&mut self, flow: &Flow, change: &Alternative) -> Option<Flow> {
        if !self.can_afford() {
            return None;
        }
        self.spend(COPY);
        change.apply(flow)
    }

    /// Another reading, if the file can be read so and gives another flow.
    fn read(&mut self, reading: &Reading) -> Option<Flow> {
        if !self.can_afford() {
            return None;
        }
        let flow = (reading.read)()?;
        self.spend(COPY);
        (flow != *self.flow).then_some(flow)
    }

    /// Whether another flow may be tried: a copy and two rows.
    fn can_afford(&mut self) -> bool {
        let affordable = self.left >= (COPY + 2) * self.cost;
        self.found.partial |= !affordable;
        affordable
    }

    fn spend(&mut self, rows: usize) {
        self.left = self.left.saturating_sub(rows * self.cost);
    }

    fn try_one(&mut self, flow: Flow, (what, ask): (&str, &str)) {
        self.found.tried += 1;
        if flow.check().is_err() || self.flows.contains(&flow) {
            return;
        }
        let Some(offset) = self.screen(&flow) else {
            return;
        };
        let shifted = shifted(self.probe, offset);
        let Ok(agreement) = agreement(&flow, self.preprocessing, &shifted) else {
            return;
        };
        let name = || constant::name(offset, flow.dim, self.preprocessing);
        self.found.fitting.push(Suggestion {
            what: what.to_owned(),
            ask: ask.to_owned(),
            agreement,
            constant: (offset != 0.0).then(|| (offset, name())),
        });
        self.flows.push(flow);
    }

    /// What the flow gives more than the few rows say, the same in each: zero if it agrees.
    fn screen(&mut self, flow: &Flow) -> Option<f64> {
        let mut offset = Offset::default();
        let mut sets = comparisons(flow, self.preprocessing, &self.few).into_iter();
        let constant = sets.all(|comparison| offset.extend(&comparison));
        self.spend(offset.rows());
        offset.value().filter(|_| constant)
    }

    /// What was found, the closest first; up to a constant only if nothing agrees without.
    pub fn finish(mut self) -> Suggestions {
        let exact = self.has_exact();
        let fitting = &mut self.found.fitting;
        fitting.retain(|found| found.constant.is_none() == exact);
        fitting.sort_by(|a, b| a.agreement.relative.total_cmp(&b.agreement.relative));
        self.found
    }
}

fn ask(change: &Alternative) -> String {
    format!("in a manifest: {}", change.manifest)
}

/// The probe with few rows of each set, from first to last.
fn few(probe: &Probe) -> Probe {
    let rows = ROWS / probe.sets.len().max(1);
    let sets = probe.sets.iter().map(|set| {
        let step = set.rows.len().div_ceil(rows.max(1)).max(1);
        Samples {
            rows: set.rows.iter().step_by(step).cloned().collect(),
            log_density: set.log_density.iter().step_by(step).copied().collect(),
            rounding: set.rounding.iter().step_by(step).copied().collect(),
            ..*set
        }
    });
    Probe {
        path: probe.path.clone(),
        sets: sets.collect(),
    }
}

/// The probe with a constant added to its densities.
fn shifted(probe: &Probe, offset: f64) -> Probe {
    let mut probe = probe.clone();
    for set in &mut probe.sets {
        set.log_density.iter_mut().for_each(|p| *p += offset);
    }
    probe
}
