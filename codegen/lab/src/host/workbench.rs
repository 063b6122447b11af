//! What layers compute with: vector instructions, and memory that is used again.

use super::lane::LANES;
use super::vectors::Vectors;

/// The vector instructions, and buffers of numbers that are free. Of 16x4x64x2 in batches, with AVX-512, a tenth of the time
/// went into taking and clearing memory before buffers were kept.
pub(super) struct Workbench<T = f32> {
    pub vectors: Vectors,
    free: Vec<Vec<[T; LANES]>>,
}

impl<T: Copy + Default> Workbench<T> {
    pub fn new(vectors: Vectors) -> Self {
        let free = vec![];
        Self { vectors, free }
    }

    /// A buffer of so many lanes, with any numbers in it.
    pub fn take(&mut self, lanes: usize) -> Vec<[T; LANES]> {
        // Of the same length: a longer one would have to be cleared again at its end.
        let place = self.free.iter().position(|free| free.len() == lanes);
        let free = place.map(|place| self.free.swap_remove(place));
        free.unwrap_or_else(|| vec![[T::default(); LANES]; lanes])
    }

    /// Keeps a buffer that is not read any more.
    pub fn keep(&mut self, buffer: Vec<[T; LANES]>) {
        self.free.push(buffer);
    }
}
