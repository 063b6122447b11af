//! What a module has where it was asked for, beyond model, threshold and detector.

use super::number::{floats, input, input_type, nats, nats_type};
use crate::Model;
use crate::model::p_values::{KNOTS, Knots};
use crate::module::fixed::Scale;
use crate::module::{Lowered, Spread};
use crate::text::as_option;

/// What else a module has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Usual values of each input, in what the module takes: `USUAL`, for `nice_flow::Repair`.
    pub usual: Option<Vec<Vec<f64>>>,
    /// What tells that scores have changed: `P_VALUES` and `DRIFT`.
    pub drift: Option<Drift>,
    /// Where normal inputs lie: `SPREAD`, for `nice_flow::Commission`.
    pub spread: Option<Spread>,
    /// A row whose score is known: `GOLDEN` and `self_test()`.
    pub golden: Option<Golden>,
    /// What reads blobs: `Package`, `LAYOUT` and `FACTORY`, and the version of the blob, told in the head. The module must be [in
    /// order](Lowered::in_order).
    pub package: Option<u32>,
    /// The scale of the counts that the module takes, if the user asked for them: it is told in the head.
    pub counts: Option<Scale>,
    /// Further options that the user gave, told in the head: which part of the model it is, which rows scale it.
    pub words: Vec<String>,
}

/// A row with its score, for `nice_flow::Golden`.
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    /// In what the module takes.
    pub row: Vec<f64>,
    /// In the unit of the scores, without rounding.
    pub score: f64,
}

/// A test for slow changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Rows between false alarms, at least.
    pub rows: u32,
    /// How rare scores are, in what the module computes with.
    pub knots: Knots,
}

impl Extras {
    /// The items.
    pub(super) fn text(&self, model: &Model, lowered: &Lowered) -> String {
        let usual = self.usual.as_deref();
        let usual = usual.map_or_else(String::new, |usual| usual_text(usual, lowered));
        let drift = self.drift.as_ref();
        let drift = drift.map_or_else(String::new, |drift| drift.text(model, lowered));
        let spread = self.spread.as_ref().map_or_else(String::new, spread_text);
        let golden = self.golden.as_ref();
        let golden = golden.map_or_else(String::new, |golden| golden.text(lowered));
        usual + &drift + &spread + &golden
    }

    /// How many usual values of each input, knots, golden rows and spreads there are.
    pub(in crate::module) fn sizes(&self) -> [usize; 4] {
        let usual = self.usual.as_ref().and_then(|usual| usual.first());
        let knots = self.drift.as_ref().map_or(0, |_| KNOTS);
        [
            usual.map_or(0, Vec::len),
            knots,
            self.golden.iter().count(),
            self.spread.iter().count(),
        ]
    }

    /// The options of `nice-flow generate` that ask for it.
    pub(super) fn options(&self) -> String {
        let words = self
            .words
            .iter()
            .map(|word| format!(" {}", as_option(word)));
        let words: String = words.collect();
        let counts = self.counts.as_ref();
        let counts = counts.map_or_else(String::new, |scale| {
            format!(" {}", as_option(&format!("--counts={}", scale_text(scale))))
        });
        let count = self.usual.as_ref().and_then(|usual| usual.first());
        let explain =
            count.map_or_else(String::new, |values| format!(" --explain {}", values.len()));
        let drift = self.drift.as_ref();
        let drift = drift.map_or_else(String::new, |drift| format!(" --drift {}", drift.rows));
        let commission = self.spread.as_ref().map_or("", |_| " --commission");
        let golden = self.golden.as_ref().map_or("", |_| " --golden");
        let package = match self.package {
            None => String::new(),
            Some(1) => " --blob BLOB".into(),
            Some(version) => format!(" --blob BLOB --model-version {version}"),
        };
        words + &counts + &explain + &drift + commission + golden + &package
    }
}

/// As `--counts` takes it.
fn scale_text(Scale { unit, zero }: &Scale) -> String {
    let list = |numbers: &[f64]| {
        let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
        texts.join(",")
    };
    match zero.iter().all(|zero| *zero == 0.0) {
        true => format!("unit={}", list(unit)),
        false => format!("unit={};zero={}", list(unit), list(zero)),
    }
}

impl Drift {
    fn text(&self, model: &Model, lowered: &Lowered) -> String {
        let fraction = lowered.fraction();
        let knots = self.knots.scores.iter().map(|score| nats(*score, fraction));
        format!(
            "
/// How rare a score is among normal rows: `surprise` is −ln p.
#[rustfmt::skip]
#[allow(dead_code)]
pub static P_VALUES: nice_flow::PValues<{nats}, {KNOTS}> = nice_flow::PValues::new([{knots}], {step});

/// Takes the surprise of each verdict, tells that scores have changed; {rows} verdicts or more lie between false alarms.
#[allow(dead_code)]
pub const DRIFT: nice_flow::Drift<{rows}, {every}> = nice_flow::Drift::new();
",
            nats = nats_type(fraction),
            knots = knots.collect::<Vec<_>>().join(", "),
            step = self.knots.step,
            rows = self.rows,
            every = match &model.front_end {
                Some(front) => front.hops() as usize,
                None => model.dim() / model.channels,
            },
        )
    }
}

impl Golden {
    fn text(&self, lowered: &Lowered) -> String {
        let (counts, fraction) = (lowered.takes_counts(), lowered.fraction());
        let row: Vec<String> = self.row.iter().map(|x| input(*x, counts)).collect();
        let score = nats(self.score, fraction);
        format!(
            "
/// A normal row and the exact score that it must have.
#[rustfmt::skip]
#[allow(dead_code)]
pub static GOLDEN: nice_flow::Golden<{}, {}, D> = nice_flow::Golden::new([{}], {score});

/// Whether this board computes what the host did, in every bit of one score.
#[allow(dead_code)]
pub fn self_test() -> bool {{
    GOLDEN.holds(&MODEL)
}}
",
            input_type(counts),
            nats_type(fraction),
            row.join(", "),
        )
    }
}

fn usual_text(usual: &[Vec<f64>], lowered: &Lowered) -> String {
    let counts = lowered.takes_counts();
    let what = if counts { "in counts" } else { "in raw units" };
    let ty = input_type(counts);
    let count = usual.first().map_or(0, Vec::len);
    let rows = usual.iter().map(|values| {
        let values: Vec<String> = values.iter().map(|x| input(*x, counts)).collect();
        format!("    [{}],\n", values.join(", "))
    });
    format!(
        "
/// Usual values of each input {what}, quantiles of normal rows: for `Detector::explain`.
#[rustfmt::skip]
#[allow(dead_code)]
pub static USUAL: [[{ty}; {count}]; D] = [
{}];
",
        rows.collect::<String>()
    )
}

fn spread_text(spread: &Spread) -> String {
    let list = |numbers: &[f32]| floats(numbers).text().to_string();
    format!(
        "
/// Mean and deviation of each input over normal rows: `Commission` compares those of a machine with them.
#[rustfmt::skip]
#[allow(dead_code)]
pub static SPREAD: nice_flow::Spread<D> = nice_flow::Spread::new({}, {});
",
        list(&spread.mean),
        list(&spread.deviation)
    )
}
