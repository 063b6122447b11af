//! Drawing; the only module that uses plotters.

use super::axis::Axis;
use super::ink::{Ink, classes};
use maud::PreEscaped;
use nice_flow_codegen::{Error, Result};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::io;

/// Drawing units per pixel of the page, since plotters uses integer coordinates.
const FINE: i32 = 4;

/// Width in pixels; about that of a phone, so that text keeps its size there.
pub const WIDTH: i32 = 480;

/// Height in pixels of most figures.
pub const HEIGHT: i32 = 300;

const TEXT: i32 = 13;

/// The area to draw on.
pub type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The result of drawing.
pub type Drawn<T = ()> = std::result::Result<T, DrawingAreaErrorKind<io::Error>>;

/// A drawing of `height` pixels as SVG; `description` is the alternative text.
pub fn svg(
    height: i32,
    description: &str,
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> Result<PreEscaped<String>> {
    let size = (WIDTH * FINE, height * FINE);
    let mut text = String::new();
    let canvas = SVGBackend::with_string(&mut text, (size.0 as u32, size.1 as u32));
    let canvas = canvas.into_drawing_area();
    draw(&canvas)
        .and_then(|()| canvas.present())
        .map_err(|error| Error::input("report", format!("cannot draw: {error}")))?;
    drop(canvas);
    let (_, drawing) = text.split_once('>').unwrap_or_default();
    let label = maud::html! { (description) };
    Ok(PreEscaped(format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{}",
        size.0,
        size.1,
        label.0,
        classes(drawing)
    )))
}

/// Two axes and the area between them.
pub struct Plot<'a, 'b> {
    x: Axis,
    y: Axis,
    chart: ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>,
}

impl<'a, 'b> Plot<'a, 'b> {
    /// Draws the axes.
    pub fn new(canvas: &'a Canvas<'b>, x: Axis, y: Axis) -> Drawn<Self> {
        let line = |shown: bool| if shown { TEXT * 3 / 2 } else { 0 };
        let bottom = line(!x.ticks.is_empty()) + line(!x.label.is_empty());
        let left = 8 * y.letters() as i32 + 4 + line(!y.label.is_empty());
        // Half of the text of a tick at the end.
        let right = match x.letters() as i32 {
            0 => 4,
            letters => (4 * letters + 4).max(16),
        };
        let mut chart = ChartBuilder::on(canvas)
            .margin(4 * FINE)
            .margin_right(right * FINE)
            .x_label_area_size(bottom * FINE)
            .y_label_area_size(if y.ticks.is_empty() { 0 } else { left * FINE })
            .build_cartesian_2d(x.clone(), y.clone())?;
        chart
            .configure_mesh()
            .bold_line_style(Ink::Grid.color().stroke_width(FINE as u32))
            .light_line_style(TRANSPARENT)
            .axis_style(Ink::Grid.color().stroke_width(FINE as u32))
            .label_style(text_style(TEXT))
            .axis_desc_style(text_style(TEXT))
            .set_all_tick_mark_size(4 * FINE)
            .x_desc(x.label.clone())
            .y_desc(y.label.clone())
            .draw()?;
        Ok(Self { x, y, chart })
    }

    /// A line through points; points outside the axes are drawn at the edge.
    pub fn line(&mut self, points: &[(f64, f64)], ink: Ink) -> Drawn {
        let style = ink.color().stroke_width(2 * FINE as u32);
        self.chart
            .draw_series([PathElement::new(points.to_vec(), style)])?;
        Ok(())
    }

    /// The area between a line and the bottom of the plot, lightly filled.
    pub fn area(&mut self, points: &[(f64, f64)], ink: Ink) -> Drawn {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Ok(());
        };
        let mut outline = points.to_vec();
        outline.extend([(last.0, self.y.range.0), (first.0, self.y.range.0)]);
        let fill = ink.color().mix(0.25).filled();
        self.chart.draw_series([Polygon::new(outline, fill)])?;
        self.line(points, ink)
    }

    /// Dots with a radius in pixels; dots outside the axes are left out.
    pub fn dots(&mut self, points: &[(f64, f64)], radius: f64, opacity: f64, ink: Ink) -> Drawn {
        let radius = (radius * f64::from(FINE)) as i32;
        let inside = points
            .iter()
            .filter(|(x, y)| self.x.contains(*x) && self.y.contains(*y));
        let style = ink.color().mix(opacity).filled();
        let dots = inside.map(|point| Circle::new(*point, radius, style));
        self.chart.draw_series(dots)?;
        Ok(())
    }

    /// A horizontal bar that starts at the left edge; `height` is in units of the vertical axis.
    pub fn bar(&mut self, length: f64, middle: f64, height: f64, ink: Ink) -> Drawn {
        let corners = [
            (self.x.range.0, middle - height / 2.0),
            (length, middle + height / 2.0),
        ];
        self.chart
            .draw_series([Rectangle::new(corners, ink.color().filled())])?;
        Ok(())
    }
}

/// Writes a title at the top of a canvas; returns the remaining area.
pub fn titled<'b>(canvas: &Canvas<'b>, title: &str) -> Drawn<Canvas<'b>> {
    canvas.titled(title, text_style(TEXT - 1))
}

fn text_style(size: i32) -> TextStyle<'static> {
    // plotters divides font sizes by 1.24.
    ("sans-serif", f64::from(size * FINE) * 1.24)
        .into_font()
        .color(&Ink::Text.color())
}
