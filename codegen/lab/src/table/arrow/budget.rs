//! How much a columnar file may grow when it is read.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a byte may become: 64 of the largest numbers, as equal ones in a row are kept once. Real columns have one number a
/// byte or fewer.
const GROWTH: u64 = 512;

/// What any file may become: 256 MiB, so that a small one may hold constants in 32 million places.
const SPARE: u64 = 1 << 28;

/// The size of a number of a table.
const NUMBER: u64 = size_of::<f64>() as u64;

/// What a file may still become, in bytes.
pub(super) struct Budget {
    most: u64,
    left: AtomicU64,
}

impl Budget {
    /// Of a file of so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let most = bytes.saturating_mul(GROWTH).saturating_add(SPARE);
        let left = AtomicU64::new(most);
        Self { most, left }
    }

    /// Takes so many bytes, or says that they are too many.
    pub(super) fn take(&self, bytes: u64) -> Result<(), String> {
        let take = |left: u64| left.checked_sub(bytes);
        let order = Ordering::Relaxed;
        let taken = self.left.fetch_update(order, order, take);
        taken.map(|_| ()).map_err(|_| {
            let most = self.most;
            format!("expected at most {most} bytes of numbers in a file of this size, found more")
        })
    }

    /// Takes the numbers of a batch.
    pub(super) fn take_numbers(&self, rows: usize, columns: usize) -> Result<(), String> {
        let numbers = (rows as u64).saturating_mul(columns as u64);
        self.take(numbers.saturating_mul(NUMBER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_64_numbers_a_byte_and_some_to_spare() {
        let budget = Budget::new(100);
        let numbers = 6400 + (1 << 25);
        budget.take_numbers(numbers, 1).unwrap();
        let error = budget.take(1).unwrap_err();
        let expected = format!("expected at most {} bytes of numbers", 8 * numbers);
        assert!(error.starts_with(&expected), "{error}");
        assert!(Budget::new(u64::MAX).take_numbers(usize::MAX, 3).is_ok());
        assert!(Budget::new(1).take_numbers(usize::MAX, 3).is_err());
    }
}
