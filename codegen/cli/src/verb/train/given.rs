//! The context that `--given` asks for.

use nice_flow_codegen::{Error, Result};
use nice_flow_lab::table::Hours;

/// The features that are context: a column is one, the hour of a column of times is two.
pub(super) fn names(given: &[String]) -> Vec<String> {
    let one = |text: &String| match Hours::asked(text) {
        Some(hours) => hours.features().to_vec(),
        None => vec![text.clone()],
    };
    given.iter().flat_map(one).collect()
}

/// The hour that is asked for, if one is; an error for several, since rows have one time.
pub(super) fn hours(given: &[String]) -> Result<Option<Hours>> {
    let mut asked = given.iter().filter_map(|text| Hours::asked(text));
    let hours = asked.next();
    match asked.next() {
        None => Ok(hours),
        Some(Hours { column }) => {
            let message = format!("expected the hour of one column, found that of {column} too");
            Err(Error::input("--given", message))
        }
    }
}
