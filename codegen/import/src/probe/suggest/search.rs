//! Tries readings at low cost: on few rows, and only until a row shows that a reading disagrees.

#[cfg(test)]
mod tests;

use super::{Reading, Suggestion, Suggestions};
use crate::imported::Imported;
use crate::probe::agreement::{agreement, comparisons};
use crate::probe::alternatives::Alternative;
use crate::probe::offset::Offset;
use crate::probe::{Probe, Samples, constant};
use nice_flow_codegen::flow::ir::{Diagonal, Flow};

/// The rows that are used to search; a reading that agrees on them is then compared on all rows.
const ROWS: usize = 16;

/// The multiply-accumulates that a search may use: a few seconds.
const BUDGET: usize = 1 << 31;

/// The cost of copying a large flow, in scored rows.
const COPY: usize = 4;

/// The cost of comparing a row with any flow.
const LEAST: usize = 1 << 10;

pub(super) struct Search<'a> {
    flow: &'a Flow,
    preprocessing: Option<&'a Diagonal>,
    /// Constant that the model's code adds to the `ln p` that it prints, in nats.
    constant: f64,
    /// The probe with the densities as printed.
    probe: &'a Probe,
    few: Probe,
    manifest: &'static str,
    /// The cost of scoring a row, in multiply-accumulates.
    cost: usize,
    left: usize,
    /// Multiply-accumulates for comparisons on all rows, after which no other reading is compared so.
    compared: usize,
    found: Suggestions,
    /// Flows and constants found so far, so that each is reported once.
    flows: Vec<(Flow, f64)>,
}

