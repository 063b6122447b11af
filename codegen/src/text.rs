//! Text from untrusted files: what a model file may contain, and how other text is shown.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::path::Path;

/// Whether a character would end a line, move a terminal's cursor or change the writing direction: control characters,
/// line and paragraph separators, and bidirectional formatting characters.
pub fn is_disruptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// The text on one line, with disruptive characters escaped as in JSON: `\u001b`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, is_disruptive)
}

/// The first characters of a text; `…` stands for those beyond `most`.
pub fn begun(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The most characters of a name in a list: a file whose first cell never ends is one name.
const SHOWN: usize = 80;

/// The first names, with commas between, and how many more there are than `most`.
pub fn listed(names: &[String], most: usize) -> String {
    let named: Vec<_> = names
        .iter()
        .take(most)
        .map(|name| begun(name, SHOWN))
        .collect();
    let named = named.join(", ");
    match names.len().saturating_sub(most) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// A number of things, in singular or plural: `1 part`, `3 parts`.
pub fn counted(count: usize, thing: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{end}")
}

/// The word that goes with a number of things: `one` with 1, else `several`.
pub fn agreeing<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// A number with so many digits behind the point; what rounds to zero has no sign: `0.00`, not `-0.00`.
pub fn rounded(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let is_zero = text.bytes().all(|byte| b"-0.".contains(&byte));
    match text.strip_prefix('-') {
        Some(rest) if is_zero => rest.into(),
        _ => text,
    }
}

/// The same with a sign, also of a positive number: `+1.20`, but `0.00`.
pub fn signed(number: f64, digits: usize) -> String {
    let text = rounded(number, digits);
    let is_zero = text.bytes().all(|byte| b"0.".contains(&byte));
    match is_zero || text.starts_with('-') {
        true => text,
        false => format!("+{text}"),
    }
}

/// A number with so many digits behind the point, as `1.2e-3`; zero without an exponent.
pub fn scientific(number: f64, digits: usize) -> String {
    match number == 0.0 {
        true => "0".into(),
        false => format!("{number:.digits$e}"),
    }
}

/// A number without a row of zeros: as `12.5`, or as `1e300` where that is shorter.
pub fn short(number: f64) -> String {
    match number == 0.0 || !number.is_finite() || (1e-5..1e16).contains(&number.abs()) {
        true => number.to_string(),
        false => format!("{number:e}"),
    }
}

/// The text as one word of a shell's command line, on one line: in single quotes unless it needs none.
pub fn as_word(text: &str) -> String {
    let text = escaped(text);
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:,=+@%".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// The same for a word that may be an option, `--name` or `--name=value`, which stays one.
pub fn as_option(word: &str) -> String {
    let is_name = |name: &str| {
        let letters = |c: char| c.is_ascii_lowercase() || c == '-';
        name.len() > 2 && name.starts_with("--") && name.chars().all(letters)
    };
    match word.split_once('=') {
        Some((name, value)) if is_name(name) => format!("{name}={}", as_word(value)),
        None if is_name(word) => word.into(),
        _ => as_word(word),
    }
}

/// The words of a line that was put together of [`as_word`] and [`as_option`]; `None` if a quote is not closed.
pub fn words(line: &str) -> Option<Vec<String>> {
    let (mut all, mut word, mut is_quoted) = (vec![], None::<String>, false);
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if !is_quoted => word.get_or_insert_default().push(rest.next()?),
            ' ' if !is_quoted => all.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    (!is_quoted).then_some(all)
}

/// The name of a file, without its folder, on one line.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    escaped(&name.to_string_lossy()).into_owned()
}

/// The text for a terminal: line breaks are kept, other disruptive characters are escaped.
///
/// JSON stays valid JSON with the same meaning.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_disruptive(c) && c != '\n')
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_escaped(c) {
            true => shown += &format!("\\u{:04x}", u32::from(c)),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The place of the first name that stands before it too.
pub fn repeated<T: Eq + Hash>(names: &[T]) -> Option<usize> {
    let mut before = HashSet::with_capacity(names.len());
    names.iter().position(|name| !before.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_part_it() {
        for (text, word) in [
            ("pump-1.csv", "pump-1.csv"),
            ("speed,time:hour", "speed,time:hour"),
            ("my pump.csv", "'my pump.csv'"),
            ("$(rm x)", "'$(rm x)'"),
            ("it's", r"'it'\''s'"),
            ("-o", "'-o'"),
            ("", "''"),
            ("a\nb", r"'a\u000ab'"),
        ] {
            assert_eq!(as_word(text), word);
        }
        for word in [
            "a b",
            "it's",
            "-1",
            "--",
            "--seed",
            "--counts=unit=1;zero=2",
            "; rm -rf x",
            "\\",
            "",
        ] {
            assert_eq!(words(&as_option(word)), Some(vec![word.to_string()]));
        }
        assert_eq!(as_option("--seed"), "--seed");
        assert_eq!(
            as_option("--counts=unit=1;zero=2"),
            "--counts='unit=1;zero=2'"
        );
        assert_eq!(words("a 'b c"), None);
        assert_eq!(
            counted(1, "part") + " and " + &counted(0, "row"),
            "1 part and 0 rows"
        );
        assert_eq!(
            [0, 1, 2].map(|n| agreeing(n, "is", "are")),
            ["are", "is", "are"]
        );
        assert_eq!([0.0, 0.00123].map(|x| scientific(x, 1)), ["0", "1.2e-3"]);
        assert_eq!(
            [-0.004, -0.006, 0.004, -1.0, f64::NEG_INFINITY].map(|x| rounded(x, 2)),
            ["0.00", "-0.01", "0.00", "-1.00", "-inf"]
        );
        assert_eq!(
            [-0.04, 0.04, 0.06, -0.06].map(|x| signed(x, 1)),
            ["0.0", "0.0", "+0.1", "-0.1"]
        );
    }

    #[test]
    fn lists_end_whatever_is_in_them() {
        assert_eq!(
            [begun("", 1), begun("°", 1), begun("°C", 1)],
            ["", "°", "°…"]
        );
        let names = ["a".into(), "°".repeat(81), "b".into(), "c".into()];
        let start = format!("a, {}…", "°".repeat(80));
        assert_eq!(listed(&names, 2), format!("{start} and 2 more"));
        assert_eq!(listed(&names, 4), format!("{start}, b, c"));
    }

    #[test]
    fn the_first_name_that_stands_before_is_found_among_many() {
        assert_eq!(repeated(&["a", "b", "c", "b", "a"]), Some(3));
        assert_eq!(repeated::<u8>(&[]), None);
        let mut names: Vec<u32> = (0..300_000).collect();
        assert_eq!(repeated(&names), None);
        names[299_999] = 7;
        assert_eq!(repeated(&names), Some(299_999));
    }

    const HOSTILE: &str = "a\n\r\t\x1b[2J\x07\x7f\u{9b}\u{202e}\u{2028}\u{2066}é";

    #[test]
    fn what_is_disruptive_is_escaped_and_the_rest_stays() {
        let shown = escaped(HOSTILE);
        assert_eq!(
            shown,
            "a\\u000a\\u000d\\u0009\\u001b[2J\\u0007\\u007f\\u009b\\u202e\\u2028\\u2066é"
        );
        assert!(!shown.chars().any(is_disruptive));
        assert!(matches!(
            escaped("größe, \"Δp\" 💧 *//\\"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn json_on_a_terminal_means_the_same() {
        let json = serde_json::json!({ HOSTILE: [HOSTILE, 1] });
        let shown = for_terminal(&json.to_string()).into_owned();
        assert!(!shown.chars().any(is_disruptive));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            json
        );
        assert_eq!(for_terminal("two\nlines\x1b"), "two\nlines\\u001b");
    }

    #[test]
    fn a_file_name_is_one_line() {
        assert_eq!(file_name(Path::new("folder/a\nb.pt")), "a\\u000ab.pt");
    }
}
