//! What is beside the diagonal of a triangle, packed: a list of its rows, one after another.

use super::Side;
use std::ops::Range;

impl Side {
    /// The columns of row `i` of `dim` on this side of the diagonal.
    pub fn of_row(self, i: usize, dim: usize) -> Range<usize> {
        match self {
            Self::Lower => 0..i,
            Self::Upper => i + 1..dim,
        }
    }

    /// The rows of a list that holds one after another; shorter ones where the list ends.
    pub fn rows<T>(self, strict: &[T], dim: usize) -> impl Iterator<Item = &[T]> {
        let lengths = (0..dim).map(move |i| self.of_row(i, dim).len());
        lengths.scan(strict, |rest, length| {
            let (row, behind) = rest.split_at(length.min(rest.len()));
            *rest = behind;
            Some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_where_their_side_does() {
        let rows = |side: Side| {
            side.rows(&[10, 20, 21], 3)
                .map(<[i32]>::to_vec)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(Side::Lower), [vec![], vec![10], vec![20, 21]]);
        assert_eq!(rows(Side::Upper), [vec![10, 20], vec![21], vec![]]);
        assert_eq!(
            (Side::Lower.of_row(2, 3), Side::Upper.of_row(2, 3)),
            (0..2, 3..3)
        );
    }
}
