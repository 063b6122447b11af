//! Searches for another reading of a checkpoint that gives the densities of a probe.

mod search;

use super::alternatives::alternatives;
use super::{Agreement, Probe, Samples};
use crate::imported::Imported;
use nice_flow_codegen::text::scientific;
use search::Search;
use std::fmt;

/// Another way to read the same file.
pub struct Reading<'a> {
    /// What is different, as a clause: `prior is logistic`.
    pub what: String,
    /// How the user can ask for it.
    pub ask: String,
    /// Writes the manifest that reads the file this way, if no option asks for it.
    pub manifest: Option<Box<dyn Fn() -> Option<String> + 'a>>,
    /// Reads the file this way; `None` if that is not possible.
    pub read: Box<dyn Fn() -> Option<Imported> + 'a>,
}

/// The readings of a file that a user can ask for.
pub struct Readings<'a> {
    /// Readings with one change.
    pub single: Vec<Reading<'a>>,
    /// Readings with two changes, tried if no single change agrees.
    pub pairs: Vec<Reading<'a>>,
    /// Settings that take any number, with those that are among the readings: `clamp (1, 2)`.
    pub numbers: Vec<String>,
    /// Where a change that has no setting must be written, such as `the manifest`.
    pub manifest: &'static str,
}

impl Default for Readings<'_> {
    /// No readings.
    fn default() -> Self {
        Self {
            single: vec![],
            pairs: vec![],
            numbers: vec![],
            manifest: "a manifest",
        }
    }
}

/// A reading that agrees with the probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What is different in it, as one or two clauses.
    pub what: String,
    /// How the user can ask for it.
    pub ask: String,
    /// The text of a manifest that reads the file this way, if no option asks for it.
    pub manifest: Option<String>,
    /// How well it agrees, after the constant was subtracted.
    pub agreement: Agreement,
    /// The difference that remains in every row, in nats, and what it may be.
    pub constant: Option<(f64, String)>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// The readings that agree, the closest first.
    pub fitting: Vec<Suggestion>,
    /// The number of readings that were tried, including those with two changes.
    pub tried: usize,
    /// Whether the model, or the probe, is too large to try all readings.
    pub partial: bool,
    /// Settings that take any number, with those that were tried.
    pub numbers: Vec<String>,
}

impl Suggestions {
    /// The text of the closest reading's manifest, if it has one.
    pub fn manifest(&self) -> Option<&str> {
        self.fitting.first()?.manifest.as_deref()
    }
}

/// Finds readings that agree with the probe, for a model that does not: the given readings, then other conventions, and
/// two changes at once if no single one agrees.
///
/// `probe` holds the printed densities; the constant of each reading is subtracted from them. If the model itself
/// differs by a constant only, only readings that agree exactly are reported; [`check`](super::check) names the
/// constant.
pub fn suggest(imported: &Imported, probe: &Probe, readings: &Readings) -> Suggestions {
    Suggestions {
        numbers: readings.numbers.clone(),
        ..found(imported, probe, readings)
    }
}

fn found(imported: &Imported, probe: &Probe, readings: &Readings) -> Suggestions {
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
        let (what, ask, largest) = (&self.what, &self.ask, &self.agreement.largest);
        match &self.constant {
            None => {
                let largest = scientific(*largest, 0);
                write!(f, "agrees to {largest} nats if {what} ({ask})")
            }
            Some((constant, name)) => write!(
                f,
                "differs by {constant:.6} nats in every row ({name}) if {what} ({ask})"
            ),
        }
    }
}

/// The most readings that are shown; further ones are usually equivalent on these rows.
const SHOWN: usize = 4;

impl fmt::Display for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partial = if self.partial {
            "; the model, or the probe, is too large to try all"
        } else {
            ""
        };
        if self.fitting.is_empty() {
            let tried = self.tried;
            write!(f, "none of {tried} other readings agrees{partial}")?;
            return match self.numbers.is_empty() {
                true => Ok(()),
                false => write!(
                    f,
                    "; of what takes any number, only these were tried: {}; is yours another?",
                    self.numbers.join(", ")
                ),
            };
        }
        let shown = self.fitting.iter().take(SHOWN);
        let lines: Vec<_> = shown.map(|found| format!("the probe {found}")).collect();
        write!(f, "{}", lines.join("\n"))?;
        match self.manifest() {
            Some(text) => write!(f, "\n\nThis manifest reads it so:\n\n{text}"),
            None => Ok(()),
        }
    }
}
