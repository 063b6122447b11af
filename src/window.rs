//! Sliding window over a multichannel stream.

use crate::Number;
use heapless::HistoryBuf;
use nalgebra::SVector;

/// The last `D / CH` samples of `CH` channels each.
///
/// That `D` is a multiple of `CH` is checked when the program is built:
///
/// ```compile_fail
/// let window = nice_flow::Window::<f32, 3, 8>::new();
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Window<T, const CH: usize, const D: usize> {
    history: HistoryBuf<T, D>,
}

impl<T: Number, const CH: usize, const D: usize> Window<T, CH, D> {
    /// An empty window.
    pub const fn new() -> Self {
        const {
            assert!(
                CH > 0 && D > 0 && D.is_multiple_of(CH),
                "D must be a multiple of CH"
            )
        };
        Self {
            history: HistoryBuf::new(),
        }
    }

    /// Appends one sample; a full window drops its oldest.
    pub fn push(&mut self, sample: [T; CH]) {
        self.history.extend_from_slice(&sample);
    }

    /// The samples one after another, oldest first; `None` until the window is full.
    pub fn get(&self) -> Option<SVector<T, D>> {
        if !self.history.is_full() {
            return None;
        }
        let (older, newer) = self.history.as_slices();
        let mut x = SVector::<T, D>::repeat(T::ZERO);
        for (x, value) in x.as_mut_slice().iter_mut().zip(older.iter().chain(newer)) {
            *x = *value;
        }
        Some(x)
    }

    /// Forgets every sample.
    pub fn clear(&mut self) {
        self.history.clear();
    }
}

impl<T: Number, const CH: usize, const D: usize> Default for Window<T, CH, D> {
    fn default() -> Self {
        Self::new()
    }
}
