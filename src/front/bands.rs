//! Raw counts in, the energies of bands out: filters instead of a Fourier transform, with no window in RAM.

use super::channel::Channel;
use super::half_band::CHUNK;
use super::levels::levels;
use super::tree::{Eight, Tree};
use crate::Collect;
use nalgebra::SVector;

/// The longest window in samples: sums of its lowest band fit 32 bits.
const LONGEST: u32 = 1 << 19;

/// Levels of frequency bands of `CH` channels, once a window.
///
/// ```text
/// level of a band = log₂ (1/n Σ y²)      y: what the band lets through, in counts; Q16, so that 65536 is a factor of two
/// ```
///
/// Twice the amplitude is `2 << 16` more. A channel has eight bands of one width from 0 to half of the sampling rate ([`Eight`];
/// with [`Sixteen`](super::Sixteen) sixteen) and below them `OCTAVES`, each the upper half of what is left of the lowest band.
/// Of the lowest band its mean is taken off, which is gravity and drift. `D` says what the vectors hold:
///
/// | `D`, where `B` is bands and octaves | vector |
/// |---|---|
/// | `CH * B` | of each channel its octaves, the slowest first, then its bands by rising frequency |
/// | `B` | the same of energies summed over the channels, for a sensor that may be mounted any way round |
/// | `CH` more | and then the mean of each channel in counts, Q16, at most half of full scale from the first sample |
///
/// The samples are `i16` counts as an ADC or a sensor's registers give them. Everything is an integer, and the same bits on
/// every board and host. Samples are filtered in chunks of sixteen, so that no sample costs much more than another; in RAM
/// are, whatever the length of a window, 16 + 216 · `CH` bytes, and 28 · `CH` an octave.
///
/// ```
/// use nice_flow::{Collect, front::Bands};
///
/// // A tone at 3/32 of the sampling rate: between 1/16 and 2/16, which is the second band of eight.
/// let mut bands = Bands::<1, 0, 8>::new(128);
/// let sample = |i: u32| [(1000.0 * (f64::from(i) * std::f64::consts::TAU * 3.0 / 32.0).sin()) as i16];
/// let levels = (0..256).filter_map(|i| bands.push(sample(i))).last().unwrap();
/// assert_eq!(levels.imax(), 1);
/// // Its mean square is half of the square of its amplitude.
/// assert!((f64::from(levels[1]) / 65536.0 - 500_000f64.log2()).abs() < 0.1);
/// ```
///
/// A [`Detector`](crate::Detector) takes them as its collector, in a `static` too. With `HOPS`, a window begins every
/// `1 / HOPS` of its length:
///
/// ```
/// use nice_flow::{Detector, front::{Bands, Eight}};
/// # #[derive(Debug)] struct Quiet;
/// # impl nice_flow::Density<i32, 24> for Quiet {
/// #     type Nats = f32;
/// #     fn log_density(&self, x: &nice_flow::nalgebra::SVector<i32, 24>) -> f32 { -x.map(|x| x as f32 / 65536.0).max() }
/// # }
/// # static MODEL: Quiet = Quiet;
/// static BANDS: Bands<3, 0, 24, Eight, 4> = Bands::new(256);
/// let mut detector = Detector::with(BANDS.clone(), &MODEL, 8.0);
/// let verdicts = (0..1024).filter_map(|_| detector.push([12, -7, 2048])).count();
/// assert_eq!(verdicts, 13);
/// ```
///
/// That `D` is one of these is checked when the program is built:
///
/// ```compile_fail,E0080
/// let bands = nice_flow::front::Bands::<3, 0, 23>::new(256);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bands<
    const CH: usize,
    const OCTAVES: usize,
    const D: usize,
    T: Tree = Eight,
    const HOPS: usize = 1,
> {
    /// Chunks a hop, and those of the hop at hand.
    hop: u32,
    chunks: u32,
    /// Samples of the chunk at hand.
    fill: u8,
    /// Where the sums of the hop at hand are, and how many hops before it are there.
    slot: u8,
    hops: u8,
    chunk: [[i16; CHUNK]; CH],
    channels: [Channel<OCTAVES, T, HOPS>; CH],
}

