//! A model's front end on the host: the runtime's own filters at sizes that are known only now.

use nice_flow::Collect;
use nice_flow::front::{Eight, Sixteen, Statistics, Tree};
use nice_flow::host::front::{CHUNK, Channel, levels};
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::model::front_end::{HOPS, Kind};

/// What the front end makes of an uninterrupted stream of samples, Q16, one window after another: a board's bits.
///
/// The front end must be one that [`FrontEnd::check`] accepts.
pub fn outputs(front: &FrontEnd, samples: &[i16]) -> Vec<i32> {
    match (front.kind, front.levels) {
        (Kind::Statistics, _) => statistics(front, samples),
        (Kind::Bands, 3) => octaves::<Eight>(front, samples),
        (Kind::Bands, _) => octaves::<Sixteen>(front, samples),
    }
}

/// Hops that each channel has room for, of which a window with fewer leaves the last ones zero: a type for each number of hops would be
/// four copies of all filters.
const MOST: usize = HOPS[HOPS.len() - 1] as usize;

/// Finds the type for the number of octaves.
fn octaves<T: Tree>(front: &FrontEnd, samples: &[i16]) -> Vec<i32> {
    match front.octaves {
        0 => bands::<0, T>(front, samples),
        1 => bands::<1, T>(front, samples),
        2 => bands::<2, T>(front, samples),
        3 => bands::<3, T>(front, samples),
        4 => bands::<4, T>(front, samples),
        5 => bands::<5, T>(front, samples),
        6 => bands::<6, T>(front, samples),
        7 => bands::<7, T>(front, samples),
        _ => bands::<8, T>(front, samples),
    }
}

/// As `nice_flow::front::Bands` does it, with channels in a vector.
fn bands<const OCTAVES: usize, T: Tree>(front: &FrontEnd, samples: &[i16]) -> Vec<i32> {
    let (width, hops) = (front.channels.len(), front.hops());
    let chunks = front.hop / CHUNK as u32;
    let mut channels = vec![Channel::<OCTAVES, T, MOST>::NEW; width];
    let mut outputs = vec![];
    for (number, chunk) in (0u32..).zip(samples.chunks_exact(CHUNK * width)) {
        let (hop, within) = (number / chunks, number % chunks);
        let slot = (hop % hops) as usize;
        for (place, channel) in channels.iter_mut().enumerate() {
            let own: [i16; CHUNK] = std::array::from_fn(|i| chunk[i * width + place]);
            if within == 0 {
                channel.begin(slot);
                if hop == 0 {
                    channel.start(own[0]);
                }
            }
            channel.filter(&own, slot, within);
        }
        let is_end = within + 1 == chunks && hop + 1 >= hops;
        if is_end {
            let all = chunks * hops;
            levels(&channels, all, front.sum, front.mean, &mut |level| {
                outputs.push(level)
            });
        }
    }
    outputs
}

/// Channel by channel, since they have nothing to do with one another.
fn statistics(front: &FrontEnd, samples: &[i16]) -> Vec<i32> {
    let mut channels = vec![Statistics::<1, 5>::new(front.window); front.channels.len()];
    let mut outputs = vec![];
    for sample in samples.chunks_exact(channels.len()) {
        for (channel, x) in channels.iter_mut().zip(sample) {
            outputs.extend(channel.push([*x]).iter().flatten());
        }
    }
    outputs
}

#[cfg(test)]
mod tests;
