//! The nets of a coupling, told apart by the names of their tensors.

use super::natural;

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
    /// The nets of the weights of one coupling, in the order of their names.
    pub fn of(weights: &[&'a str]) -> Self {
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
    let words: Vec<String> = modules
        .split(|c: char| !c.is_ascii_alphabetic())
        .map(str::to_lowercase)
        .collect();
    let known = WORDS
        .iter()
        .find(|(_, known)| words.iter().any(|word| known.contains(&word.as_str())));
    known.map_or(Role::Trunk, |(role, _)| *role)
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
    fn names_without_such_words_are_one_net() {
        let all = ["k.1.net.0.weight", "k.1.net.2.weight"];
        assert_eq!(Nets::of(&all), Nets::One(all.to_vec()));
    }
}
