//! The context that `--given` asks for.

use nice_flow_codegen::Error;
use nice_flow_codegen::text::repeated;
use nice_flow_lab::table::Hours;

/// A name as it stands between commas, without the blanks around it.
pub(super) fn name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected the names of columns with commas between, found an empty one".into()),
        name => Ok(name.into()),
    }
}

/// The features that are context: a column is one, the hour of a column of times is two.
pub(super) fn names(given: &[String]) -> Vec<String> {
    let one = |text: &String| match Hours::asked(text) {
        Some(hours) => hours.features().to_vec(),
        None => vec![text.clone()],
    };
    given.iter().flat_map(one).collect()
}

/// The hour that is asked for, if one is; an error for several, since rows have one time, and for a column that is named twice.
pub(super) fn hours(given: &[String]) -> nice_flow_codegen::Result<Option<Hours>> {
    if let Some(twice) = repeated(given) {
        let message = format!("expected each column once, found {} twice", given[twice]);
        return Err(Error::input("--given", message));
    }
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
