//! The meanings of colours. The style sheet of the page defines the colours, for light and dark mode.

use plotters::style::RGBColor;

/// A colour by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Ink {
    Text,
    Grid,
    Train,
    Normal,
    Anomaly,
    Model,
    /// A dashed line: a limit, or a distribution to compare with.
    Limit,
    /// A fainter dashed line: the result of guessing.
    Chance,
}

impl Ink {
    const ALL: [Self; 8] = [
        Self::Text,
        Self::Grid,
        Self::Train,
        Self::Normal,
        Self::Anomaly,
        Self::Model,
        Self::Limit,
        Self::Chance,
    ];

    /// Its class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Grid => "grid",
            Self::Train => "train",
            Self::Normal => "normal",
            Self::Anomaly => "anomaly",
            Self::Model => "model",
            Self::Limit => "limit",
            Self::Chance => "chance",
        }
    }

    /// The colour that represents it while plotters draws.
    pub fn color(self) -> RGBColor {
        RGBColor(0, 0, self as u8)
    }
}

/// Replaces colours by classes, and removes attributes that have default values.
pub fn classes(svg: &str) -> String {
    let mut svg = svg
        .replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\" stroke-width=\"1\"", "");
    for ink in Ink::ALL {
        let (color, class) = (format!("\"#0000{:02X}\"", ink as u8), ink.class());
        svg = svg
            .replace(&format!("fill={color}"), &format!("class=\"f {class}\""))
            .replace(&format!("stroke={color}"), &format!("class=\"s {class}\""));
    }
    svg
}
