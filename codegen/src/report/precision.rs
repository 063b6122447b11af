//! What each number type costs in bytes and in nats.

use super::number::{count, share, short};
use super::subject::Scored;
use super::table::{Cell, table};
use crate::score::{Numeric, score};
use crate::verify::difference;
use crate::{Model, Result, lowered, metrics};
use clap::ValueEnum;
use maud::{Markup, html};

/// Every number type there is: a new one appears in the report by itself.
fn numerics() -> &'static [Numeric] {
    Numeric::value_variants()
}

/// Bytes of a model's numbers; `None` for what no board runs.
fn weight_bytes(model: &Model, numeric: Numeric) -> Result<Option<usize>> {
    match numeric {
        Numeric::F64 => Ok(None),
        Numeric::F32 => Ok(Some(lowered(model)?.bytes())),
    }
}

/// A table with a line for each number type.
pub fn section(scored: &Scored) -> Result<Markup> {
    let head = [
        "number type",
        "weights, bytes",
        "largest difference, nats",
        "99 % of rows below, nats",
        "rank agreement",
        "other verdicts",
        "AUROC",
    ];
    let (model, rows) = (&scored.subject.model, &scored.subject.data.table.values);
    let reference = score(model, rows, Numeric::F64, &|_| ())?;
    let (exact, verdicts) = (reference.to_f64(), reference.verdicts(model.threshold));
    let lines = numerics().iter().map(|&numeric| {
        let scores = match score(model, rows, numeric, &|_| ()) {
            Ok(scores) => scores,
            Err(error) => {
                return vec![
                    Cell::text(name(numeric)),
                    Cell::text(format!("cannot be made: {error}")),
                ];
            }
        };
        let found = scores.to_f64();
        let difference = difference(&exact, &found);
        let others = scores.verdicts(model.threshold);
        let others = others.iter().zip(&verdicts).filter(|(a, b)| a != b).count();
        let auroc = scored
            .labels()
            .and_then(|labels| metrics::auroc(&found, labels));
        vec![
            Cell::text(name(numeric)),
            bytes(weight_bytes(model, numeric).ok().flatten()),
            Cell::number(difference.largest, short(difference.largest)),
            Cell::number(difference.p99, short(difference.p99)),
            optional(difference.rank_agreement, |rho| format!("{rho:.6}")),
            Cell::number(others as f64, share(others, exact.len())),
            optional(auroc, |auroc| format!("{auroc:.5}")),
        ]
    });
    let lines = lines.collect();
    Ok(html! {
        p {
            "The same rows scored in each arithmetic, compared with the reference, the flow as it was trained, in f64. \
             A difference matters where it changes verdicts, not where it is small beside the scores."
        }
        (table(&head, lines))
    })
}

/// The type's name on the command line.
fn name(numeric: Numeric) -> String {
    let value = numeric.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_string())
}

fn bytes(bytes: Option<usize>) -> Cell {
    optional(bytes.map(|bytes| bytes as f64), |bytes| {
        count(bytes as usize)
    })
}

fn optional(value: Option<f64>, text: impl Fn(f64) -> String) -> Cell {
    value.map_or_else(Cell::absent, |value| Cell::number(value, text(value)))
}
