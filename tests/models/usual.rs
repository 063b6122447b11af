//! Usual values of the shuttle's inputs: the three of `nice-flow generate --explain 3`, and a hash of causes.

/// In raw units.
pub static USUAL: [[f32; 3]; 9] = [
    [37.0, 43.0, 51.0],
    [-1.0, 0.0, 1.0],
    [77.0, 82.0, 93.0],
    [-1.0, 0.0, 0.0],
    [28.0, 42.0, 52.0],
    [-10.0, 0.0, 11.0],
    [33.0, 40.0, 48.0],
    [33.0, 41.0, 62.0],
    [0.0, 2.0, 8.0],
];

/// Means and deviations of normal readings, in raw units.
pub const MEAN: [f32; 9] = [44.1, -0.2, 84.6, 0.1, 41.0, 1.25, 40.5, 43.7, 3.1];
pub const DEVIATION: [f32; 9] = [7.5, 2.0, 8.9, 4.1, 13.6, 90.3, 7.25, 11.8, 5.5];
/// Of 24 ordinary rows the second half gives the threshold: its second score.
pub const COMMISSIONED: usize = 24;
pub const RATE: f32 = 0.2;

/// Of causes, in their order: the place of each input, and the bits of the score that is left.
pub fn hash(causes: impl Iterator<Item = (usize, u32)>) -> u32 {
    let mut hash = 0x811c_9dc5u32;
    for (input, bits) in causes {
        hash = (hash ^ input as u32).wrapping_mul(0x0100_0193);
        hash = (hash ^ bits).wrapping_mul(0x0100_0193);
    }
    hash
}

/// The bits of a score; every NaN has those of one.
pub fn single(score: f32) -> u32 {
    if score.is_nan() {
        0x7fc0_0000
    } else {
        score.to_bits()
    }
}
