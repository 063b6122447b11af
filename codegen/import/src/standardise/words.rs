//! Words in the names of statistics.

/// Words for rows that are not those of the inputs.
const OTHER_ROWS: [&str; 9] = [
    "y", "target", "targets", "output", "outputs", "context", "cond", "label", "labels",
];

/// Whether a word says that statistics are of rows that are not the inputs.
pub(super) fn is_other(word: &str) -> bool {
    OTHER_ROWS.contains(&word)
}

/// The words of a name, in lower case, part by part.
pub(super) fn parts(name: &str) -> Vec<Vec<String>> {
    let words = |part: &str| -> Vec<String> {
        let words = part.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    name.split('.').map(words).collect()
}

/// Whether a name says so.
pub(super) fn is_of_other_rows(name: &str) -> bool {
    parts(name).iter().flatten().any(|word| is_other(word))
}
