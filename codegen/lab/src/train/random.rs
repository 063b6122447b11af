//! Random numbers that are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::f32::consts::TAU;

/// The random stream of a seed for one purpose; streams for other purposes are independent.
pub(super) fn generator(seed: u64, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(purpose);
    rng
}

/// Uniform on the open interval (0, 1), in steps of 2⁻²³.
pub(super) fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    ((rng.next_u32() >> 9) as f32 + 0.5) / (1 << 23) as f32
}

/// Two uniform numbers, of which [`add_noise`] makes two normal ones.
pub(super) type Pair = [f32; 2];

/// Pairs of uniform numbers.
pub(super) fn pairs(count: usize, rng: &mut ChaCha8Rng) -> Vec<Pair> {
    (0..count).map(|_| [uniform(rng), uniform(rng)]).collect()
}

/// Adds normal noise of standard deviation `size`, by the Box–Muller transform of a pair for each two values.
pub(super) fn add_noise(values: &mut [f32], size: f32, pairs: &[Pair]) {
    for (pair, [u, v]) in values.chunks_mut(2).zip(pairs) {
        let radius = size * (-2.0 * libm::logf(*u)).sqrt();
        let (sin, cos) = libm::sincosf(TAU * v);
        pair.iter_mut()
            .zip([sin, cos])
            .for_each(|(value, part)| *value += radius * part);
    }
}

/// Shuffles a list (Fisher–Yates).
pub(super) fn shuffle<T>(list: &mut [T], rng: &mut ChaCha8Rng) {
    for last in (1..list.len()).rev() {
        let chosen = (u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64;
        list.swap(last, chosen as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_mean_zero_and_the_asked_deviation() {
        let mut values = vec![0.0; 100_000];
        let pairs = pairs(50_000, &mut generator(1, 2));
        add_noise(&mut values, 0.5, &pairs);
        let mean: f32 = values.iter().sum::<f32>() / 1e5;
        let square: f32 = values.iter().map(|v| v * v).sum::<f32>() / 1e5;
        // The limit is five standard errors.
        assert!(mean.abs() < 0.008, "{mean}");
        assert!((square.sqrt() - 0.5).abs() < 0.006, "{square}");
    }

    #[test]
    fn a_shuffle_keeps_every_element() {
        let mut list: Vec<usize> = (0..100).collect();
        shuffle(&mut list, &mut generator(3, 0));
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }
}
