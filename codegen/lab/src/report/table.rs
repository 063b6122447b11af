//! A table whose columns can be sorted by a click.

use maud::{Markup, html};

/// A cell: the text that is shown and, if it has one, the number by which it is sorted.
pub struct Cell {
    text: Markup,
    key: Option<String>,
}

impl Cell {
    /// A cell that sorts as text.
    pub fn text(text: impl maud::Render) -> Self {
        let text = html! { (text) };
        Self { text, key: None }
    }

    /// A cell that sorts as a number; NaN sorts above all others.
    pub fn number(key: f64, text: impl maud::Render) -> Self {
        // The number as JavaScript writes it.
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

    /// A cell in place of a missing number; it sorts below all others.
    pub fn absent() -> Self {
        Self::number(f64::NEG_INFINITY, "–")
    }
}

/// A table that scrolls horizontally if it is wider than the screen.
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
