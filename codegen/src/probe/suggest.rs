//! Which other reading of a checkpoint gives the densities of a probe that the one at hand does not.

use super::agreement::{Comparison, comparisons, difference, tolerance};
use super::alternatives::{Alternative, alternatives};
use super::{Agreement, Probe, Samples, check, constant};
use crate::ir::Flow;
use crate::model::Model;
use std::fmt;

/// Another way to read the same file.
pub struct Reading<'a> {
    /// As a clause: `prior is logistic`.
    pub what: String,
    /// How to ask for it.
    pub ask: String,
    /// The flow, if the file can be read so.
    pub read: Box<dyn Fn() -> Option<Flow> + 'a>,
}

/// The readings of a file that its user can ask for.
#[derive(Default)]
pub struct Readings<'a> {
    /// Those with one change.
    pub single: Vec<Reading<'a>>,
    /// Those with two, for when no one will do.
    pub pairs: Vec<Reading<'a>>,
}

/// A reading that agrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What is different in it, as clauses.
    pub what: String,
    /// How to ask for it.
    pub ask: String,
    /// How well it agrees, the constant taken off.
    pub agreement: Agreement,
    /// What is left in every row, in nats, and what that may be.
    pub constant: Option<(f64, String)>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The readings that agree, the closest first.
    pub fitting: Vec<Suggestion>,
    /// Readings that were tried, two changes at a time among them.
    pub tried: usize,
    /// Whether the model was too large to try all that there are.
    pub partial: bool,
}

/// Rows of the search; what agrees on them is then held against all.
const ROWS: usize = 16;

/// Rows without which a constant difference is a coincidence.
const CONSTANT_ROWS: usize = 4;

/// Multiply-accumulates of a search, about two seconds of them.
const BUDGET: usize = 1 << 31;

/// Readings that agree with the probe where the model does not: the readings given, then other
/// conventions, and two changes together if no one will do. A constant difference is no matter
/// of reading: then nothing is tried, and [`check`] names it.
pub fn suggest(model: &Model, probe: &Probe, readings: &Readings) -> Suggestions {
    let fits = |set: &Samples| set.rows.iter().all(|row| row.len() == model.flow.dim);
    if !probe.sets.iter().all(fits) {
        return Suggestions::default();
    }
    let mut search = Search {
        model,
        probe,
        few: few(probe),
        cost: model.flow.macs().max(model.flow.parameters()).max(1),
        left: BUDGET,
        found: Suggestions::default(),
        flows: vec![],
    };
    if search.is_constant() {
        return search.found;
    }
    let changes = alternatives(&model.flow);
    search.try_readings(&readings.single);
    if !search.has_exact() {
        let flow = &model.flow;
        search.try_all(flow, &changes, |change| (change.what.clone(), ask(change)));
    }
    if search.found.fitting.is_empty() {
        search.try_readings(&readings.pairs);
    }
    if search.found.fitting.is_empty() {
        search.try_readings_and(&readings.single, &changes);
        search.try_pairs(&changes);
    }
    search.finish()
}

fn ask(change: &Alternative) -> String {
    format!("in a manifest: {}", change.manifest)
}

struct Search<'a> {
    model: &'a Model,
    probe: &'a Probe,
    few: Probe,
    /// Of a row.
    cost: usize,
    left: usize,
    found: Suggestions,
    /// The flows of what was found, to find each once.
    flows: Vec<Flow>,
}

