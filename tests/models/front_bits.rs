//! Of the front ends of `front.rs`. Models were trained on these bits: they change with a minor version at most.

/// Names, and hashes of what comes out.
pub const HASHES: &[(&str, u32)] = &[
    ("eight bands of a channel", 0xe6973983),
    ("eight bands of 6 channels", 0x99ce14fe),
    ("3 octaves below", 0xf2ce9181),
    ("sixteen bands", 0xe04c6175),
    ("sixteen bands and 2 octaves", 0xe42a3174),
    ("a sum over 3 channels", 0x93701da2),
    ("a sum with means", 0xa2f860dc),
    ("means", 0xa3b09a89),
    ("overlapping windows", 0xc9cd0d5a),
    ("statistics of a channel", 0x4453abcc),
    ("statistics of 6 channels", 0x04a8ba38),
];
