//! What can go wrong, and whose fault it is.

use crate::text::{escaped, is_disruptive};
use std::error::Error as Cause;
use std::fmt::Display;
use std::path::Path;

/// An error of the pipeline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input cannot be used: says where, what was expected and what was found.
    #[error("{place}: {message}")]
    Input {
        /// File, and the place in it.
        place: String,
        /// What was expected and what was found.
        message: String,
        /// The error of the system or of a library behind it, if there is one.
        source: Option<Box<dyn Cause + Send + Sync>>,
    },
    /// The input is fine, but a check that was asked for failed.
    #[error("{0}")]
    Check(String),
    /// A checkpoint was read, and its log-densities are not those that its own library computed.
    #[error("{0}")]
    Probe(Box<Disagreement>),
}

/// How far the log-densities of a reading are from those of a probe.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Disagreement {
    /// All of it in a sentence, with what it hints at.
    pub message: String,
    /// Rows compared.
    pub rows: usize,
    /// Rows that differ by more than rounding.
    pub wrong: usize,
    /// The median of the differences in nats, without sign.
    pub median: f64,
    /// The row that differs most, counted from 0.
    pub row: usize,
    /// The probe's log-density of that row in nats.
    pub expected: f64,
    /// Ours.
    pub found: f64,
}

/// What a step of the pipeline gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An input error at a place: a file, a layer, an option.
    pub fn input(place: impl Display, message: impl Display) -> Self {
        Self::Input {
            // The names of files and tensors are whatever their authors liked.
            place: escaped(&place.to_string()).into_owned(),
            message: message.to_string(),
            source: None,
        }
    }

    /// An input error at a place, from the error of the system or of a library.
    pub fn caused(place: impl Display, cause: impl Cause + Send + Sync + 'static) -> Self {
        match Self::input(place, &cause) {
            Self::Input { place, message, .. } => Self::Input {
                place,
                message,
                source: Some(Box::new(cause)),
            },
            other => other,
        }
    }

    /// The same in a file.
    pub fn caused_in(path: &Path, cause: impl Cause + Send + Sync + 'static) -> Self {
        Self::caused(path.display(), cause)
    }

    /// An input error in a file.
    pub fn file(path: &Path, message: impl Display) -> Self {
        Self::input(path.display(), message)
    }

    /// Names the file in which a place is.
    pub fn in_file(self, path: &Path) -> Self {
        self.within(path.display())
    }

    /// Names what a place is in.
    pub fn within(self, whole: impl Display) -> Self {
        match self {
            Self::Input {
                place,
                message,
                source,
            } => Self::Input {
                place: escaped(&format!("{whole}: {place}")).into_owned(),
                message,
                source,
            },
            Self::Probe(mut disagreement) => {
                let message = &disagreement.message;
                disagreement.message = format!("{}: {message}", escaped(&whole.to_string()));
                Self::Probe(disagreement)
            }
            check => check,
        }
    }

    /// Of the command: 1 where a check failed, 2 where the input is at fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Check(_) | Self::Probe(_) => 1,
            Self::Input { .. } => 2,
        }
    }
}

/// An error unless the text stands on one line as it is.
pub fn expect_line(place: &str, text: &str) -> Result<()> {
    match text.chars().find(|c| is_disruptive(*c)) {
        None => Ok(()),
        Some(c) => {
            let message = format!(
                "expected text without control characters, ends of lines or changes of direction, found {c:?} in {text:?}"
            );
            Err(Error::input(place, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_behind_it_is_the_source() {
        let cause = std::io::Error::other("the disk is gone");
        let error = Error::caused_in(Path::new("m"), cause).within("run");
        assert_eq!(error.to_string(), "run: m: the disk is gone");
        assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
    }

    #[test]
    fn text_of_more_than_a_line_is_an_error_of_one_line() {
        assert!(expect_line("name", "größe, \"Δp\"").is_ok());
        for text in ["a\nb", "\x1b[2J", "\u{202e}", "\u{2028}"] {
            let error = expect_line("name", text).unwrap_err().to_string();
            assert!(error.starts_with("name: expected text without"), "{error}");
            assert!(!error.contains(is_disruptive), "{error}");
        }
    }
}
