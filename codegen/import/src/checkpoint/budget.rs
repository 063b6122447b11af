//! Limits the memory that reading a file can take.

use super::MAX_NUMBERS;

/// Numbers that a file may hold beyond one per byte: 32 MiB as `f64`.
const SPARE: usize = 1 << 22;

/// The numbers that a file may still declare.
///
/// No element is smaller than a byte, so an uncompressed file has at most one number per byte. A zero stride or a
/// compressed zip member lets a small file declare any number of them, so the limit is one per byte plus [`SPARE`].
pub(super) struct Budget {
    most: usize,
    left: usize,
}

impl Budget {
    /// The budget of a file of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let most = bytes.saturating_add(SPARE).min(MAX_NUMBERS);
        Self { most, left: most }
    }

    /// Takes the numbers of a tensor of this shape from the budget and returns how many they are; an error if too few
    /// are left.
    pub(super) fn take(&mut self, shape: &[usize]) -> Result<usize, String> {
        let numbers = shape.iter().try_fold(1_usize, |n, m| n.checked_mul(*m));
        let left = numbers.and_then(|numbers| self.left.checked_sub(numbers));
        let most = self.most;
        let message = || {
            format!(
                "expected at most {most} numbers in a file of this size, found more with shape {shape:?}"
            )
        };
        self.left = left.ok_or_else(message)?;
        numbers.ok_or_else(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_number_a_byte_and_some_to_spare() {
        let mut budget = Budget::new(100);
        assert_eq!(budget.take(&[10, 10]), Ok(100));
        assert_eq!(budget.take(&[SPARE]), Ok(SPARE));
        assert_eq!(budget.take(&[0, 5]), Ok(0));
        let error = budget.take(&[]).unwrap_err();
        assert!(error.starts_with("expected at most 4194404 numbers"));
    }

    #[test]
    fn no_file_has_more_than_anyones_model() {
        let mut budget = Budget::new(usize::MAX);
        assert!(budget.take(&[MAX_NUMBERS + 1]).is_err());
        assert!(budget.take(&[1 << 40, 1 << 40]).is_err());
        assert_eq!(budget.take(&[MAX_NUMBERS]), Ok(MAX_NUMBERS));
    }
}
