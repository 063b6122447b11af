//! The HTML document around the sections.

use super::number::count;
use super::subject::Subject;
use super::training;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use nice_flow_codegen::Model;

const STYLE: &str = include_str!("style.css");
const SORT: &str = include_str!("sort.js");

/// The content security policy: browsers that obey it open no connection.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The whole document.
pub fn page(name: &str, sections: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (name) " – nice-flow report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header { h1 { (name) } }
                    (sections)
                }
                script { (PreEscaped(SORT)) }
            }
        }
    };
    page.into_string()
}

/// A description of the files from which the page was made.
pub fn origin(subject: &Subject) -> Markup {
    let model = &subject.model;
    html! {
        dl {
            dt { "model" } dd { (model.origin.file) ", " (model.origin.layout) }
            @if !model.origin.sha256.is_empty() { dt { "sha256" } dd.long { (model.origin.sha256) } }
            dt { "rows scored" } dd { (subject.data.file) ", " (count(subject.data.table.rows)) }
            @if !subject.data.table.ignored.is_empty() {
                dt { "rows ignored" } dd { (count(subject.data.table.ignored.len())) ", a cell is missing" }
            }
            @if let Some(train) = &subject.train {
                dt { "training rows" } dd { (train.file) ", " (count(train.table.rows)) }
            }
            dt { "features" } dd.long { (model.features.join(", ")) }
            @for (key, values) in facts(&subject.model) { dt { (key) } dd.long { (values) } }
            dt { "made by" } dd { "nice-flow-codegen " (env!("CARGO_PKG_VERSION")) }
        }
    }
}

/// The facts about training that no sentence tells; where the flows of an ensemble differ, those of each.
fn facts(model: &Model) -> Vec<(&String, String)> {
    let members = &model.members;
    let about = model.first().training.iter();
    let about = about.filter(|(key, _)| !training::tells(model, key));
    let lines = about.map(|(key, first)| {
        let values = members.iter().filter_map(|member| member.training.get(key));
        let values: Vec<&str> = values.map(String::as_str).collect();
        let agree = values.iter().all(|value| value == first);
        let text = match agree {
            true => first.clone(),
            false => values.join(", "),
        };
        (key, text)
    });
    lines.collect()
}
