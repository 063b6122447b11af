//! What was seen before and after an alarm.

use heapless::Deque;

/// A flight recorder: keeps the last `N` moments, and after an alarm holds still until they are read.
///
/// A moment `E` is what the program wants to see afterwards, such as a sample with its verdict. Of the `N`, a number that is
/// chosen comes after the alarm, the others are the alarm and what was before it. While it holds still, moments are not
/// recorded; once all are read it begins anew. In RAM are the moments and 24 bytes.
///
/// ```
/// use nice_flow::{Detector, Recorder, float::Normal};
///
/// let mut detector = Detector::<_, f32, 1, 1>::new(&Normal, 10.0);
/// let mut recorder = Recorder::<_, 4>::new(1); // one after the alarm
/// for sample in [0.1, 0.2, 0.3, 9.0, 0.4, 0.5, 0.6f32] {
///     if let Some(verdict) = detector.push([sample]) {
///         recorder.push((sample, verdict.score), verdict.anomalous);
///     }
/// }
/// let samples: Vec<_> = std::iter::from_fn(|| recorder.read()).map(|(sample, _)| sample).collect();
/// assert_eq!(samples, [0.2, 0.3, 9.0, 0.4]);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recorder<E, const N: usize> {
    moments: Deque<E, N>,
    after: u32,
    phase: Phase,
}

/// What a recorder does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Phase {
    /// There was no alarm.
    Watching,
    /// There was one; so many moments are still to come.
    Ending(u32),
    /// Waits until all is read.
    Still,
}

impl<E, const N: usize> Recorder<E, N> {
    /// Keeps `after` moments after an alarm, and `N − 1 − after` before it.
    ///
    /// # Panics
    ///
    /// Unless `after` is below `N`; in a `const` or `static` the compiler says so.
    ///
    /// ```compile_fail,E0080
    /// # use nice_flow::Recorder;
    /// static RECORDER: Recorder<f32, 8> = Recorder::new(8);
    /// ```
    #[must_use]
    pub const fn new(after: u32) -> Self {
        assert!(
            (after as usize) < N && N <= u32::MAX as usize,
            "room for the alarm itself"
        );
        Self {
            moments: Deque::new(),
            after,
            phase: Phase::Watching,
        }
    }

    /// Records a moment, unless the recorder holds still; returns whether there is something to read.
    pub fn push(&mut self, moment: E, alarm: bool) -> bool {
        if self.is_still() {
            return true;
        }
        if self.moments.is_full() {
            drop(self.moments.pop_front());
        }
        // There is room now.
        let _ = self.moments.push_back(moment);
        let left = match self.phase {
            Phase::Ending(left) => Some(left.saturating_sub(1)),
            _ if alarm => Some(self.after),
            _ => None,
        };
        self.phase = match left {
            None => Phase::Watching,
            Some(0) => Phase::Still,
            Some(left) => Phase::Ending(left),
        };
        self.is_still()
    }

    /// Whether there was an alarm, and all after it is recorded: [`read`](Self::read) gives it.
    #[must_use]
    pub const fn is_still(&self) -> bool {
        matches!(self.phase, Phase::Still)
    }

    /// The oldest moment of a recording that is complete; `None` when there is none or all is read, and recording begins
    /// anew.
    pub fn read(&mut self) -> Option<E> {
        if !self.is_still() {
            return None;
        }
        let oldest = self.moments.pop_front();
        if oldest.is_none() {
            self.phase = Phase::Watching;
        }
        oldest
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.moments.clear();
        self.phase = Phase::Watching;
    }
}
