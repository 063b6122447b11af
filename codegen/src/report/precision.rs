//! What each number type costs in bytes and in nats.

use super::number::{count, share, short};
use super::subject::Scored;
use super::table::{Cell, table};
use crate::ensemble::Stored;
use crate::score::{Numeric, Scores, score_stored, threshold};
use crate::verify::difference;
use crate::{Result, lowered_stored, metrics};
use clap::ValueEnum;
use maud::{Markup, html};

/// Every number type there is: a new one appears in the report by itself.
fn numerics() -> &'static [Numeric] {
    Numeric::value_variants()
}

/// Bytes of the numbers of all flows; `None` for what no board runs.
fn weight_bytes(stored: &Stored, numeric: Numeric) -> Result<Option<usize>> {
    let bytes = |numeric| Ok(lowered_stored(stored, numeric)?.bytes());
    numeric.module().map(bytes).transpose()
}

const HEAD: [&str; 7] = [
    "number type",
    "weights, bytes",
    "largest difference",
    "99 % of rows below",
    "rank agreement",
    "other verdicts",
    "AUROC",
];

/// A table with a line for each number type.
pub fn section(scored: &Scored) -> Result<Markup> {
    let reference = scores(scored, Numeric::F64)?;
    let mut lines = vec![];
    let mut problems = vec![];
    for &numeric in numerics() {
        match line(scored, numeric, &reference) {
            Ok(line) => lines.push(line),
            Err(error) => problems.push(format!("{} cannot be made: {error}", name(numeric))),
        }
    }
    Ok(html! {
        p {
            "The same rows scored in each arithmetic, compared with the reference, what was trained, in f64; differences are in " (scored.unit().plural()) ". \
             A difference matters where it changes verdicts, not where it is small beside the scores."
        }
        (table(&HEAD, lines))
        @for problem in problems { p.note { (problem) } }
    })
}

fn scores(scored: &Scored, numeric: Numeric) -> Result<Scores> {
    let subject = scored.subject;
    score_stored(
        &subject.stored,
        &subject.data.table.values,
        numeric,
        &|_| (),
    )
}

fn line(scored: &Scored, numeric: Numeric, reference: &Scores) -> Result<Vec<Cell>> {
    let stored = &scored.subject.stored;
    let scores = scores(scored, numeric)?;
    let values = scores.to_f64();
    let difference = difference(&reference.to_f64(), &values);
    let verdicts = scores.verdicts(threshold(stored, numeric));
    let pairs = verdicts
        .into_iter()
        .zip(reference.verdicts(stored.threshold()));
    let others = pairs.filter(|(a, b)| a != b).count();
    let auroc = scored
        .labels()
        .and_then(|labels| metrics::auroc(&values, labels));
    let bytes = weight_bytes(stored, numeric)?.map(|bytes| bytes as f64);
    Ok(vec![
        Cell::text(name(numeric)),
        optional(bytes, |bytes| count(bytes as usize)),
        Cell::number(difference.largest, short(difference.largest)),
        Cell::number(difference.p99, short(difference.p99)),
        optional(difference.rank_agreement, |rho| format!("{rho:.6}")),
        Cell::number(others as f64, share(others, values.len())),
        optional(auroc, |auroc| format!("{auroc:.5}")),
    ])
}

/// The type's name on the command line.
fn name(numeric: Numeric) -> String {
    let value = numeric.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_string())
}

fn optional(value: Option<f64>, text: impl Fn(f64) -> String) -> Cell {
    value.map_or_else(Cell::absent, |value| Cell::number(value, text(value)))
}
