//! Numbers beside a flow that look like the statistics of its rows, in forms that are not read.

use super::words::{is_of_other_rows, parts};
use std::collections::BTreeMap;

/// Words for the middle of a column.
const MIDDLE: [&str; 6] = ["mean", "means", "mu", "avg", "average", "median"];

/// Words for its spread.
const SPREAD: [&str; 8] = [
    "std",
    "stds",
    "stdev",
    "sd",
    "sigma",
    "deviation",
    "var",
    "variance",
];

/// Words that mean the middle or the spread where an array has a number for each input, or where the name says that it is about
/// statistics; elsewhere they may be anything.
const MIDDLE_OF_MANY: [&str; 8] = [
    "loc", "center", "centre", "offset", "shift", "min", "minimum", "mins",
];
const SPREAD_OF_MANY: [&str; 9] = [
    "scale", "scales", "spread", "range", "iqr", "max", "maximum", "maxs", "factor",
];

/// Words for a place of statistics.
const PLACES: [&str; 12] = [
    "stats",
    "stat",
    "statistics",
    "norm",
    "normalization",
    "normalisation",
    "normalizer",
    "standardization",
    "standardize",
    "scaler",
    "scaling",
    "preprocessing",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Middle,
    Spread,
}

/// Numbers by their name, one for each input or one alone.
pub(super) struct Candidate<'a> {
    pub name: &'a str,
    pub data: &'a [f64],
}

impl Candidate<'_> {
    fn kind(&self, word: &str, about: bool) -> Option<Kind> {
        let many = about || self.data.len() > 1;
        match word {
            _ if MIDDLE.contains(&word) || many && MIDDLE_OF_MANY.contains(&word) => {
                Some(Kind::Middle)
            }
            _ if SPREAD.contains(&word) || many && SPREAD_OF_MANY.contains(&word) => {
                Some(Kind::Spread)
            }
            _ => None,
        }
    }

    /// Each word of the name that says what the numbers are: what it says, the name without it, and the name up to its part.
    fn readings(&self) -> Vec<(Kind, String, String)> {
        let parts = parts(self.name);
        let about = parts
            .iter()
            .flatten()
            .any(|word| PLACES.contains(&word.as_str()));
        let mut found = vec![];
        for (i, words) in parts.iter().enumerate() {
            for (k, word) in words.iter().enumerate() {
                if let Some(kind) = self.kind(word, about) {
                    let mut others = parts.clone();
                    others[i][k] = "*".into();
                    let key: Vec<String> = others.iter().map(|words| words.join("_")).collect();
                    let shown: Vec<&str> = self.name.split('.').take(i + 1).collect();
                    found.push((kind, key.join("."), shown.join(".")));
                }
            }
        }
        found
    }

    /// Whether the numbers would change nothing, as what parts are before they are fitted.
    fn is_neutral(&self, kind: Kind) -> bool {
        let neutral = if kind == Kind::Middle { 0.0 } else { 1.0 };
        self.data.iter().all(|number| *number == neutral)
    }
}

/// The names of those that look like a middle and a spread of the same rows.
pub(super) fn alike(candidates: &[Candidate]) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<(Kind, String, bool)>> = BTreeMap::new();
    let usable = |candidate: &&Candidate| {
        let is_running = parts(candidate.name)
            .iter()
            .flatten()
            .any(|word| word == "running");
        !is_running && !is_of_other_rows(candidate.name)
    };
    for candidate in candidates.iter().filter(usable) {
        for (kind, key, shown) in candidate.readings() {
            let neutral = candidate.is_neutral(kind);
            groups.entry(key).or_default().push((kind, shown, neutral));
        }
    }
    groups.retain(|_, group| {
        let has = |wanted| group.iter().any(|(kind, ..)| *kind == wanted);
        has(Kind::Middle) && has(Kind::Spread) && group.iter().any(|(.., neutral)| !neutral)
    });
    let mut names: Vec<String> = vec![];
    let shown = groups.into_values().flatten().map(|(_, shown, _)| shown);
    for name in shown.chain(pairs(candidates)) {
        if !names.contains(&name) && names.len() < 100 {
            names.push(name);
        }
    }
    names
}

/// Pairs without names of their own, such as `"stats": (mean, std)`.
fn pairs(candidates: &[Candidate]) -> Vec<String> {
    let mut pairs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for candidate in candidates.iter().filter(|it| it.data.len() > 1) {
        if let Some((folder, place)) = candidate.name.rsplit_once('.') {
            pairs.entry(folder).or_default().push(place);
        }
    }
    pairs.retain(|folder, places| {
        let words = parts(folder);
        let says = |word: &String| {
            let word = word.as_str();
            PLACES.contains(&word) || MIDDLE.contains(&word) || SPREAD.contains(&word)
        };
        *places == ["0", "1"] && words.iter().flatten().any(says) && !is_of_other_rows(folder)
    });
    pairs.into_keys().map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(&str, &[f64])]) -> Vec<String> {
        let candidates = names.iter().map(|(name, data)| Candidate { name, data });
        alike(&candidates.collect::<Vec<_>>())
    }

    const TWO: &[f64] = &[3.0, 4.0];
    const ONE: &[f64] = &[3.0];

    #[test]
    fn a_middle_and_a_spread_of_the_same_rows_look_like_statistics() {
        for [first, second] in [["loc", "scale"], ["center", "spread"], ["offset", "scale"]] {
            assert_eq!(found(&[(first, TWO), (second, TWO)]).len(), 2, "{first}");
        }
        assert_eq!(found(&[("mean", ONE), ("std", ONE)]), ["mean", "std"]);
        assert_eq!(
            found(&[("stats.temp.mean", ONE), ("stats.temp.std", ONE)]),
            ["stats.temp.mean", "stats.temp.std"]
        );
        // The columns of a dictionary, one of which is called like a statistic.
        let columns = [
            ("means.a", ONE),
            ("means.max", ONE),
            ("stds.a", ONE),
            ("stds.max", ONE),
        ];
        assert_eq!(found(&columns), ["means", "stds"]);
        assert_eq!(found(&[("stats.0", TWO), ("stats.1", TWO)]), ["stats"]);
        let series = [("mean._mgr.1.0", TWO), ("std._mgr.1.0", TWO)];
        assert_eq!(found(&series), ["mean", "std"]);
    }

    #[test]
    fn other_numbers_do_not() {
        assert!(found(&[("mean", ONE)]).is_empty());
        assert!(found(&[("prior.loc", ONE), ("prior.scale", ONE)]).is_empty());
        assert!(found(&[("bn.running_mean", TWO), ("bn.running_var", TWO)]).is_empty());
        assert!(found(&[("y.mean", ONE), ("y.std", ONE)]).is_empty());
        assert!(found(&[("base.loc", &[0.0, 0.0]), ("base.scale", &[1.0, 1.0])]).is_empty());
        assert!(found(&[("a.mean", TWO), ("b.std", TWO)]).is_empty());
        assert!(found(&[("layers.0", TWO), ("layers.1", TWO)]).is_empty());
    }
}
