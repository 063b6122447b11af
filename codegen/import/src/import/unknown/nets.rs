//! The nets of a coupling, told apart by the names of their tensors.

use super::group::modules;
use super::natural;
use super::role::{Role, WORDS, role_of_module};
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

impl<'a> Nets<'a> {
    /// The nets of the weights of one module. Those of several couplings if their names tell them apart: `s1`, `t1`, `s2` and `t2`
    /// are two, and so are `mu_a`, `sigma_a`, `mu_b` and `sigma_b`. Lists of nets, as `s.0.2` and `t.0.2`, are taken for such if there are as
    /// many as there are `masks`.
    pub fn of_each_coupling(weights: &[&'a str], masks: Option<usize>) -> Vec<Self> {
        let mut marked = marked(weights, &|weight| mark_of(weight));
        if let Some(masks) = masks {
            let listed = self::marked(weights, &|weight| place_of(weight));
            if listed.len() == masks {
                marked = listed;
            }
        }
        let couplings: Vec<Self> = marked.values().map(|weights| Self::of(weights)).collect();
        let whole = couplings
            .iter()
            .all(|nets| matches!(nets, Self::Two { .. }));
        match whole && !marked.contains_key(&None) {
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

/// What a part of a name says, compared by its numbers.
type Mark = Option<Vec<(String, usize)>>;

/// The weights by what a part of their names says, compared by its numbers.
fn marked<'a>(
    weights: &[&'a str],
    mark: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<Mark, Vec<&'a str>> {
    let mut marked: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for weight in weights {
        let mark = mark(weight).map(|mark| natural(&mark));
        marked.entry(mark).or_default().push(weight);
    }
    marked
}

/// The place in a list of nets, such as 3 of `s.3.0.weight`: the number right behind the net's role, with a layer behind it.
fn place_of(weight: &str) -> Option<String> {
    let modules: Vec<&str> = modules(weight).collect();
    let role = modules
        .iter()
        .position(|net| role_of_module(net).is_some())?;
    let place = modules.get(role + 1)?;
    let is_number = !place.is_empty() && place.chars().all(|c| c.is_ascii_digit());
    (is_number && role + 2 < modules.len()).then(|| (*place).to_owned())
}

/// The role, by a word of the names of the net's modules.
fn role_of(weight: &str) -> Role {
    let roles: Vec<Role> = modules(weight).filter_map(role_of_module).collect();
    let mut known = WORDS.iter().map(|(role, _)| *role);
    known
        .find(|role| roles.contains(role))
        .unwrap_or(Role::Trunk)
}

/// Words of names of nets that say nothing of what they are for.
const FILLERS: [&str; 7] = ["log", "net", "nn", "mlp", "fc", "network", "layers"];

/// What the name of a net says beside its role, such as 2 of `0.s2.net.0.weight`. The name of a linear layer alone says nothing:
/// `0.s2.weight` is the second layer of `s`.
fn mark_of(weight: &str) -> Option<String> {
    let modules: Vec<&str> = modules(weight).collect();
    let (_, nets) = modules.split_last()?;
    let net = nets.iter().find(|net| role_of_module(net).is_some())?;
    let words = net.split(|c: char| !c.is_ascii_alphanumeric());
    let parts = words.flat_map(|word| {
        let digits = word.find(|c: char| c.is_ascii_digit());
        let (letters, number) = word.split_at(digits.unwrap_or(word.len()));
        [letters.to_lowercase(), number.into()]
    });
    let mut parts: Vec<String> = parts.collect();
    let is_role = |word: &String| role_of_module(word).is_some();
    if let Some(at) = parts.iter().position(is_role) {
        parts.remove(at);
    }
    parts.retain(|word| !word.is_empty() && !FILLERS.contains(&&**word));
    Some(parts.join("_"))
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
        assert_eq!(Nets::of_each_coupling(&names, None), expected);

        let lettered = [
            "sigma_a.0.weight",
            "mu_a.0.weight",
            "log_scale_net_b.0.weight",
            "shift_b.0.weight",
        ];
        let expected = [
            coupling(lettered[1], lettered[0]),
            coupling(lettered[3], lettered[2]),
        ];
        assert_eq!(Nets::of_each_coupling(&lettered, None), expected);

        let layers = [
            "k.1.s1.weight",
            "k.1.s2.weight",
            "k.1.t1.weight",
            "k.1.t2.weight",
        ];
        assert_eq!(Nets::of_each_coupling(&layers, None).len(), 1);
    }

    #[test]
    fn lists_of_nets_are_couplings_if_there_are_as_many_masks() {
        let names = [
            "s.0.0.weight",
            "s.1.0.weight",
            "t.0.0.weight",
            "t.1.0.weight",
        ];
        let coupling = |shift, scale| Nets::Two {
            shift: vec![shift],
            scale: vec![scale],
        };
        let expected = [coupling(names[2], names[0]), coupling(names[3], names[1])];
        assert_eq!(Nets::of_each_coupling(&names, Some(2)), expected);
        assert_eq!(Nets::of_each_coupling(&names, Some(3)).len(), 1);
        assert_eq!(Nets::of_each_coupling(&names, None).len(), 1);
    }

    #[test]
    fn names_without_such_words_are_one_net() {
        let all = ["k.1.net.0.weight", "k.1.net.2.weight"];
        assert_eq!(Nets::of(&all), Nets::One(all.to_vec()));
    }
}
