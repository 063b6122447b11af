//! The cost of each number type, in bytes and in nats.

use super::number::{count, share, short};
use super::subject::Scored;
use super::table::{Cell, table};
use crate::host::arithmetic::Arithmetic;
use crate::host::score::{score, threshold};
use crate::host::scores::Scores;
use crate::judge::metrics;
use crate::judge::verify::difference;
use maud::{Markup, html};
use nice_flow_codegen::Model;
use nice_flow_codegen::text::rounded;
use nice_flow_codegen::{Result, lowered};

/// Bytes of the numbers of all flows; `None` for `f64`, which no board runs.
fn weight_bytes(model: &Model, numeric: Arithmetic) -> Result<Option<usize>> {
    let bytes = |numeric| Ok(lowered(model, numeric)?.bytes());
    numeric.module().map(bytes).transpose()
}

const HEAD: [&str; 8] = [
    "number type",
    "weights, bytes",
    "largest difference",
    "99 % of rows below",
    "rank agreement",
    "other verdicts",
    "at the largest score",
    "AUROC",
];

/// A table with a row for each number type.
pub fn section(scored: &Scored) -> Result<Markup> {
    let reference = scores(scored, Arithmetic::F64)?;
    let mut lines = vec![];
    let mut problems = vec![];
    for numeric in Arithmetic::ALL {
        match line(scored, numeric, &reference) {
            Ok(line) => lines.push(line),
            Err(error) => problems.push(format!("{} cannot be made: {error}", numeric.name())),
        }
    }
    Ok(html! {
        p {
            "The same rows scored in each arithmetic, compared with the reference, what was trained, in f64; differences are in " (scored.unit().plural()) ". \
             A difference matters where it changes verdicts, not where it is small beside the scores. Rows at the largest score that \
             an integer holds have an input that is far out or no number; AUROC counts them as equal."
        }
        (table(&HEAD, lines))
        @for problem in problems { p.note { (problem) } }
    })
}

fn scores(scored: &Scored, numeric: Arithmetic) -> Result<Scores> {
    let subject = scored.subject;
    let rows = &subject.data.table.values;
    score(&subject.model, rows, numeric, scored.progress)
}

fn line(scored: &Scored, numeric: Arithmetic, reference: &Scores) -> Result<Vec<Cell>> {
    let model = &scored.subject.model;
    let scores = scores(scored, numeric)?;
    let values = scores.to_f64();
    let difference = difference(&reference.to_f64(), &values);
    let verdicts = scores.verdicts(threshold(model, numeric));
    let pairs = verdicts
        .into_iter()
        .zip(reference.verdicts(model.threshold));
    let others = pairs.filter(|(a, b)| a != b).count();
    let auroc = scored
        .labels()
        .and_then(|labels| metrics::auroc(&values, labels));
    let bytes = weight_bytes(model, numeric)?.map(|bytes| bytes as f64);
    let at_largest = scores.at_largest();
    Ok(vec![
        Cell::text(numeric.name()),
        optional(bytes, |bytes| count(bytes as usize)),
        Cell::number(difference.largest, short(difference.largest)),
        Cell::number(difference.p99, short(difference.p99)),
        optional(difference.rank_agreement, |rho| rounded(rho, 6)),
        Cell::number(others as f64, share(others, values.len())),
        Cell::number(at_largest as f64, count(at_largest)),
        optional(auroc, |auroc| format!("{auroc:.5}")),
    ])
}

fn optional(value: Option<f64>, text: impl Fn(f64) -> String) -> Cell {
    value.map_or_else(Cell::absent, |value| Cell::number(value, text(value)))
}
