//! The inputs that are to blame for flagged rows: columns of the table, and how often each is the first.

use super::Scored;
use super::written::number;
use crate::why::Causes;
use nice_flow_codegen::text::{counted, escaped};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// The most inputs that are printed.
const PRINTED: usize = 5;

impl Scored {
    /// Adds the columns `cause_1`, `usual_1` and so on, empty where a row has no such cause.
    pub(crate) fn add_causes(&mut self, causes: &Causes, features: &[String]) {
        for place in 0..causes.most {
            let of_rows = || causes.rows.iter().map(|causes| causes.get(place));
            let names = of_rows()
                .map(|cause| cause.map_or_else(String::new, |cause| features[cause.input].clone()));
            let usual =
                of_rows().map(|cause| cause.map_or_else(String::new, |cause| number(cause.usual)));
            let columns = [("cause", self.spread(names)), ("usual", self.spread(usual))];
            let columns =
                columns.map(|(name, texts)| (format!("{name}_{}", place + 1).into(), texts));
            self.columns.extend(columns);
        }
        let first = causes.rows.iter().filter_map(|causes| causes.first());
        let mut counts = vec![0; features.len()];
        first.for_each(|cause| counts[cause.input] += 1);
        let named = features.iter().cloned().zip(counts);
        self.blamed = named.filter(|(_, count)| *count > 0).collect();
        self.blamed.sort_by_key(|(_, count)| Reverse(*count));
    }

    /// Each input that is blamed first, with its number of rows.
    pub(super) fn blamed_json(&self) -> Value {
        let each = self.blamed.iter();
        each.map(|(name, rows)| json!({ "input": name, "rows": rows }))
            .collect()
    }

    /// The most frequent of them.
    pub(super) fn blamed_text(&self) -> String {
        let each = self.blamed.iter().take(PRINTED);
        let each =
            each.map(|(name, rows)| format!("{} in {}", escaped(name), counted(*rows, "row")));
        let more = self.blamed.len().saturating_sub(PRINTED);
        let text = each.collect::<Vec<_>>().join(", ");
        match more {
            0 => text,
            _ => format!("{text} and {}", counted(more, "more input")),
        }
    }
}
