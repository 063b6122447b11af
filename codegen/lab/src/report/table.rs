//! A table whose columns sort at a click.

use maud::{Markup, html};

/// A cell: what is shown, and the number it sorts by if it has one.
pub struct Cell {
    text: Markup,
    key: Option<String>,
}

impl Cell {
    /// Sorts as text.
    pub fn text(text: impl maud::Render) -> Self {
        let text = html! { (text) };
        Self { text, key: None }
    }

    /// Sorts as a number, NaN above all others.
    pub fn number(key: f64, text: impl maud::Render) -> Self {
        // As JavaScript writes it.
        let key = match key.is_finite() {
            true => key.to_string(),
            false if key < 0.0 => "-Infinity".into(),
            false => "Infinity".into(),
        };
        Self {
            text: html! { (text) },
            key: Some(key),
        }
    }

    /// In the place of a number that there is not; sorts below all.
    pub fn absent() -> Self {
        Self::number(f64::NEG_INFINITY, "–")
    }
}

/// A table that scrolls by itself where it is wider than the screen.
pub fn table(head: &[&str], rows: Vec<Vec<Cell>>) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead { tr { @for name in head { th scope="col" { button type="button" { (name) } } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for cell in row {
                                @match &cell.key {
                                    Some(key) => td.number data-key=(key) { (cell.text) },
                                    None => td { (cell.text) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
