//! Names of a model's inputs.

use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::text::repeated;

/// An error if two inputs have the same name: their columns could not be told apart.
pub fn expect_unlike(names: &[String]) -> Result<()> {
    match repeated(names) {
        None => Ok(()),
        Some(i) => {
            let message = format!("expected another name for each, found {} twice", names[i]);
            Err(Error::input("names of the inputs", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_twice_are_refused() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert!(expect_unlike(&names("a b c")).is_ok());
        let error = expect_unlike(&names("a b a")).unwrap_err().to_string();
        assert!(error.contains("found a twice"), "{error}");
    }
}
