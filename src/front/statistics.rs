//! Mean, deviation, extremes, crossings and slope of windows of slow sensors.

use crate::Collect;
use nalgebra::SVector;

/// The longest window in samples: sums of it fit 64 bits.
const LONGEST: u32 = 1 << 15;
/// Statistics of a channel.
const EACH: usize = 5;

/// Five statistics of each of `CH` channels, once a window: for temperatures, currents, pressures, which [`Bands`](super::Bands) do not fit.
///
/// Of each channel, one after another, of samples `x₀ … xₙ₋₁` of a window, all in Q16 (65536 is one):
///
/// | statistic | formula | unit |
/// |---|---|---|
/// | mean | `1/n Σ x` | counts |
/// | deviation | `√(1/n Σ (x − mean)²)` | counts |
/// | peak to peak | `max x − min x`, below 32768 | counts |
/// | crossings | how often `x` goes from below the mean of the window before, rounded down, to it or above, or back | |
/// | slope | by how much the line of least squares rises from `x₀` to `xₙ₋₁`, at most ±32768 | counts |
///
/// In the first window, crossings are those of the first sample. Mean and slope are rounded towards zero, the deviation is within
/// two units of Q16; the bits are the same on every host and board. In RAM are 16 + 32 · `CH` bytes, whatever the window.
///
/// ```
/// use nice_flow::{Collect, front::Statistics};
///
/// let mut statistics = Statistics::<1, 5>::new(4);
/// let of_window = [20, 24, 22, 26].map(|x| statistics.push([x])).last().copied().flatten().unwrap();
/// let [mean, deviation, peak_to_peak, crossings, slope] = of_window.map(|x| f64::from(x) / 65536.0).into();
/// assert_eq!([mean, peak_to_peak, crossings], [23.0, 6.0, 0.0]);
/// assert!((deviation - 5f64.sqrt()).abs() < 1e-4 && (slope - 4.8).abs() < 1e-4);
/// ```
///
/// That `D` is `5 * CH` is checked when the program is built:
///
/// ```compile_fail,E0080
/// let statistics = nice_flow::front::Statistics::<2, 5>::new(60);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Statistics<const CH: usize, const D: usize> {
    window: u32,
    /// Samples of the window at hand.
    fill: u32,
    /// Whether there was a sample, so that there is a centre.
    started: bool,
    channels: [Moments; CH],
}

impl<const CH: usize, const D: usize> Statistics<CH, D> {
    /// Windows of so many samples, 2 to 2¹⁵, one behind the other.
    ///
    /// # Panics
    ///
    /// If `window` is not; in a `static` or `const` that is an error of the compiler.
    ///
    /// ```compile_fail,E0080
    /// static STATISTICS: nice_flow::front::Statistics<1, 5> = nice_flow::front::Statistics::new(1);
    /// ```
    pub const fn new(window: u32) -> Self {
        const {
            assert!(
                CH > 0 && D == EACH * CH,
                "D must be five statistics a channel"
            )
        };
        assert!(
            1 < window && window <= LONGEST,
            "a window must have 2 to 2^15 samples"
        );
        Self {
            window,
            fill: 0,
            started: false,
            channels: [Moments::NEW; CH],
        }
    }

    #[inline(never)]
    fn end(&mut self) -> SVector<i32, D> {
        let mut x = SVector::<i32, D>::repeat(0);
        let rows = x.as_mut_slice().as_chunks_mut().0;
        for (row, channel) in rows.iter_mut().zip(&mut self.channels) {
            *row = channel.statistics(self.window);
            channel.centre = (row[0] >> 16) as i16;
        }
        self.fill = 0;
        x
    }
}

impl<const CH: usize, const D: usize> Collect<CH, D> for Statistics<CH, D> {
    type Raw = i16;
    type Value = i32;

    /// The statistics of the window that this sample ends; most samples end none.
    fn push(&mut self, sample: [i16; CH]) -> Option<SVector<i32, D>> {
        let from_middle = 2 * self.fill as i32 + 1 - self.window as i32;
        for (channel, x) in self.channels.iter_mut().zip(sample) {
            if self.fill == 0 {
                channel.begin(x, if self.started { channel.centre } else { x });
            }
            channel.add(x, from_middle);
        }
        self.started = true;
        self.fill += 1;
        (self.fill >= self.window).then(|| self.end())
    }

    fn clear(&mut self) {
        self.fill = 0;
        self.started = false;
    }
}

/// Sums over the window at hand of one channel.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Moments {
    /// `Σ x²`, and `Σ (2 i + 1 − n) xᵢ`.
    squares: u64,
    rise: i64,
    /// `Σ x`.
    sum: i32,
    lowest: i16,
    highest: i16,
    /// What crossings cross, and whether the last sample was there or above.
    centre: i16,
    above: bool,
    crossings: u16,
}

impl Moments {
    /// Of no sample.
    const NEW: Self = Self {
        squares: 0,
        rise: 0,
        sum: 0,
        lowest: i16::MAX,
        highest: i16::MIN,
        centre: 0,
        above: false,
        crossings: 0,
    };

    /// Begins a window with its first sample.
    fn begin(&mut self, x: i16, centre: i16) {
        *self = Self {
            centre,
            above: x >= centre,
            ..Self::NEW
        };
    }

    /// Adds a sample; `from_middle` is by how many half samples it is behind the middle of the window.
    fn add(&mut self, x: i16, from_middle: i32) {
        let above = x >= self.centre;
        self.crossings += u16::from(above != self.above);
        self.above = above;
        self.lowest = self.lowest.min(x);
        self.highest = self.highest.max(x);
        let x = i32::from(x);
        self.sum += x;
        self.squares += u64::from((x * x) as u32);
        self.rise += i64::from(from_middle * x);
    }

    /// Mean, deviation, peak to peak, crossings and slope of `n` samples.
    fn statistics(&self, n: u32) -> [i32; EACH] {
        let n = u64::from(n);
        let sum = u64::from(self.sum.unsigned_abs());
        let range = i64::from(self.highest) - i64::from(self.lowest);
        [
            ratio(i64::from(self.sum) << 16, n),
            deviation(n * self.squares - sum * sum, n),
            saturate(range << 16),
            i32::from(self.crossings as i16) << 16,
            ratio((6 * self.rise) << 16, n * (n + 1)),
        ]
    }
}

/// `√v / n` in Q16.
fn deviation(v: u64, n: u64) -> i32 {
    // As many bits as fit, an even number: the root gets half of them.
    let more = (v | 1).leading_zeros() / 2;
    let root = u64::from(root(v << (2 * more)));
    ratio((root << 16 >> more) as i64, n)
}

/// `⌊√v⌋`, bit by bit.
fn root(v: u64) -> u32 {
    let (mut root, mut bit) = (0u64, 1 << 31);
    while bit > 0 {
        let larger = root | bit;
        if larger * larger <= v {
            root = larger;
        }
        bit >>= 1;
    }
    root as u32
}

/// `x / n`, rounded towards zero.
fn ratio(x: i64, n: u64) -> i32 {
    saturate(x.checked_div(n as i64).unwrap_or(0))
}

fn saturate(x: i64) -> i32 {
    x.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}
