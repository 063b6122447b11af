//! What a board sends of one moment.

use crate::Verdict;

/// A moment of a recording, as a board sends it and `nice-flow record` reads it.
///
/// Its bytes are those of [postcard](https://postcard.jamesmunns.com/wire-format) between zeros (COBS): `postcard::to_slice_cobs` on the
/// board. Fields follow each other without names; floats take four bytes, little-endian, `bool` one, other numbers seven bits a
/// byte, the lowest first.
///
/// ```text
/// version   u8 = 1        verdict   f32 score, bool anomalous
/// moment    u32           x         count, then so many f32
/// alarm     bool          causes    count, then so many of: input, f32 value, f32 usual value, f32 score that is left
/// ```
///
/// Verdicts of an integer module go through [`Verdict::to_f32`], causes through [`Cause::to_f32`](crate::Cause::to_f32). A stretch of moments that
/// follow each other is a recording, such as what a [`Recorder`](crate::Recorder) held.
///
/// ```
/// use nice_flow::{Detector, Frame, float::Normal};
///
/// let detector = Detector::<_, f32, 2, 2>::new(&Normal, 10.0);
/// let x = [0.5, 9.0];
/// let causes: Vec<_> = detector.explain(&[[0.0]; 2], &x).collect();
/// let frame = Frame::new(7, true, detector.judge(&x), &x[..], &causes[..]);
///
/// let mut buffer = [0; 64];
/// let sent = postcard::to_slice_cobs(&frame, &mut buffer).unwrap();
/// let read: Frame<Vec<f32>, Vec<nice_flow::Cause<f32, f32>>> = postcard::from_bytes_cobs(sent).unwrap();
/// assert_eq!((read.moment, read.causes[0].input), (7, 1));
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Frame<X, C> {
    /// [`FRAME_VERSION`], or what another sender has.
    pub version: u8,
    /// Its number since the board started.
    pub moment: u32,
    /// Whether it raised the alarm.
    pub alarm: bool,
    /// The score in nats, and whether it is an anomaly.
    pub verdict: Verdict<f32>,
    /// What the model took: a slice on the board, a `Vec` on the host.
    pub x: X,
    /// Which inputs are to blame, the first one most; none if nobody asked.
    pub causes: C,
}

/// Counts the changes of [`Frame`].
pub const FRAME_VERSION: u8 = 1;

impl<X, C> Frame<X, C> {
    /// A frame of this version.
    pub const fn new(moment: u32, alarm: bool, verdict: Verdict<f32>, x: X, causes: C) -> Self {
        Self {
            version: FRAME_VERSION,
            moment,
            alarm,
            verdict,
            x,
            causes,
        }
    }
}
