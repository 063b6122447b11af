//! What the RP2350's boot ROM wants to see before it starts an image.

/// The smallest `IMAGE_DEF` of an Arm image: RP2350 datasheet, section 5.9.5.1.
// Placing data in a section by name is unsafe because a wrong one breaks the program. This one exists only in
// `boards/rp2350/memory.x`, which puts it behind the vector table, within the first 4 KB of the flash.
#[allow(unsafe_code)]
#[unsafe(link_section = ".start_block")]
#[used]
static IMAGE_DEF: [u32; 5] = [
    0xffff_ded3, // start of a block
    0x1021_0142, // image type, one word: executable, secure, Arm, RP2350
    0x0000_01ff, // last item, after one word
    0x0000_0000, // the next block is this one: no other
    0xab12_3579, // end of a block
];
