//! Front ends on streams that no sensor would send and some that one might: what comes out, as a hash, is kept in
//! `front_bits.rs` and must be the same on every host and board.

use nice_flow::front::{Bands, Eight, Sixteen, Statistics};
use nice_flow::{Collect, Number};

/// Samples of every stream.
pub const SAMPLES: u32 = 100_000;

/// A name, and what gives the hash of all vectors of a front end.
pub type Case = (&'static str, fn() -> u32);

/// Every kind of front end.
pub const CASES: &[Case] = &[
    ("eight bands of a channel", || {
        hash::<1, 8>(Bands::<1, 0, 8>::new(256))
    }),
    ("eight bands of 6 channels", || {
        hash::<6, 48>(Bands::<6, 0, 48>::new(1_008))
    }),
    ("3 octaves below", || {
        hash::<1, 11>(Bands::<1, 3, 11>::new(320))
    }),
    ("sixteen bands", || {
        hash::<1, 16>(Bands::<1, 0, 16, Sixteen>::new(512))
    }),
    ("sixteen bands and 2 octaves", || {
        hash::<2, 36>(Bands::<2, 2, 36, Sixteen>::new(192))
    }),
    ("a sum over 3 channels", || {
        hash::<3, 8>(Bands::<3, 0, 8>::new(256))
    }),
    ("a sum with means", || {
        hash::<3, 12>(Bands::<3, 1, 12>::new(128))
    }),
    ("means", || hash::<3, 27>(Bands::<3, 0, 27>::new(128))),
    ("overlapping windows", || {
        hash::<2, 18>(Bands::<2, 1, 18, Eight, 4>::new(256))
    }),
    ("statistics of a channel", || {
        hash::<1, 5>(Statistics::<1, 5>::new(60))
    }),
    ("statistics of 6 channels", || {
        hash::<6, 30>(Statistics::<6, 30>::new(1_000))
    }),
];

/// FNV-1a of the words of all vectors. There is a gap after every 7,777 samples.
fn hash<const CH: usize, const D: usize>(
    mut front: impl Collect<CH, D, Raw = i16, Value = i32>,
) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for i in 0..SAMPLES {
        if i % 7_777 == 7_776 {
            front.clear();
        }
        let x = front.push(core::array::from_fn(|channel| sample(i, channel as u32)));
        for word in x.iter().flat_map(|x| x.iter()) {
            hash = (hash ^ *word as u32).wrapping_mul(0x0100_0193);
        }
    }
    hash
}

/// A sample: every 2,048 another kind of signal.
pub fn sample(i: u32, channel: u32) -> i16 {
    let noise = random(i * 8 + channel) as i16;
    match (i / 2_048 + channel) % 10 {
        // Silence, at no particular level.
        0 => 1_234,
        // White noise, loud, ordinary and within a count.
        1 => noise,
        2 => noise >> 6,
        3 => noise >> 15,
        // From end to end, at every sample and at random.
        4 => [i16::MIN, i16::MAX][i as usize % 2],
        5 => [i16::MIN, i16::MAX][usize::from(noise > 0)],
        // Steps.
        6 => random(i / 300) as i16,
        // A saw, slow and fast.
        7 => (i * 40) as i16,
        8 => (i * 9_001) as i16,
        // Off and dead, then on.
        _ => noise.max(i16::ZERO) & -i16::from(i % 512 > 300),
    }
}

/// Any word for a number.
fn random(i: u32) -> u32 {
    let i = i.wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    let i = (i ^ i >> 16).wrapping_mul(0x7feb_352d);
    let i = (i ^ i >> 15).wrapping_mul(0x846c_a68b);
    i ^ i >> 16
}