impl Search<'_> {
    fn has_exact(&self) -> bool {
        self.found
            .fitting
            .iter()
            .any(|found| found.constant.is_none())
    }

    /// Whether each set differs by a constant, which need not be the same.
    fn is_constant(&self) -> bool {
        let mut sets = comparisons(self.model, &self.few).into_iter();
        sets.all(|Comparison { set, flow, .. }| {
            let mut offset = Offset::default();
            offset.add(&flow, set).and(offset.value()).is_some()
        })
    }

    /// Another reading, if the file can be read so and gives another flow.
    fn read(&mut self, reading: &Reading) -> Option<Flow> {
        if !self.can_afford() {
            return None;
        }
        (reading.read)().filter(|flow| *flow != self.model.flow)
    }

    fn try_readings(&mut self, readings: &[Reading]) {
        for reading in readings {
            if let Some(flow) = self.read(reading) {
                self.try_one(&flow, || (reading.what.clone(), reading.ask.clone()));
            }
        }
    }

    fn try_readings_and(&mut self, readings: &[Reading], changes: &[Alternative]) {
        for reading in readings {
            if let Some(flow) = self.read(reading) {
                self.try_all(&flow, changes, |change| {
                    let ask = format!("{}; {}", reading.ask, ask(change));
                    (format!("{} and {}", reading.what, change.what), ask)
                });
            }
        }
    }

    fn try_all(
        &mut self,
        flow: &Flow,
        changes: &[Alternative],
        words: impl Fn(&Alternative) -> (String, String),
    ) {
        for change in changes {
            if !self.can_afford() {
                return;
            }
            if let Some(changed) = change.apply(flow) {
                self.try_one(&changed, || words(change));
            }
        }
    }

    fn try_pairs(&mut self, changes: &[Alternative]) {
        for (i, first) in changes.iter().enumerate() {
            if !self.can_afford() {
                return;
            }
            let Some(flow) = first.apply(&self.model.flow) else {
                continue;
            };
            let rest = &changes[i + 1..];
            let same = rest
                .iter()
                .take_while(|second| second.subject == first.subject);
            self.try_all(&flow, &rest[same.count()..], |second| {
                let ask = format!("in a manifest: {}; {}", first.manifest, second.manifest);
                (format!("{} and {}", first.what, second.what), ask)
            });
        }
    }

    /// Whether another reading may be tried. Copying and changing a flow costs a row or two.
    fn can_afford(&mut self) -> bool {
        let affordable = self.left >= 4 * self.cost;
        self.found.partial |= !affordable;
        self.left = self.left.saturating_sub(2 * self.cost);
        affordable
    }

    fn try_one(&mut self, flow: &Flow, words: impl Fn() -> (String, String)) {
        self.found.tried += 1;
        if flow.check().is_err() || self.flows.contains(flow) {
            return;
        }
        let model = Model {
            flow: flow.clone(),
            ..self.model.clone()
        };
        let Some(offset) = self.screen(&model) else {
            return;
        };
        let Ok(agreement) = check(&model, &shifted(self.probe, offset)) else {
            return;
        };
        self.flows.push(model.flow);
        let (what, ask) = words();
        let constant = (offset != 0.0).then(|| (offset, constant::name(offset, self.model)));
        self.found.fitting.push(Suggestion {
            what,
            ask,
            agreement,
            constant,
        });
    }

    /// What the model gives more than the few rows say, the same in each: zero if it agrees.
    fn screen(&mut self, model: &Model) -> Option<f64> {
        let mut offset = Offset::default();
        for Comparison { set, flow, .. } in comparisons(model, &self.few) {
            self.left = self
                .left
                .saturating_sub(self.cost * offset.add(&flow, set)?);
        }
        offset.value()
    }

    fn finish(mut self) -> Suggestions {
        let exact = self.has_exact();
        let fitting = &mut self.found.fitting;
        fitting.retain(|found| found.constant.is_none() == exact);
        fitting.sort_by(|a, b| a.agreement.relative.total_cmp(&b.agreement.relative));
        self.found
    }
}

/// The difference of densities, as long as it may be the same in all rows.
#[derive(Default)]
struct Offset {
    inexact: bool,
    first: Option<f64>,
    rows: usize,
}

impl Offset {
    /// The rows looked at; none if the difference is not the same in all of them.
    fn add(&mut self, flow: &Flow, set: &Samples) -> Option<usize> {
        let tolerance = tolerance(flow, set);
        for ((row, &theirs), rounding) in set.rows.iter().zip(&set.log_density).zip(&set.rounding) {
            let off = difference(flow.log_density(row), theirs);
            if off.is_infinite() {
                return None;
            }
            if !theirs.is_finite() {
                continue;
            }
            let allowed = tolerance * (1.0 + theirs.abs()) + rounding;
            self.inexact |= off.abs() > allowed;
            self.rows += 1;
            let first = *self.first.get_or_insert(off);
            if self.inexact && (off - first).abs() > 2.0 * allowed {
                return None;
            }
        }
        Some(set.rows.len())
    }

    fn value(&self) -> Option<f64> {
        match self.first {
            Some(_) if !self.inexact => Some(0.0),
            first => first.filter(|_| self.rows >= CONSTANT_ROWS),
        }
    }
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

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, ask, largest) = (&self.what, &self.ask, self.agreement.largest);
        match &self.constant {
            None => write!(f, "agrees to {largest:.0e} nats if {what} ({ask})"),
            Some((constant, name)) => write!(
                f,
                "differs by {constant:.6} nats in every row ({name}) if {what} ({ask})"
            ),
        }
    }
}

/// Shown to people; the rest says the same of the same rows.
const SHOWN: usize = 4;

impl fmt::Display for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partial = if self.partial {
            "; the model is too large to try all"
        } else {
            ""
        };
        if self.fitting.is_empty() {
            let tried = self.tried;
            return write!(f, "none of {tried} other readings agrees{partial}");
        }
        let shown = self.fitting.iter().take(SHOWN);
        let lines: Vec<_> = shown.map(|found| format!("the probe {found}")).collect();
        write!(f, "{}", lines.join("\n"))
    }
}
