//! A probe of weights that were rounded only when they were saved.

use crate::checkpoint::{Checkpoint, Element};
use nice_flow_codegen::error::Disagreement;

/// Types of few bits, and by how much a weight moves at most when it is rounded to one, relative to its size.
const TYPES: [(Element, &str, f64); 2] = [
    (Element::BF16, "bfloat16", 1.0 / 256.0),
    (Element::F16, "float16", 1.0 / 2048.0),
];

/// Log-densities move by a few roundings of their size.
const ROUNDINGS: f64 = 8.0;

/// Why a probe disagrees slightly with a file of weights of few bits; `None` if the file has none, or the difference is large.
pub fn rounded(checkpoint: &Checkpoint, off: &Disagreement) -> Option<String> {
    let holds = |element| {
        checkpoint
            .tensors
            .values()
            .any(|tensor| tensor.element == element)
    };
    let (_, name, step) = TYPES.iter().find(|(element, ..)| holds(*element))?;
    let slight = off.median <= ROUNDINGS * step * (1.0 + off.expected.abs());
    slight.then(|| {
        format!(
            "The file holds weights of {name}, and the probe may be of those before they were rounded to it: make it from the file's, with \
             flow.load_state_dict(torch.load(FILE)); flow.double()"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Container, Tensor};

    fn file(element: Element) -> Checkpoint {
        let tensor = Tensor {
            element,
            shape: vec![1],
            data: vec![1.0],
        };
        let tensors = vec![("w".into(), tensor)];
        Checkpoint::of_tensors(
            "m.pt".into(),
            String::new(),
            Container::Torch,
            tensors,
            Default::default(),
        )
    }

    fn off(median: f64) -> Disagreement {
        Disagreement {
            message: String::new(),
            rows: 32,
            wrong: 32,
            median,
            row: 0,
            expected: -5.0,
            found: -5.0,
        }
    }

    #[test]
    fn slight_differences_are_explained_by_the_type_of_the_weights() {
        let says = |element, median| rounded(&file(element), &off(median));
        let brief = says(Element::BF16, 0.1).unwrap();
        assert!(
            brief.contains("weights of bfloat16") && brief.contains("flow.double()"),
            "{brief}"
        );
        assert!(
            says(Element::F16, 0.01)
                .unwrap()
                .contains("weights of float16")
        );
        assert_eq!(says(Element::F16, 0.1), None);
        assert_eq!(says(Element::BF16, 3.0), None);
        assert_eq!(says(Element::F32, 1e-3), None);
    }
}
