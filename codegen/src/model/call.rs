//! Calls of Python that made a model.

/// A call of the Python package, `nice_flow.train(X, members=1)` or `model.calibrate(X, false_alarm_rate=0.01)`, whose arguments are names
/// and literals.
///
/// A model file can hold any text, and this one is shown to be copied: nothing else than the call itself would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call(String);

/// A longer text is shown to nobody.
pub(super) const LONGEST: usize = 1 << 14;

impl Call {
    /// The call that a text is; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let call = Self(text.into());
        let is_line = |c: char| !c.is_control() && !crate::text::is_disruptive(c);
        let fits = text.len() <= LONGEST && text.chars().all(is_line);
        (fits && call.arguments().is_some()).then_some(call)
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text of an argument that was given by its name.
    pub fn argument(&self, name: &str) -> Option<&str> {
        let arguments = self.arguments()?.into_iter();
        let mut named = arguments.filter_map(|argument| argument.split_once('='));
        named.find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The texts of all arguments; `None` if this is no call of names and literals.
    fn arguments(&self) -> Option<Vec<&str>> {
        let rest = ["nice_flow.", "model."]
            .iter()
            .find_map(|it| self.0.strip_prefix(it))?;
        let (function, rest) = rest.split_once('(')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if function.is_empty() || !function.chars().all(is_name) {
            return None;
        }
        split(rest.strip_suffix(')')?)
    }
}

/// The arguments between commas that are in no string and in no list; `None` if there is more than names, numbers, strings and lists.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut all, mut start, mut depth, mut quote) = (vec![], 0, 0_usize, None);
    let mut characters = text.char_indices();
    while let Some((place, c)) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(characters.next()?),
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => {
                all.push(text[start..place].trim());
                start = place + 1;
            }
            (None, _) if c.is_ascii_alphanumeric() || "_=,.+- ".contains(c) => {}
            _ => return None,
        }
    }
    all.push(text[start..].trim());
    (quote.is_none() && depth == 0).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_names_and_literals_is_one_and_tells_its_arguments() {
        let text = r#"nice_flow.train(X, members=1, name='it\'s, (a) "pump"', given=['a', "b, c"], hold_out=2.5e-1)"#;
        let call = Call::parse(text).unwrap();
        assert_eq!(call.text(), text);
        assert_eq!(call.argument("members"), Some("1"));
        assert_eq!(call.argument("given"), Some(r#"['a', "b, c"]"#));
        assert_eq!(call.argument("hold_out"), Some("2.5e-1"));
        assert_eq!(call.argument("X"), None);
        assert!(Call::parse("model.calibrate(X, false_alarm_rate=0.01)").is_some());
    }

    #[test]
    fn what_would_run_something_else_is_no_call() {
        for text in [
            "nice_flow.train(X, name=__import__('os').system('x'))",
            "nice_flow.train(X); import os",
            "nice_flow.train(X) or exit()",
            "os.system('x')",
            "nice_flow.load('x').y(1)",
            "nice_flow.train(X, name='x)",
            r"nice_flow.train(X, name='x\')",
            "nice_flow.train(X]",
            "nice_flow.train(X, 'a\nb')",
            "nice_flow.train(X, '\u{202e}')",
            "nice_flow.train(X # )",
            "nice_flow.(X)",
            "",
        ] {
            assert_eq!(Call::parse(text), None, "{text}");
        }
    }
}
