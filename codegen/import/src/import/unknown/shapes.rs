//! What shapes and numbers of tensors tell: which way matrices lie, where a net ends, how long the vector is.

use crate::checkpoint::Tensor;

/// The longest vector that a manifest takes; a mask or a permutation is no longer.
const LONGEST: usize = 4096;

/// Rows and columns of a matrix; a vector is a matrix of one column.
fn extents(tensor: &Tensor) -> (usize, usize) {
    match tensor.shape[..] {
        [rows, columns] => (rows, columns),
        _ => (tensor.data.len(), 1),
    }
}

/// The number of inputs and outputs of a linear layer, whose matrix has a row an output unless it is `in_out`.
pub(super) fn widths(weight: &Tensor, in_out: bool) -> (usize, usize) {
    let (rows, columns) = extents(weight);
    match in_out {
        true => (rows, columns),
        false => (columns, rows),
    }
}

/// Whether layers fit together better if their matrices have a row an input.
pub(super) fn are_in_out(weights: &[&Tensor]) -> bool {
    breaks(weights, true) < breaks(weights, false)
}

fn breaks(weights: &[&Tensor], in_out: bool) -> usize {
    let pairs = weights.windows(2);
    pairs
        .filter(|pair| widths(pair[0], in_out).1 != widths(pair[1], in_out).0)
        .count()
}

/// The lengths of the nets that layers are part of, if each layer reads what the one before it gives.
pub(super) fn chains(weights: &[&Tensor], in_out: bool) -> Vec<usize> {
    let fits = |a: &&Tensor, b: &&Tensor| widths(a, in_out).1 == widths(b, in_out).0;
    weights.chunk_by(fits).map(<[_]>::len).collect()
}

/// The elements at the ones and at the zeros of a mask.
pub(super) type Halves = (Vec<usize>, Vec<usize>);

/// The zeros and ones of a mask: the elements of both, ones first.
pub(super) fn mask(tensor: &Tensor) -> Option<Halves> {
    match may_be_of_elements(tensor) {
        true => told(&tensor.data),
        false => None,
    }
}

/// The masks of a tensor of several: a row for each, whatever lone axes are between.
pub(super) fn masks(tensor: &Tensor) -> Option<Vec<Halves>> {
    let (rows, dim) = match *tensor.shape.as_slice() {
        [rows, dim] | [rows, 1, dim] | [rows, dim, 1] | [1, rows, dim] => (rows, dim),
        _ => return None,
    };
    let fits = rows > 1 && (2..=LONGEST).contains(&dim);
    let rows = tensor.data.chunks_exact(dim.max(1)).map(told);
    fits.then(|| rows.collect()).flatten()
}

fn told(numbers: &[f64]) -> Option<Halves> {
    let bits = numbers.iter().all(|number| [0.0, 1.0].contains(number));
    let (ones, zeros): (Vec<_>, Vec<_>) = (0..numbers.len()).partition(|&i| numbers[i] == 1.0);
    (bits && !ones.is_empty() && !zeros.is_empty()).then_some((ones, zeros))
}

/// The inverse of a permutation of at least two elements that is stored as a tensor of integers.
pub(super) fn permutation(tensor: &Tensor) -> Option<Vec<usize>> {
    if !may_be_of_elements(tensor) {
        return None;
    }
    let mut inverse = vec![usize::MAX; tensor.data.len()];
    for (i, &number) in tensor.data.iter().enumerate() {
        let at = number as usize;
        let place = inverse.get_mut(at).filter(|_| at as f64 == number)?;
        *place = i;
    }
    let whole = inverse.len() > 1 && inverse.iter().all(|&at| at != usize::MAX);
    whole.then_some(inverse)
}

/// Whether a tensor may hold a number of each element of the vector.
fn may_be_of_elements(tensor: &Tensor) -> bool {
    is_vector(tensor) && tensor.data.len() <= LONGEST
}

/// Whether a tensor is a row of numbers, whatever its axes.
pub(super) fn is_vector(tensor: &Tensor) -> bool {
    let long = tensor.shape.iter().filter(|extent| **extent != 1);
    long.count() <= 1
}

/// The number that all are, if there are any.
pub(super) fn same(mut numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let first = numbers.next()?;
    numbers.all(|number| number == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Element;

    fn tensor(shape: &[usize], data: Vec<f64>) -> Tensor {
        Tensor {
            element: Element::F32,
            shape: shape.to_vec(),
            data,
        }
    }

    fn weight(rows: usize, columns: usize) -> Tensor {
        tensor(&[rows, columns], vec![0.5; rows * columns])
    }

    #[test]
    fn a_net_ends_where_the_next_layer_does_not_fit() {
        let layers = [weight(5, 2), weight(4, 5), weight(5, 2), weight(4, 5)];
        let layers: Vec<&Tensor> = layers.iter().collect();
        assert!(!are_in_out(&layers));
        assert_eq!(chains(&layers, false), [2, 2]);
        let columns = [weight(2, 5), weight(5, 4)];
        assert!(are_in_out(&columns.iter().collect::<Vec<_>>()));
    }

    #[test]
    fn masks_and_permutations_are_told_by_their_numbers() {
        let mask = mask(&tensor(&[1, 3], vec![1.0, 0.0, 1.0]));
        assert_eq!(mask, Some((vec![0, 2], vec![1])));
        let shuffle = permutation(&tensor(&[3], vec![2.0, 0.0, 1.0]));
        assert_eq!(shuffle, Some(vec![1, 2, 0]));
        assert_eq!(permutation(&tensor(&[2], vec![1.0, 1.0])), None);
        assert_eq!(permutation(&tensor(&[2], vec![0.5, -1.0])), None);
    }
}
