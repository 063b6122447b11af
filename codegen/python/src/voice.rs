//! Messages of the library as the Python package says them: arguments in place of the command's options.

use nice_flow_codegen::numeric::Weights;

/// Sentences about options that Python has not, and what it says instead. `{}` is a name, up to the end of the word.
const SENTENCES: [(&str, &str); 11] = [
    ("leave it out with --skip {}", "leave it out of X"),
    ("without it (--skip {})", "without it"),
    (
        "; if it is no input, --skip {}",
        "; if it is no input, leave it out of X",
    ),
    (
        ", or --skip the column if it is no time",
        ", or leave the column out if it is no time",
    ),
    (
        "; --skip the column if it is no time",
        "; leave the column out if it is no time",
    ),
    (
        "; --skip leaves out columns that are no channels",
        "; leave out columns that are no channels",
    ),
    ("leave it out: --skip {}", "leave it out of X"),
    (
        "is it a label? --label {}",
        "is it a label? then give it as y",
    ),
    (
        "; --member takes one, from 0 to {}",
        "; Model.members are its flows",
    ),
    ("--write-manifest", "nice-flow import --write-manifest"),
    ("nice-flow calibrate", "Model.calibrate"),
];

/// Arguments that are true or false.
const FLAGS: [&str; 9] = [
    "commission",
    "drop_constant",
    "drop_incomplete",
    "golden",
    "log",
    "mean",
    "robust_scales",
    "statistics",
    "sum",
];

/// The command's own words, which stay: its verbs' options that Python does not have.
const KEPT: [&str; 4] = ["--features", "--no-probe", "--probe", "--write-manifest"];

/// The text with arguments of Python where it names options of the command.
pub fn in_python(text: &str) -> String {
    let theirs = format!("--numeric {}", Weights::names(" or "));
    let ours = format!("numeric='{}'", Weights::names("' or '"));
    let mut text = text.replace(&theirs, &ours);
    for (theirs, ours) in SENTENCES {
        text = replaced(&text, theirs, ours);
    }
    let (mut said, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(start) = rest.find("--") {
        let (before, option) = rest.split_at(start);
        said += before;
        let is_letter = |c: char| c.is_ascii_lowercase() || c == '-';
        let end = option[2..]
            .find(|c| !is_letter(c))
            .map_or(option.len(), |end| end + 2);
        let (name, behind) = option.split_at(end);
        let follows_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let is_option = name[2..].starts_with(char::is_alphabetic) && !follows_word;
        rest = match is_option && !KEPT.contains(&name) && !is_command(&said) {
            true => argument(&name[2..], behind, &mut said),
            false => {
                said += name;
                behind
            }
        };
    }
    said + rest
}

/// Whether what was said last is a command, whose options stay.
fn is_command(said: &str) -> bool {
    let phrase = said.rsplit([';', '(', '`', ',', ':']).next();
    phrase.is_some_and(|phrase| phrase.contains("nice-flow "))
}

/// Says the argument that an option is, with the value that follows; returns the text behind.
fn argument<'a>(option: &str, behind: &'a str, said: &mut String) -> &'a str {
    let name = match option {
        "names" => "feature_names".to_string(),
        "label" => "y".into(),
        "set" => return setting(behind, said),
        other => other.replace('-', "_"),
    };
    *said += &name;
    if FLAGS.contains(&name.as_str()) {
        if !behind.starts_with(':') {
            *said += "=True";
        }
        return behind;
    }
    let Some(value) = behind.strip_prefix(' ').map(word) else {
        return behind;
    };
    let is_value = ["layout", "manifest"].contains(&option) && !value.starts_with('(')
        || value.starts_with(|c: char| c.is_ascii_digit())
        || value.contains(':') && !value.ends_with(':')
        || value == "auto";
    if is_value && !value.is_empty() {
        *said += "=";
        *said += &literal(value);
        return &behind[1 + value.len()..];
    }
    behind
}

/// A setting of a layout, which is an argument of its own.
fn setting<'a>(behind: &'a str, said: &mut String) -> &'a str {
    let Some(pair) = behind.strip_prefix(' ').map(word) else {
        *said += "given";
        return behind;
    };
    match pair.split_once('=') {
        Some((key, value)) => {
            let is_placeholder =
                value.contains(['…', '|']) || value.chars().all(char::is_uppercase);
            let value = if is_placeholder {
                value.to_string()
            } else {
                literal(value)
            };
            *said += &format!("{key}={value}");
        }
        None => *said += pair,
    }
    &behind[1 + pair.len()..]
}

/// The first word of a text, without the punctuation behind it.
fn word(text: &str) -> &str {
    let end = text.find([' ', ';', ')', '\n']).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ',', '`'])
}

/// A value as Python writes it.
fn literal(value: &str) -> String {
    match value.parse::<f64>() {
        Ok(_) => value.into(),
        Err(_) => format!("'{value}'"),
    }
}

/// The text with a sentence in place of another, in which `{}` stands for a word.
fn replaced(text: &str, theirs: &str, ours: &str) -> String {
    let Some((head, tail)) = theirs.split_once("{}") else {
        return text.replace(theirs, ours);
    };
    let (mut said, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(head) {
        let behind = &rest[start + head.len()..];
        let end = behind.find(['\n', ';', ')']).unwrap_or(behind.len());
        let behind = &behind[end..];
        said += &rest[..start];
        match behind.strip_prefix(tail) {
            Some(behind) => {
                said += ours;
                rest = behind;
            }
            None => {
                said += &rest[start..rest.len() - behind.len()];
                rest = behind;
            }
        }
    }
    said + rest
}
