//! What colours mean; the page's style sheet says what they are, in light and in dark.

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
    /// A dashed line: a limit or a law to compare with.
    Limit,
    /// A dashed line, fainter.
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

    /// What stands for it while plotters draws.
    pub fn color(self) -> RGBColor {
        RGBColor(0, 0, self as u8)
    }
}

/// Puts classes in the place of colours, and leaves out attributes that say what holds anyway.
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
