//! How the flows were trained, and why so.

use super::number::{count, percent, short};
use super::table::{Cell, table};
use maud::{Markup, html};
use nice_flow_codegen::Model;
use nice_flow_codegen::model::Member;
use nice_flow_codegen::text::{counted, rounded};

/// The facts that the section tells; the page lists others by their names.
const TOLD: [&str; 19] = [
    "recipe",
    "reason",
    "prior",
    "couplings",
    "hidden",
    "depth",
    "trained_parameters",
    "parameters",
    "noise",
    "decay",
    "trim",
    "trimmed_rows",
    "seed",
    "rows",
    "given",
    "drawn_from",
    "steps",
    "held_out_nll_standard_units",
    "held_out_share",
];

/// A section of sentences, and a line for each flow; nothing for a model that `train` has not made.
pub fn section(model: &Model) -> Markup {
    let first = Facts(model.first());
    let Some(recipe) = first.text("recipe") else {
        return html! {};
    };
    let (who, behind) = match model.members.len() {
        1 => ("The flow was", ""),
        _ => ("Each flow was", "; they differ in what was drawn at random"),
    };
    html! {
        section {
            h2 { "How it was trained" }
            p {
                (who) " trained by the recipe " b { (recipe) } (first.rows()) ": " (first.sizes()) (behind) "."
                @if let Some(reason) = first.text("reason") { " Why this recipe: " (reason) "." }
            }
            @if let Some(sentence) = first.method() { p { (sentence) } }
            p {
                "Training keeps the flow under which rows that it does not learn from are likeliest, by the mean of −ln p, in nats a row of \
                 standardised inputs" (first.share()) ":"
            }
            (table(&["flow", "trained by gradient, numbers", "best after, steps", "held-out −ln p, nats a row"], lines(model)))
        }
    }
}

/// Whether the section tells the fact with this name, so that nobody else need.
pub fn tells(model: &Model, key: &str) -> bool {
    model.first().training.contains_key("recipe") && TOLD.contains(&key)
}

fn lines(model: &Model) -> Vec<Vec<Cell>> {
    let members = model.members.iter().enumerate();
    let line = |(index, member)| {
        let facts = Facts(member);
        let number = |key| facts.number(key);
        let whole =
            |key| number(key).map_or_else(Cell::absent, |n| Cell::number(n, count(n as usize)));
        let nll = number("held_out_nll_standard_units");
        vec![
            Cell::number(index as f64, count(index)),
            // `parameters` in files of earlier builds.
            whole(if number("trained_parameters").is_some() {
                "trained_parameters"
            } else {
                "parameters"
            }),
            whole("steps"),
            nll.map_or_else(Cell::absent, |nll| Cell::number(nll, rounded(nll, 3))),
        ]
    };
    members.map(line).collect()
}

/// What is known of a flow's training. A model file may hold any text, and less than training writes.
struct Facts<'a>(&'a Member);

impl<'a> Facts<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.0.training.get(key).map(String::as_str)
    }

    fn number(&self, key: &str) -> Option<f64> {
        let number: f64 = self.text(key)?.parse().ok()?;
        number.is_finite().then_some(number)
    }

    fn count(&self, key: &str) -> Option<usize> {
        self.text(key)?.parse().ok()
    }

    /// The rows that it learnt from: ` from 703 normal rows`.
    fn rows(&self) -> String {
        let rows = self.count("rows");
        let drawn = self.count("drawn_from");
        let drawn = drawn.map_or(String::new(), |all| format!(", drawn from {}", count(all)));
        rows.map_or(String::new(), |rows| {
            let end = if rows == 1 { "" } else { "s" };
            format!(" from {} normal row{end}{drawn}", count(rows))
        })
    }

    /// Layers and prior.
    fn sizes(&self) -> String {
        let layers = &self.0.flow.layers;
        let triangle = layers.iter().any(|layer| layer.kind() == "triangular");
        let triangle = triangle
            .then(|| "a triangular layer, which takes the covariance of the inputs off".into());
        let layers = triangle.into_iter().chain(self.couplings());
        let layers: Vec<String> = layers.collect();
        let layers = match layers.is_empty() {
            true => "no layers".into(),
            false => layers.join(", then "),
        };
        let prior = self.text("prior").unwrap_or(self.0.flow.prior.kind());
        let given = self.text("given");
        let given = given.map_or(String::new(), |names| format!(", given {names}"));
        format!("{layers}; the prior is a {prior}{given}")
    }

    fn couplings(&self) -> Option<String> {
        let couplings = self.count("couplings").filter(|count| *count > 0)?;
        let networks = match (self.count("depth"), self.count("hidden")) {
            (Some(depth), Some(hidden)) => {
                format!(" with {} of {hidden} units", counted(depth, "hidden layer"))
            }
            _ => String::new(),
        };
        Some(format!(
            "{}{networks}",
            counted(couplings, "additive coupling")
        ))
    }

    /// The share of the held-out rows that count.
    fn share(&self) -> String {
        let share = self.number("held_out_share");
        share.map_or_else(String::new, |share| {
            format!(
                ", without the least likely {} of them",
                percent(1.0 - share)
            )
        })
    }

    /// What was done to the rows and the weights.
    fn method(&self) -> Option<String> {
        let noise = self.number("noise")?;
        let decay = self.number("decay")?;
        let seed = self.text("seed")?;
        let trim = match (self.text("trim"), self.number("trim")) {
            (_, Some(0.0)) | (None, _) => String::new(),
            (_, Some(share)) => format!(
                " The least likely {} of each batch were left out.",
                percent(share)
            ),
            (Some(_), None) => {
                let rows = match self.count("trimmed_rows") {
                    Some(rows) => format!(
                        "{} that a first training found unlikely",
                        counted(rows, "row")
                    ),
                    None => "Rows that a first training found unlikely, if there were any".into(),
                };
                format!(
                    " {rows}, and of each batch the least likely 5 %, were left out (--trim auto)."
                )
            }
        };
        Some(format!(
            "Each step added normal noise of standard deviation {} to standardised inputs, and weights decay by a rate of {}; the seed is {seed}.{trim}",
            short(noise),
            short(decay)
        ))
    }
}
