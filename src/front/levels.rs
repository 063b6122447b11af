//! From sums over a window to the levels of its bands.

use super::channel::Channel;
use super::half_band::CHUNK;
use super::log2::log2;
use super::tree::Tree;

/// Of each channel its octaves, the slowest first, then its bands by rising frequency; of all together if `summed`. Then, if
/// `means`, the mean of each. The window has so many chunks.
#[inline]
pub fn levels<const OCTAVES: usize, T: Tree, const HOPS: usize>(
    channels: &[Channel<OCTAVES, T, HOPS>],
    chunks: u32,
    summed: bool,
    means: bool,
    write: &mut impl FnMut(i32),
) {
    let count = chunks * (CHUNK / T::BANDS) as u32;
    let log_count = log2(u64::from(count));
    let together = if summed { channels.len() } else { 1 };
    for group in channels.chunks(together.max(1)) {
        for octave in (0..OCTAVES).rev() {
            let halvings = octave as u32 + 1;
            let sum = energy(group, count >> halvings, |channel| channel.octave(octave));
            write(log2(sum) - log_count + ((halvings as i32) << 16) - QUARTERS);
        }
        write(log2(spread(group, count)) - 2 * log_count - QUARTERS);
        for band in 1..T::BANDS {
            let sum = energy(group, count, |channel| channel.band(band));
            write(log2(sum) - log_count - QUARTERS);
        }
    }
    if means {
        channels
            .iter()
            .for_each(|channel| write(channel.mean(count)));
    }
}

/// `log₂` of what a square count has of the filters' units, Q16.
const QUARTERS: i32 = 2 << 16;

/// What rounding adds to `Σ x²`, or more, so that every logarithm is finite and silence is silence.
fn floor(count: u32) -> u64 {
    u64::from(count / 2 + 1)
}

/// `Σ x²` over channels, of so many samples each.
#[inline]
fn energy<C>(group: &[C], count: u32, sum: impl Fn(&C) -> u64) -> u64 {
    group
        .iter()
        .map(|channel| sum(channel) + floor(count))
        .sum()
}

/// `n Σ (x − mean)² = n Σ x² − (Σ x)²` of the lowest band over channels.
#[inline]
fn spread<const OCTAVES: usize, T: Tree, const HOPS: usize>(
    group: &[Channel<OCTAVES, T, HOPS>],
    count: u32,
) -> u64 {
    let each = group.iter().map(|channel| {
        let sum = u64::from(channel.sum().unsigned_abs());
        u64::from(count) * (channel.band(0) + floor(count)) - sum * sum
    });
    // Of four channels at full scale over the longest window, the sum would not fit.
    each.fold(0, u64::saturating_add)
}
