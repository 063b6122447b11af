//! Which input stands where, for the comments of a module.

use crate::text::escaped;

/// The inputs at each place of the vector, as long as no layer has mixed them.
pub(super) struct Inputs {
    names: Option<Vec<String>>,
}

/// More are counted, not named.
const NAMED: usize = 6;

impl Inputs {
    /// Of the first layer. Names come from files: what is not printable is escaped.
    pub fn new(features: &[String]) -> Self {
        let name = |name: &String| escaped(name).into_owned();
        Self {
            names: Some(features.iter().map(name).collect()),
        }
    }

    /// After `z[i] = x[order[i]]`.
    pub fn permute(&mut self, order: &[u16]) {
        if let Some(names) = &mut self.names {
            let moved = order
                .iter()
                .filter_map(|from| names.get(usize::from(*from)));
            *names = moved.cloned().collect();
        }
    }

    /// After a layer that mixes all.
    pub fn mix(&mut self) {
        self.names = None;
    }

    /// What stands at the places from `start` to before `end`, in words.
    pub fn at(&self, start: usize, end: usize) -> String {
        match &self.names {
            Some(names) => listed(names.get(start..end).unwrap_or_default()),
            None if end == start + 1 => format!("element {start}"),
            None => format!("elements {start} to {}", end.saturating_sub(1)),
        }
    }
}

fn listed(names: &[String]) -> String {
    let named = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
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
