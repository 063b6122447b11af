//! Rows for the models of the shuttle: ordinary ones, and what broken sensors send.

use super::network::random;

/// Elements of a row; a model takes as many as it has inputs.
pub const WIDTH: usize = 16;
/// Ordinary rows, those with one strange element, those of nothing else.
pub const COUNT: usize = ORDINARY + 2 * STRANGE.len();
/// Rows, in raw units.
pub static ROWS: [[f32; WIDTH]; COUNT] = rows();

const ORDINARY: usize = 24;
/// A normal reading of the shuttle.
const NORMAL: [f32; 9] = [37.0, 0.0, 108.0, 0.0, 30.0, -22.0, 71.0, 77.0, 6.0];
const STRANGE: [f32; 20] = [
    0.0,
    -0.0,
    1.0,
    -250.5,
    4095.0,
    32_767.0,
    -32_768.0,
    1e6,
    2_147_483_648.0,
    -1e10,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-40,
    -1e-45,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::from_bits(0xffc1_2345),
    f32::from_bits(0x7fa0_0001),
];

const fn rows() -> [[f32; WIDTH]; COUNT] {
    let mut rows: [[f32; WIDTH]; COUNT] = random(1, 20.0);
    let mut i = 0;
    while i < COUNT {
        let mut j = 0;
        while j < NORMAL.len() {
            // The later, the stranger.
            rows[i][j] = NORMAL[j] + rows[i][j] * (i % ORDINARY) as f32 / ORDINARY as f32;
            j += 1;
        }
        if i >= ORDINARY + STRANGE.len() {
            rows[i] = [STRANGE[i - ORDINARY - STRANGE.len()]; WIDTH];
        } else if i >= ORDINARY {
            rows[i][i % NORMAL.len()] = STRANGE[i - ORDINARY];
        }
        i += 1;
    }
    rows
}
