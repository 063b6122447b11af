//! A figure of the page: drawing, legend, and how to read it.

use super::ink::Ink;
use super::plot::{Canvas, Drawn, svg};
use maud::{Markup, html};
use nice_flow_codegen::Result;

/// A figure before it is drawn.
pub struct Figure {
    /// Over the drawing.
    pub title: &'static str,
    /// What the colours mean.
    pub legend: Vec<(Ink, String)>,
    /// Height in pixels.
    pub height: i32,
    /// One sentence on how to read it, perhaps with what was left out.
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
