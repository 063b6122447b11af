//! What scores are measured in.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// The unit of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Of `−ln p` of a row in raw units.
    Nats,
    /// Of tail scores, `−ln` of the share of normal rows that score as high.
    TailScores,
}

impl Unit {
    /// A score with its unit, as axes and columns are named.
    pub fn score(self) -> &'static str {
        match self {
            Self::Nats => "score, nats",
            Self::TailScores => "tail score",
        }
    }

    /// Several of it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Nats => "nats",
            Self::TailScores => "tail scores",
        }
    }
}

/// As it stands behind a number.
impl Display for Unit {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nats => "nats",
            Self::TailScores => "(tail score)",
        })
    }
}
