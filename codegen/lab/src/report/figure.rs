//! A figure of the page: a drawing, a legend, and a sentence on how to read it.

use super::ink::Ink;
use super::plot::{Canvas, Drawn, svg};
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// A figure that has not been drawn yet.
pub struct Figure {
    /// The title above the drawing.
    pub title: &'static str,
    /// The legend: colours and their meaning.
    pub legend: Vec<(Ink, String)>,
    /// Height in pixels.
    pub height: i32,
    /// A sentence on how to read it, and on what was left out, if anything.
    pub reading: String,
}

impl Figure {
    /// The finished figure.
    pub fn draw(self, draw: impl FnOnce(&Canvas) -> Drawn) -> Result<Markup> {
        let drawing = svg(self.height, self.title, draw)?;
        Ok(html! {
            figure {
                h3 { (self.title) }
                @if !self.legend.is_empty() {
                    ul.legend {
                        @for (ink, text) in &self.legend {
                            li { span class={ "swatch " (ink.class()) } {} (text) }
                        }
                    }
                }
                (drawing)
                figcaption { (self.reading) }
            }
        })
    }
}
