//! The units of scores.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// The unit of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nats: the score is `−ln p` of a row in raw units.
    Nats,
    /// Tail scores: `−ln` of the share of normal rows that score as high.
    TailScores,
}

impl Unit {
    /// The word for a score with its unit, for axes and columns.
    pub fn score(self) -> &'static str {
        match self {
            Self::Nats => "score, nats",
            Self::TailScores => "tail score",
        }
    }

    /// The unit in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Nats => "nats",
            Self::TailScores => "tail scores",
        }
    }
}

/// The unit as it is written behind a number.
impl Display for Unit {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nats => "nats",
            Self::TailScores => "(tail score)",
        })
    }
}