impl<const CH: usize, const OCTAVES: usize, const D: usize, T: Tree, const HOPS: usize>
    Bands<CH, OCTAVES, D, T, HOPS>
{
    /// Levels of a channel.
    const LEVELS: usize = T::BANDS + OCTAVES;
    /// Whether energies are summed over the channels.
    const SUMMED: bool = D < CH * Self::LEVELS;
    /// How many levels a vector has.
    const ALL_LEVELS: usize = if Self::SUMMED { 1 } else { CH } * Self::LEVELS;
    /// Whether means come behind them.
    const MEANS: bool = D > Self::ALL_LEVELS;
    /// The samples of a hop are a multiple of this, so that each band and octave has as many in every hop.
    const STEP: u32 = {
        let octave = (T::BANDS as u32) << OCTAVES;
        if octave > CHUNK as u32 {
            octave
        } else {
            CHUNK as u32
        }
    };

    /// Windows of so many samples: at most 2¹⁹, and each of its `HOPS` parts a multiple of 16, and of bands · 2^`OCTAVES`.
    ///
    /// # Panics
    ///
    /// If `window` is none of these; in a `static` or `const` that is an error of the compiler.
    ///
    /// ```compile_fail,E0080
    /// static BANDS: nice_flow::front::Bands<3, 0, 24> = nice_flow::front::Bands::new(100);
    /// ```
    pub const fn new(window: u32) -> Self {
        const {
            assert!(0 < CH && OCTAVES <= 12 && 0 < HOPS && HOPS < 256);
            assert!(
                D == Self::ALL_LEVELS || D == Self::ALL_LEVELS + CH,
                "D must be the levels of every channel or of their sum, with or without a mean a channel"
            );
        };
        let hop = window / HOPS as u32;
        assert!(
            0 < hop && window <= LONGEST && window == hop * HOPS as u32,
            "a window must be hops of some samples, at most 2^19 together"
        );
        assert!(
            hop.is_multiple_of(Self::STEP),
            "a hop must be a multiple of 16 samples, and of bands << OCTAVES"
        );
        Self {
            hop: hop / CHUNK as u32,
            chunks: 0,
            fill: 0,
            slot: 0,
            hops: 0,
            chunk: [[0; CHUNK]; CH],
            channels: [const { Channel::NEW }; CH],
        }
    }

    /// Filters the chunk.
    #[inline(never)]
    fn filter(&mut self) {
        let slot = usize::from(self.slot);
        for (channel, chunk) in self.channels.iter_mut().zip(&self.chunk) {
            if self.chunks == 0 {
                channel.begin(slot);
                if self.hops == 0 {
                    channel.start(chunk[0]);
                }
            }
            channel.filter(chunk, slot, self.chunks);
        }
        self.chunks += 1;
    }

    /// Ends a hop; the levels of the window that ends with it.
    #[inline(never)]
    fn end(&mut self) -> Option<SVector<i32, D>> {
        self.chunks = 0;
        self.slot += 1;
        if usize::from(self.slot) >= HOPS {
            self.slot = 0;
        }
        if usize::from(self.hops) < HOPS {
            self.hops += 1;
        }
        (usize::from(self.hops) == HOPS).then(|| self.levels())
    }

    fn levels(&self) -> SVector<i32, D> {
        let mut x = SVector::<i32, D>::repeat(0);
        let mut slots = x.as_mut_slice().iter_mut();
        let mut write = |value| {
            if let Some(slot) = slots.next() {
                *slot = value;
            }
        };
        let chunks = self.hop * HOPS as u32;
        levels(
            &self.channels,
            chunks,
            Self::SUMMED,
            Self::MEANS,
            &mut write,
        );
        x
    }
}

impl<const CH: usize, const OCTAVES: usize, const D: usize, T: Tree, const HOPS: usize>
    Collect<CH, D> for Bands<CH, OCTAVES, D, T, HOPS>
{
    type Raw = i16;
    type Value = i32;

    /// The levels of the window that this sample ends; most samples end none.
    #[inline]
    fn push(&mut self, sample: [i16; CH]) -> Option<SVector<i32, D>> {
        let place = usize::from(self.fill);
        for (row, value) in self.chunk.iter_mut().zip(sample) {
            if let Some(slot) = row.get_mut(place) {
                *slot = value;
            }
        }
        self.fill += 1;
        if usize::from(self.fill) < CHUNK {
            return None;
        }
        self.fill = 0;
        self.filter();
        if self.chunks < self.hop {
            return None;
        }
        self.end()
    }

    fn clear(&mut self) {
        self.channels = [const { Channel::NEW }; CH];
        (self.chunks, self.fill, self.slot, self.hops) = (0, 0, 0, 0);
    }
}
