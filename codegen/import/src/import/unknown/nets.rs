//! The nets of a coupling, told apart by the names of their tensors.

use super::natural;
use std::collections::BTreeMap;

/// One net, or one for the shifts and one for the raw scales. A trunk that both share stands in both.
#[derive(Debug, PartialEq)]
pub(super) enum Nets<'a> {
    One(Vec<&'a str>),
    Two {
        shift: Vec<&'a str>,
        scale: Vec<&'a str>,
    },
}

/// What a part of a net is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Shift,
    Scale,
    Trunk,
}

/// Words of names of nets that give raw scales, and of those that give shifts.
const WORDS: [(Role, &[&str]); 2] = [
    (
        Role::Scale,
        &["s", "scale", "logscale", "sigma", "std", "alpha", "snet"],
    ),
    (
        Role::Shift,
        &[
            "t",
            "shift",
            "translate",
            "translation",
            "mu",
            "mean",
            "loc",
            "b",
            "tnet",
            "bias",
        ],
    ),
];

impl<'a> Nets<'a> {
    /// The nets of the weights of one module. Those of several couplings if the names number them: `s1`, `t1`, `s2` and `t2` are two.
    pub fn of_each_coupling(weights: &[&'a str]) -> Vec<Self> {
        let mut numbered: BTreeMap<Option<usize>, Vec<&str>> = BTreeMap::new();
        for weight in weights {
            numbered.entry(number_of(weight)).or_default().push(weight);
        }
        let couplings: Vec<Self> = numbered.values().map(|weights| Self::of(weights)).collect();
        let whole = couplings
            .iter()
            .all(|nets| matches!(nets, Self::Two { .. }));
        match whole && !numbered.contains_key(&None) {
            true => couplings,
            false => vec![Self::of(weights)],
        }
    }

    /// The nets of the weights of one coupling, in the order of their names.
    fn of(weights: &[&'a str]) -> Self {
        let with = |role: Role| {
            let weights = weights.iter().copied();
            weights.filter(move |weight| role_of(weight) == role)
        };
        let join = |role| -> Vec<&'a str> { with(Role::Trunk).chain(with(role)).collect() };
        match (with(Role::Shift).next(), with(Role::Scale).next()) {
            (Some(_), Some(_)) => Self::Two {
                shift: join(Role::Shift),
                scale: join(Role::Scale),
            },
            _ => Self::One(weights.to_vec()),
        }
    }
}

/// The role, by a word of the name behind its first number.
fn role_of(weight: &str) -> Role {
    let roles: Vec<Role> = modules(weight).filter_map(role_of_module).collect();
    let mut known = WORDS.iter().map(|(role, _)| *role);
    known
        .find(|role| roles.contains(role))
        .unwrap_or(Role::Trunk)
}

/// The number behind the name of the net that a weight is part of, such as 2 of `0.s2.net.0.weight`. A number of a linear layer alone
/// is none: `0.s2.weight` is the second layer of `s`.
fn number_of(weight: &str) -> Option<usize> {
    let modules: Vec<&str> = modules(weight).collect();
    let (_, nets) = modules.split_last()?;
    let net = nets
        .iter()
        .find(|module| role_of_module(module).is_some())?;
    let name = net.trim_end_matches(|c: char| c.is_ascii_digit());
    net[name.len()..].parse().ok()
}

/// The names of the modules that a weight is in, behind the first number.
fn modules(weight: &str) -> impl Iterator<Item = &str> {
    let parts = natural(weight);
    let first = parts[0].0.len();
    let digits = weight[first..].find(|c: char| !c.is_ascii_digit());
    let behind = match parts.len() {
        1 => weight,
        _ => &weight[first + digits.unwrap_or_default()..],
    };
    let modules = behind
        .rsplit_once('.')
        .map_or(behind, |(modules, _)| modules);
    modules.split('.')
}

/// The role that a word of the name of a module tells.
fn role_of_module(module: &str) -> Option<Role> {
    let words: Vec<String> = module
        .split(|c: char| !c.is_ascii_alphabetic())
        .map(str::to_lowercase)
        .collect();
    let known = WORDS
        .iter()
        .find(|(_, known)| words.iter().any(|word| known.contains(&word.as_str())));
    known.map(|(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_and_scales_are_told_apart_by_their_names() {
        let nets = Nets::of(&["layers.0.s_net.0.weight", "layers.0.t_net.0.weight"]);
        let expected = Nets::Two {
            shift: vec!["layers.0.t_net.0.weight"],
            scale: vec!["layers.0.s_net.0.weight"],
        };
        assert_eq!(nets, expected);
    }

    #[test]
    fn a_trunk_stands_in_front_of_both_heads() {
        let all = ["k.1.scale.weight", "k.1.shift.weight", "k.1.trunk.0.weight"];
        let expected = Nets::Two {
            shift: vec![all[2], all[1]],
            scale: vec![all[2], all[0]],
        };
        assert_eq!(Nets::of(&all), expected);
    }

    #[test]
    fn numbered_nets_are_those_of_one_coupling_after_another() {
        let names = [
            "k.1.s1.0.weight",
            "k.1.s2.0.weight",
            "k.1.t1.0.weight",
            "k.1.t2.0.weight",
        ];
        let coupling = |shift, scale| Nets::Two {
            shift: vec![shift],
            scale: vec![scale],
        };
        let expected = [coupling(names[2], names[0]), coupling(names[3], names[1])];
        assert_eq!(Nets::of_each_coupling(&names), expected);

        let layers = [
            "k.1.s1.weight",
            "k.1.s2.weight",
            "k.1.t1.weight",
            "k.1.t2.weight",
        ];
        assert_eq!(Nets::of_each_coupling(&layers).len(), 1);
    }

    #[test]
    fn names_without_such_words_are_one_net() {
        let all = ["k.1.net.0.weight", "k.1.net.2.weight"];
        assert_eq!(Nets::of(&all), Nets::One(all.to_vec()));
    }
}
