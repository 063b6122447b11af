//! What can go wrong, and whose fault it is.

use crate::text::{escaped, is_disruptive};
use std::fmt::Display;
use std::path::Path;

/// An error of the pipeline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be used: says where, what was expected and what was found.
    #[error("{place}: {message}")]
    Input {
        /// File, and the place in it.
        place: String,
        /// What was expected and what was found.
        message: String,
    },
    /// The input is fine, but a check that was asked for failed.
    #[error("{0}")]
    Check(String),
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
        }
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
            Self::Input { place, message } => Self::input(format!("{whole}: {place}"), message),
            check => check,
        }
    }

    /// Of the command: 1 where a check failed, 2 where the input is at fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Check(_) => 1,
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
    fn text_of_more_than_a_line_is_an_error_of_one_line() {
        assert!(expect_line("name", "größe, \"Δp\"").is_ok());
        for text in ["a\nb", "\x1b[2J", "\u{202e}", "\u{2028}"] {
            let error = expect_line("name", text).unwrap_err().to_string();
            assert!(error.starts_with("name: expected text without"), "{error}");
            assert!(!error.contains(is_disruptive), "{error}");
        }
    }
}
