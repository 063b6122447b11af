//! The command line as its user gave it, so that it can be given again.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use nice_flow_codegen::Model;
use nice_flow_codegen::model::Step;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A verb with what its user gave it; nothing if that is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(Option<(Command, ArgMatches)>);

impl Said {
    /// What was said to the verb among the words of a whole command.
    pub(super) fn of(command: &Command, matches: &ArgMatches) -> Self {
        let verb = matches.subcommand();
        let verb = verb.and_then(|(name, matches)| {
            let verb = command.find_subcommand(name)?;
            Some((verb.clone(), matches.clone()))
        });
        Self(verb)
    }

    /// Operands, then options in the order of the help, but without some of them; files are without their folders.
    pub(super) fn without(&self, left_out: &[&str]) -> Option<Vec<String>> {
        self.words(|id| !left_out.contains(&id) && !["output", "json"].contains(&id))
    }

    /// Only some of them.
    pub(super) fn only(&self, taken: &[&str]) -> Option<Vec<String>> {
        self.words(|id| taken.contains(&id))
    }

    fn words(&self, is_taken: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let (verb, matches) = self.0.as_ref()?;
        let is_said = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let taken = verb.get_arguments().filter(|argument| {
            let id = argument.get_id().as_str();
            is_taken(id) && is_said(id)
        });
        let (operands, options): (Vec<&Arg>, Vec<&Arg>) =
            taken.partition(|argument| argument.is_positional());
        let all = operands.into_iter().chain(options);
        Some(all.flat_map(|argument| words(argument, matches)).collect())
    }
}

/// Keeps in a model what was said to the verb that made it, if that is known.
pub(super) fn keep(model: &mut Model, step: Step, verb: &str, words: Option<Vec<String>>) {
    let line = words.map(|words| [vec![verb.to_string()], words].concat());
    model.keep_step(step, line.as_deref());
}

/// The words of an argument, as often as it was given.
fn words(argument: &Arg, matches: &ArgMatches) -> Vec<String> {
    let id = argument.get_id().as_str();
    let name = argument.get_long().map(|name| format!("--{name}"));
    if matches!(argument.get_action(), ArgAction::SetTrue) {
        return name.into_iter().collect();
    }
    let mut words = vec![];
    for values in matches.get_raw_occurrences(id).into_iter().flatten() {
        let mut values = names(&values.collect::<Vec<_>>());
        if let Some(separator) = argument.get_value_delimiter() {
            values = vec![values.join(&separator.to_string())];
        }
        match (&name, argument.is_require_equals_set()) {
            (Some(name), true) => words.push(format!("{name}={}", values.concat())),
            (name, _) => words.extend(name.iter().cloned().chain(values)),
        }
    }
    words
}

/// Values; of files that are there only the last parts of their paths, as many as tell them apart.
fn names(values: &[&OsStr]) -> Vec<String> {
    let longest = values.iter().map(|value| Path::new(value).iter().count());
    let lengths = 1..=longest.max().unwrap_or(1);
    let all = |parts| values.iter().map(|value| name(value, parts)).collect();
    let apart = |names: &Vec<String>| (1..names.len()).all(|i| !names[..i].contains(&names[i]));
    let found = lengths.map(all).find(apart);
    found.unwrap_or_else(|| all(usize::MAX))
}

/// A value; of a file that is there, the last parts of its path, which no command takes for an option.
fn name(value: &OsStr, parts: usize) -> String {
    let path = Path::new(value);
    let is_there = (path.is_file() || path.is_dir()) && !path.starts_with("/dev");
    if !is_there {
        return value.to_string_lossy().into_owned();
    }
    let before = path.iter().count().saturating_sub(parts);
    let last: PathBuf = path.iter().skip(before).collect();
    match last.to_string_lossy() {
        name if name.starts_with('-') => format!("./{name}"),
        name => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;
    use clap::CommandFactory;

    fn said(line: &str, left_out: &[&str]) -> String {
        let mut command = Cli::command();
        let matches = command.try_get_matches_from_mut(line.split(' ')).unwrap();
        let words = Said::of(&command, &matches).without(left_out).unwrap();
        words.join(" ")
    }

    #[test]
    fn what_was_said_is_said_again_without_where_it_goes() {
        let line = "nice-flow train src/lib.rs --given a,b -o m.st --only x --only y,z c.csv --drop-constant --seed 0 --json";
        let again = "lib.rs c.csv --only x --only y,z --drop-constant --given a,b --seed 0";
        assert_eq!(said(line, &[]), again);
        let line = "nice-flow bench m.st --counts --counts=unit=2 --numeric i8,i16";
        let line = line.replace("--counts --", "--");
        assert_eq!(said(&line, &["model"]), "--numeric i8,i16 --counts=unit=2");
        let line = "nice-flow train src/rows.rs src/verb/train/rows.rs /dev/null -o m.st";
        let again = "src/rows.rs train/rows.rs /dev/null";
        assert_eq!(said(line, &[]), again);
        assert_eq!(Said::default().without(&[]), None);
    }
}