impl<'a> Search<'a> {
    /// `manifest` is where a change that has no setting must be written.
    pub fn new(imported: &'a Imported, probe: &'a Probe, manifest: &'static str) -> Self {
        let member = imported.model.first();
        let flow = &member.flow;
        Self {
            flow,
            preprocessing: member.preprocessing.as_ref(),
            constant: imported.log_prob_constant,
            probe,
            few: few(probe),
            manifest,
            cost: flow.macs().max(flow.parameters()).max(1),
            left: BUDGET,
            compared: 0,
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

    /// Whether each set of rows differs by a constant; the constants may differ from each other.
    pub fn is_constant(&self) -> bool {
        let few = self.few.clone().without(self.constant);
        let mut sets = comparisons(self.flow, self.preprocessing, &few).into_iter();
        sets.all(|comparison| {
            let mut offset = Offset::default();
            offset.extend(&comparison) && offset.value().is_some()
        })
    }

    pub fn try_readings(&mut self, readings: &[Reading]) {
        for reading in readings {
            if let Some((flow, constant)) = self.read(reading) {
                let said = (&*reading.what, &*reading.ask, reading.manifest.as_deref());
                self.try_one(flow, constant, said);
            }
        }
    }

    /// Tries each reading combined with each change.
    pub fn try_readings_and(&mut self, readings: &[Reading], changes: &[Alternative]) {
        for reading in readings {
            if let Some((flow, constant)) = self.read(reading) {
                self.try_more((&flow, constant), changes, (&reading.what, &reading.ask));
            }
        }
    }

    /// Tries each pair of changes.
    pub fn try_pairs(&mut self, changes: &[Alternative]) {
        for (i, first) in changes.iter().enumerate() {
            let Some(flow) = self.change(self.flow, first) else {
                continue;
            };
            let rest = &changes[i + 1..];
            let is_same = |second: &&Alternative| second.subject == first.subject;
            let same = rest.iter().take_while(is_same).count();
            let before = (first.what.as_str(), self.ask(first));
            self.try_more((&flow, self.constant), &rest[same..], (before.0, &before.1));
        }
    }

    /// Tries each change; returns those that apply to the flow.
    pub fn try_changes(&mut self, changes: Vec<Alternative>) -> Vec<Alternative> {
        let mut concerning = vec![];
        for change in changes {
            if let Some(changed) = self.change(self.flow, &change) {
                let ask = self.ask(&change);
                self.try_one(changed, self.constant, (&change.what, &ask, None));
                concerning.push(change);
            }
        }
        concerning
    }

    /// Tries each change on a flow that has been changed already.
    fn try_more(
        &mut self,
        (flow, constant): (&Flow, f64),
        changes: &[Alternative],
        before: (&str, &str),
    ) {
        for change in changes {
            if let Some(changed) = self.change(flow, change) {
                let what = format!("{} and {}", before.0, change.what);
                let ask = format!("{}; {}", before.1, self.ask(change));
                self.try_one(changed, constant, (&what, &ask, None));
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

    /// The flow and constant of another reading; `None` if the file cannot be read this way, or neither is different.
    fn read(&mut self, reading: &Reading) -> Option<(Flow, f64)> {
        if !self.can_afford() {
            return None;
        }
        let Imported {
            model,
            log_prob_constant: constant,
            ..
        } = (reading.read)()?;
        self.spend(COPY);
        let flow = &model.first().flow;
        (constant != self.constant || flow != self.flow).then(|| (flow.clone(), constant))
    }

    /// Whether the budget allows another flow: a copy and two rows.
    fn can_afford(&mut self) -> bool {
        let affordable = self.left >= (COPY + 2) * self.cost;
        self.found.partial |= !affordable;
        affordable
    }

    fn spend(&mut self, rows: usize) {
        self.left = self.left.saturating_sub(rows.saturating_mul(self.cost));
    }

    fn try_one(
        &mut self,
        flow: Flow,
        constant: f64,
        (what, ask, manifest): (&str, &str, Option<&dyn Fn() -> Option<String>>),
    ) {
        self.found.tried += 1;
        let known = |(other, c): &(Flow, f64)| *c == constant && *other == flow;
        if flow.check().is_err() || self.flows.iter().any(known) {
            return;
        }
        let Some(offset) = self.screen(&flow, constant) else {
            return;
        };
        // Rows that are all alike agree with many readings up to a constant, and may be many to compare.
        if self.compared > BUDGET {
            self.found.partial = true;
            return;
        }
        let rows: usize = self.probe.sets.iter().map(|set| set.rows.len()).sum();
        let cost = rows.saturating_mul(self.cost.max(LEAST));
        self.compared = self.compared.saturating_add(cost);
        let without = self.probe.clone().without(constant - offset);
        let Ok(agreement) = agreement(&flow, self.preprocessing, &without) else {
            return;
        };
        let dim = flow.dim - flow.prior.context().len();
        let name = || constant::name(offset, dim, self.preprocessing);
        self.found.fitting.push(Suggestion {
            what: what.to_owned(),
            ask: ask.to_owned(),
            manifest: manifest.and_then(|write| write()),
            agreement,
            constant: (offset != 0.0).then(|| (offset, name())),
        });
        self.flows.push((flow, constant));
    }

    /// The constant difference of the flow on the few rows: zero if it agrees, `None` if the difference varies.
    fn screen(&mut self, flow: &Flow, constant: f64) -> Option<f64> {
        let mut offset = Offset::default();
        let few = self.few.clone().without(constant);
        let mut sets = comparisons(flow, self.preprocessing, &few).into_iter();
        let same = sets.all(|comparison| offset.extend(&comparison));
        self.spend(offset.rows());
        offset.value().filter(|_| same)
    }

    fn ask(&self, change: &Alternative) -> String {
        format!("in {}: {}", self.manifest, change.manifest)
    }

    /// The readings that were found, the closest first; those that differ by a constant only if no reading agrees
    /// exactly.
    pub fn finish(mut self) -> Suggestions {
        let exact = self.has_exact();
        let fitting = &mut self.found.fitting;
        fitting.retain(|found| found.constant.is_none() == exact);
        fitting.sort_by(|a, b| a.agreement.relative.total_cmp(&b.agreement.relative));
        self.found
    }
}

/// The probe with a few rows of each set, evenly spaced.
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
