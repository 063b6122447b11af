//! Of the front ends of `front.rs`. Models were trained on these bits: they change with a minor version at most.

/// Names, and hashes of what comes out.
pub const HASHES: &[(&str, u32)] = &[
    ("eight bands of a channel", 0x8a4c851c),
    ("eight bands of 6 channels", 0x1c82e945),
    ("3 octaves below", 0xb9bf24f3),
    ("sixteen bands", 0x2bfaacff),
    ("sixteen bands and 2 octaves", 0x4e12814f),
    ("a sum over 3 channels", 0xc7436c16),
    ("a sum with means", 0xdc05c783),
    ("means", 0xd1c1530d),
    ("overlapping windows", 0xbc3ab44b),
    ("statistics of a channel", 0x4453abcc),
    ("statistics of 6 channels", 0x04a8ba38),
];

/// Of `700 i` as an `i16`, 256 samples of it.
pub const SAW_BANDS: [i32; 8] = [
    1787075, 1582706, 1480815, 1365241, 1448987, 1378806, 1351451, 1346352,
];
/// Of the same.
pub const SAW_STATISTICS: [i32; 5] = [60948480, 1279906241, 2147483647, 327680, -433513754];
