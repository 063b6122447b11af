//! What the RP2350's boot ROM wants to see before it starts an image on its RISC-V cores.
// Data in a section by name, and in assembly, is unsafe because a wrong one breaks the program. This section exists only in
// `boards/rp2350-riscv/memory.x`, which puts it at the start of the flash.
#![allow(unsafe_code)]

use core::arch::global_asm;

// An `IMAGE_DEF` with an entry point: RP2350 datasheet, sections 5.9.3 and 5.9.5.2. Without one, the ROM would enter the image at its
// lowest address, where this block stands (`boards/rp2350-riscv/memory.x`). In assembly, for the addresses of other symbols.
global_asm!(
    ".pushsection .start_block, \"a\"",
    ".word 0xffffded3", // start of a block
    ".word 0x11010142", // image type, one word: executable, RISC-V, RP2350
    ".word 0x00000344", // entry point, three words
    ".word _start",
    ".word _stack_start",
    ".word 0x000004ff", // last item, after four words
    ".word 0x00000000", // the next block is this one: no other
    ".word 0xab123579", // end of a block
    ".popsection",
);
