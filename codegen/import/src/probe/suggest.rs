//! Which other reading of a checkpoint gives the densities of a probe that the one at hand does not.

mod search;

use super::alternatives::alternatives;
use super::{Agreement, Probe, Samples};
use crate::imported::Imported;
use search::Search;
use std::fmt;

/// Another way to read the same file.
pub struct Reading<'a> {
    /// As a clause: `prior is logistic`.
    pub what: String,
    /// How to ask for it.
    pub ask: String,
    /// What it gives, if the file can be read so.
    pub read: Box<dyn Fn() -> Option<Imported> + 'a>,
}

/// The readings of a file that its user can ask for.
pub struct Readings<'a> {
    /// Those with one change.
    pub single: Vec<Reading<'a>>,
    /// Those with two, for when no one will do.
    pub pairs: Vec<Reading<'a>>,
    /// Where to write what has no setting: `the manifest`.
    pub manifest: &'static str,
}

impl Default for Readings<'_> {
    /// None.
    fn default() -> Self {
        Self {
            single: vec![],
            pairs: vec![],
            manifest: "a manifest",
        }
    }
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

/// Readings that agree with the probe where the model does not: the readings given, then other
/// conventions, and two changes together if no one will do.
///
/// The probe is as printed: each reading's constant is taken off it. Where the model differs by another constant, only
/// a reading that agrees without one is of use; [`check`](super::check) names the constant.
pub fn suggest(imported: &Imported, probe: &Probe, readings: &Readings) -> Suggestions {
    let flow = &imported.model.first().flow;
    let fits = |set: &Samples| set.rows.iter().all(|row| row.len() == flow.dim);
    if !probe.sets.iter().all(fits) {
        return Suggestions::default();
    }
    let mut search = Search::new(imported, probe, readings.manifest);
    let is_constant = search.is_constant();
    search.try_readings(&readings.single);
    if search.has_exact() {
        return search.finish();
    }
    if is_constant {
        return Suggestions::default();
    }
    let changes = search.try_changes(alternatives(flow));
    if !search.has_exact() {
        search.try_readings(&readings.pairs);
    }
    if !search.has_found() {
        search.try_readings_and(&readings.single, &changes);
        search.try_pairs(&changes);
    }
    search.finish()
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
