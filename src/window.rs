//! Sliding window over a multichannel stream.

use crate::misfit::{Misfit, refuse, unless};
use crate::{Collect, Number};
use nalgebra::SVector;

/// The last `D / CH` samples of `CH` channels each, in a ring of `D` numbers.
///
/// `T` is what sensors give: `f32`, or `i16` and `i32` counts of an ADC. In RAM are the ring, a position and a flag.
///
/// ```
/// use nice_flow::{Window, nalgebra::vector};
///
/// let mut window = Window::<f32, 2, 4>::new();
/// window.push([1.0, 2.0]);
/// assert_eq!(window.get(), None);
/// window.push([3.0, 4.0]);
/// window.push([5.0, 6.0]);
/// assert_eq!(window.get(), Some(vector![3.0, 4.0, 5.0, 6.0]));
/// ```
///
/// That `D` is a multiple of `CH` is checked when the program is built:
///
/// ```compile_fail,E0080
/// static WINDOW: nice_flow::Window<f32, 3, 8> = nice_flow::Window::new();
/// ```
// Not `heapless::HistoryBuf`: it indexes with a stored position, and so links a panic.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Window<T, const CH: usize, const D: usize> {
    ring: [T; D],
    /// Where the next sample goes, and the oldest is: a multiple of `CH`, below `D`.
    next: usize,
    full: bool,
}

impl<T: Number, const CH: usize, const D: usize> Window<T, CH, D> {
    const MISFIT: Misfit = unless(
        CH > 0 && D > 0 && D.is_multiple_of(CH),
        "D must be a multiple of CH",
    );

    /// An empty window.
    pub const fn new() -> Self {
        refuse(Self::MISFIT);
        Self {
            ring: [T::ZERO; D],
            next: 0,
            full: false,
        }
    }

    /// Appends one sample; a full window drops its oldest.
    pub fn push(&mut self, sample: [T; CH]) {
        const { refuse(Self::MISFIT) };
        for (slot, value) in self.ring.iter_mut().skip(self.next).zip(sample) {
            *slot = value;
        }
        self.next += CH;
        if self.next >= D {
            self.next = 0;
            self.full = true;
        }
    }

    /// The samples one after another, oldest first; `None` until the window is full.
    #[must_use]
    pub fn get(&self) -> Option<SVector<T, D>> {
        if !self.full {
            return None;
        }
        let (newer, older) = self.ring.split_at_checked(self.next)?;
        let mut x = SVector::<T, D>::repeat(T::ZERO);
        for (x, value) in x.as_mut_slice().iter_mut().zip(older.iter().chain(newer)) {
            *x = *value;
        }
        Some(x)
    }

    /// Forgets every sample.
    ///
    /// ```
    /// # use nice_flow::Window;
    /// let mut window = Window::<f32, 1, 1>::new();
    /// window.push([1.0]);
    /// window.clear();
    /// assert_eq!(window.get(), None);
    /// ```
    pub fn clear(&mut self) {
        self.next = 0;
        self.full = false;
    }
}

impl<T: Number, const CH: usize, const D: usize> Collect<CH, D> for Window<T, CH, D> {
    type Raw = T;
    type Value = T;

    #[inline]
    fn push(&mut self, sample: [T; CH]) -> Option<SVector<T, D>> {
        Window::push(self, sample);
        self.get()
    }

    #[inline]
    fn clear(&mut self) {
        Window::clear(self);
    }
}

impl<T: Number, const CH: usize, const D: usize> Default for Window<T, CH, D> {
    fn default() -> Self {
        Self::new()
    }
}
