//! Limits the memory and the work that reading a file can take.

use super::MAX_NUMBERS;

/// Numbers that a file may hold beyond one per byte: 32 MiB as `f64`.
const SPARE: usize = 1 << 22;

/// Work on objects that a file may ask for beyond four times its bytes.
const SPARE_WORK: usize = 1 << 25;

/// The most axes of a tensor: numpy and PyTorch have no more.
const MOST_AXES: usize = 64;

/// The numbers that a file may still declare, and the work that its objects may still be.
///
/// No element is smaller than a byte, so an uncompressed file has at most one number per byte. A zero stride or a
/// compressed zip member lets a small file declare any number of them, so the limit is one per byte plus [`SPARE`].
///
/// Objects of a pickle name each other, so a small file can ask for the same object any number of times. Work is counted in bytes
/// of memory that it may take, and is at most four times the file's bytes plus [`SPARE_WORK`].
pub(super) struct Budget {
    most: usize,
    left: usize,
    bytes: usize,
    work: usize,
}

impl Budget {
    /// The budget of a file of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let most = bytes.saturating_add(SPARE).min(MAX_NUMBERS);
        let work = bytes.saturating_mul(4).saturating_add(SPARE_WORK);
        Self {
            most,
            left: most,
            bytes,
            work,
        }
    }

    /// Takes work worth so many bytes of memory from the budget; an error if less is left.
    pub(super) fn work(&mut self, worth: usize) -> Result<(), String> {
        let left = self.work.checked_sub(worth);
        self.work = left.ok_or_else(|| {
            format!(
                "objects that are named over and over, more than a file of {} bytes needs: save model.state_dict() alone",
                self.bytes
            )
        })?;
        Ok(())
    }

    /// Takes the numbers of a tensor of this shape from the budget and returns how many they are; an error if too few
    /// are left.
    pub(super) fn take(&mut self, shape: &[usize]) -> Result<usize, String> {
        if shape.len() > MOST_AXES {
            let axes = shape.len();
            return Err(format!("expected at most {MOST_AXES} axes, found {axes}"));
        }
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
    fn work_is_four_times_the_file_and_some_to_spare() {
        let mut budget = Budget::new(100);
        assert_eq!(budget.work(SPARE_WORK + 300), Ok(()));
        assert_eq!(budget.work(100), Ok(()));
        let error = budget.work(1).unwrap_err();
        assert!(error.contains("more than a file of 100 bytes needs"));
        assert!(Budget::new(usize::MAX).work(usize::MAX).is_ok());
    }

    #[test]
    fn a_tensor_has_no_more_axes_than_numpy_allows() {
        let mut budget = Budget::new(100);
        assert_eq!(budget.take(&[1; MOST_AXES]), Ok(1));
        let error = budget.take(&[1; MOST_AXES + 1]).unwrap_err();
        assert_eq!(error, "expected at most 64 axes, found 65");
    }

    #[test]
    fn no_file_has_more_than_anyones_model() {
        let mut budget = Budget::new(usize::MAX);
        assert!(budget.take(&[MAX_NUMBERS + 1]).is_err());
        assert!(budget.take(&[1 << 40, 1 << 40]).is_err());
        assert_eq!(budget.take(&[MAX_NUMBERS]), Ok(MAX_NUMBERS));
    }
}
