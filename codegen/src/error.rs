//! What can go wrong, and whose fault it is.
//!
//! Texts from files are in messages as they are; an error shows them without what a terminal would obey.

use crate::text::{escaped, for_terminal, is_disruptive};
use std::error::Error as Cause;
use std::fmt::Display;
use std::path::Path;

/// An error of the pipeline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input cannot be used; the error says where, what was expected and what was found.
    #[error("{place}: {}", for_terminal(message))]
    Input {
        /// The file, and the place in it.
        place: String,
        /// What was expected and what was found.
        message: String,
        /// The underlying error of the system or of a library, if there is one.
        source: Option<Box<dyn Cause + Send + Sync>>,
    },
    /// The input is fine, but a check that was asked for failed.
    #[error("{}", for_terminal(.0))]
    Check(String),
    /// A checkpoint was read, but the model's log-densities are not those that the checkpoint's own library computed.
    #[error("{0}")]
    Probe(Box<Disagreement>),
}

/// How far the log-densities of an imported model are from those of a probe.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", for_terminal(message))]
pub struct Disagreement {
    /// The whole comparison in a sentence, with the likely cause.
    pub message: String,
    /// Rows compared.
    pub rows: usize,
    /// Rows that differ by more than rounding.
    pub wrong: usize,
    /// The median of the absolute differences, in nats.
    pub median: f64,
    /// The row that differs most, counted from 0.
    pub row: usize,
    /// The probe's log-density of that row in nats.
    pub expected: f64,
    /// The model's log-density of that row, in nats.
    pub found: f64,
}

/// The result of a step of the pipeline.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An input error at a place: a file, a layer, an option.
    pub fn input(place: impl Display, message: impl Display) -> Self {
        Self::Input {
            // Names of files and tensors can hold any characters.
            place: escaped(&place.to_string()).into_owned(),
            message: message.to_string(),
            source: None,
        }
    }

    /// An input error at a place, with the underlying error of the system or of a library.
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

    /// An input error in a file, with the underlying error.
    pub fn caused_in(path: &Path, cause: impl Cause + Send + Sync + 'static) -> Self {
        Self::caused(path.display(), cause)
    }

    /// An input error in a file.
    pub fn file(path: &Path, message: impl Display) -> Self {
        Self::input(path.display(), message)
    }

    /// Adds a way out to the message of an input error.
    pub fn advised(self, way_out: impl Display) -> Self {
        match self {
            Self::Input {
                place,
                message,
                source,
            } => Self::Input {
                place,
                message: format!("{message}; {way_out}"),
                source,
            },
            other => other,
        }
    }

    /// Puts a file in the place of an input error: what the user knows of, where that is another one on the way to it.
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::Input {
                message, source, ..
            } => Self::Input {
                place: escaped(&path.display().to_string()).into_owned(),
                message,
                source,
            },
            other => other,
        }
    }

    /// Adds the file to the place of an input error.
    pub fn in_file(self, path: &Path) -> Self {
        self.within(path.display())
    }

    /// Adds the enclosing part, such as a member of an ensemble, to the place of an input error.
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

    /// The exit status of the command: 1 if a check failed, 2 if the input is at fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Check(_) | Self::Probe(_) => 1,
            Self::Input { .. } => 2,
        }
    }
}

/// An error unless the text is a single line without control characters.
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
    fn what_a_terminal_obeys_is_shown_and_not_done() {
        let wild = "unknown key \x1b[31m";
        let errors = [
            Error::input("m", wild),
            Error::caused("m", std::io::Error::other(wild)),
            Error::input("m", "no").advised(wild),
            Error::Check(wild.into()),
        ];
        for error in errors {
            let shown = error.to_string();
            assert!(shown.ends_with("unknown key \\u001b[31m"), "{shown}");
        }
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
