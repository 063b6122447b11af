//! An HTML page about a model and the rows that it scored, for people who decide whether to use the model.
//!
//! The page is self-contained: no network access, no framework, figures as SVG. The same inputs give the same bytes.
//! Each figure is a file with a function that takes `Scored`; [`report()`] places it on the page.

mod attribution;
mod axis;
mod context;
mod cost;
mod curves;
mod distribution;
mod drift;
mod drivers;
mod elements;
mod figure;
mod frames;
mod ink;
mod latent;
mod marginal;
mod number;
mod page;
mod pairs;
mod plot;
mod precision;
mod promise;
mod quantiles;
mod recording;
mod scale;
mod subject;
mod summary;
mod table;
mod timeline;
mod training;

pub use frames::{Frame, frames};
pub use recording::{Known, causes, recordings, verdict};
pub use subject::{Board, Rows, Subject};

use maud::{Markup, html};
use nice_flow_codegen::Result;
use subject::Scored;

/// The number of strangest rows whose causes are computed.
const STRANGE: usize = 100;

/// The page. `progress` is told of scored rows, which are all scored several times, and of none behind each figure.
pub fn report(subject: &Subject, progress: &(dyn Fn(usize) + Sync)) -> Result<String> {
    let scored = Scored::new(subject, progress)?;
    let strange = attribution::strangest(&scored, STRANGE)?;
    let ranking = drivers::ranking(&strange, subject.model.dim());
    let ranked: Vec<usize> = ranking.into_iter().map(|(feature, _)| feature).collect();
    let (latent_figures, latent_tables) = latent::figures(&scored)?;
    let told = |part: Markup| {
        progress(0);
        part
    };
    let sections = html! {
        section { (summary::section(&scored)) }
        section {
            h2 { "Scores" }
            div.figures {
                (told(distribution::figure(&scored)?))
                (told(timeline::figure(&scored)?))
                (told(context::figures(&scored)?))
                (told(curves::figures(&scored)?))
            }
        }
        section {
            h2 { "Strangest rows" }
            p { (drivers::method(&scored)) }
            (drivers::rows(&scored, &strange))
            div.figures { (told(drivers::figure(&scored, &strange)?)) }
        }
        section {
            h2 { "Is the density any good?" }
            div.figures { (latent_figures) (told(distribution::drawn(&scored)?)) (told(pairs::figure(&scored, &ranked)?)) }
            (latent_tables)
            (promise::section(&scored))
        }
        section { h2 { "Number types" } (told(precision::section(&scored)?)) }
        section { h2 { "Cost on a board" } (cost::section(&scored)) }
        (training::section(&subject.model))
        section { h2 { "Where it comes from" } (page::origin(subject)) }
    };
    Ok(page::page(&subject.model.name, sections))
}
