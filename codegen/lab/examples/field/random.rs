//! Random orders and numbers.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

/// Puts places in a random order.
pub fn shuffle(order: &mut [usize], rng: &mut ChaCha8Rng) {
    for last in (1..order.len()).rev() {
        order.swap(last, below(rng, last + 1));
    }
}

/// A number below `end`.
pub fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    (rng.next_u64() % end as u64) as usize
}

/// A number of a standard normal, by the Box–Muller transform.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 2f64.powi(32);
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}
