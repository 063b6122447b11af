//! Tracks which input is at which position of the vector, for the comments in a module.

use crate::text::{escaped, listed};

/// The names of the inputs at each position of the vector, until a layer mixes them.
pub(super) struct Inputs {
    names: Option<Vec<String>>,
}

/// The most inputs that are listed by name; the others are counted.
const NAMED: usize = 6;

impl Inputs {
    /// The inputs of the first layer. Names come from files: unprintable characters are escaped.
    pub fn new(features: &[String]) -> Self {
        let name = |name: &String| escaped(name).into_owned();
        Self {
            names: Some(features.iter().map(name).collect()),
        }
    }

    /// Reorders the names after a permutation `z[i] = x[order[i]]`.
    pub fn permute(&mut self, order: &[u16]) {
        if let Some(names) = &mut self.names {
            let moved = order
                .iter()
                .filter_map(|from| names.get(usize::from(*from)));
            *names = moved.cloned().collect();
        }
    }

    /// Forgets the names after a layer that mixes all inputs.
    pub fn mix(&mut self) {
        self.names = None;
    }

    /// A description of the positions `start..end`.
    pub fn at(&self, start: usize, end: usize) -> String {
        match &self.names {
            Some(names) => listed(names.get(start..end).unwrap_or_default(), NAMED),
            None if end == start + 1 => format!("element {start}"),
            None => format!("elements {start} to {}", end.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_move_names_and_mixing_loses_them() {
        let names = ["a", "b\n*/", "c"].map(String::from);
        let mut inputs = Inputs::new(&names);
        inputs.permute(&[2, 0, 1]);
        assert_eq!(inputs.at(0, 2), "c, a");
        assert_eq!(inputs.at(2, 3), "b\\u000a*/");
        inputs.mix();
        assert_eq!(inputs.at(0, 2), "elements 0 to 1");
        assert_eq!(inputs.at(2, 3), "element 2");
    }

    #[test]
    fn many_names_are_counted() {
        let names: Vec<String> = (0..9).map(|i| format!("x{i}")).collect();
        assert_eq!(
            Inputs::new(&names).at(0, 9),
            "x0, x1, x2, x3, x4, x5 and 3 more"
        );
    }
}
