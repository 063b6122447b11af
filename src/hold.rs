//! What a channel said last, in place of what is missing.

use crate::Collect;
use nalgebra::SVector;

/// Gives a channel that is missing from a sample the value that it had last, before another collector takes the sample.
///
/// ```text
/// x = the sample's value            if that is a number
///     the channel's last number     if it is NaN, as were fewer than `limit` samples before it in a row
///     NaN                           otherwise: an anomaly
/// ```
///
/// For a sensor that answers late now and then. One that is dead is an anomaly after `limit` samples, and before its
/// first number; a limit of 0 holds nothing. An infinity is a value like any other, and never missing.
///
/// In RAM are, beside what `collector` has, the limit, and for each channel a number and a counter.
///
/// ```
/// use nice_flow::{Detector, Hold, Window, float::Normal};
///
/// static WINDOW: Window<f32, 2, 2> = Window::new();
/// let mut detector = Detector::with(Hold::new(WINDOW.clone(), 2), &Normal, 8.0);
/// let flow = [0.5, f32::NAN, f32::NAN, f32::NAN, 0.1];
/// let verdicts = flow.map(|flow| detector.push([0.3, flow]).unwrap());
/// assert_eq!(verdicts.map(|verdict| verdict.anomalous), [false, false, false, true, false]);
/// // As likely as the sample before it.
/// assert_eq!(verdicts[1].score, verdicts[0].score);
/// ```
///
/// [`Ignore`](crate::Ignore) leaves such samples out instead. Counts of an ADC are never missing, and need neither.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hold<C, const CH: usize> {
    collector: C,
    limit: u16,
    channels: [Channel; CH],
}

impl<C, const CH: usize> Hold<C, CH> {
    /// Holds each channel for at most `limit` samples in a row, for `collector`.
    pub const fn new(collector: C, limit: u16) -> Self {
        Self {
            collector,
            limit,
            channels: [Channel::NEW; CH],
        }
    }
}

/// What is known of a channel.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Channel {
    /// Its last number; NaN before the first.
    last: f32,
    /// For how many samples it has been held, at most the limit.
    held: u16,
}

impl Channel {
    const NEW: Self = Self {
        last: f32::NAN,
        held: 0,
    };

    /// The value that stands for `x`.
    #[inline]
    fn take(&mut self, x: f32, limit: u16) -> f32 {
        if !x.is_nan() {
            *self = Self { last: x, held: 0 };
            return x;
        }
        if self.held >= limit {
            return x;
        }
        self.held += 1;
        self.last
    }
}

impl<C, const CH: usize, const D: usize> Collect<CH, D> for Hold<C, CH>
where
    C: Collect<CH, D, Raw = f32>,
{
    type Raw = f32;
    type Value = C::Value;

    #[inline]
    fn push(&mut self, mut sample: [f32; CH]) -> Option<SVector<C::Value, D>> {
        for (x, channel) in sample.iter_mut().zip(&mut self.channels) {
            *x = channel.take(*x, self.limit);
        }
        self.collector.push(sample)
    }

    #[inline]
    fn learn(&mut self, anomalous: bool) {
        self.collector.learn(anomalous);
    }

    fn clear(&mut self) {
        self.channels = [Channel::NEW; CH];
        self.collector.clear();
    }
}
