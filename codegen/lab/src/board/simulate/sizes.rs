//! Sizes in bytes, from the linked files.

use nice_flow_codegen::{Error, Result};
use object::elf::{SHF_ALLOC, SHF_WRITE, SHT_NOBITS};
use object::read::elf::ElfFile32;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags};
use std::path::Path;

/// The binaries of the firmware crate: one that runs, one that only scores, one that does nothing.
pub const IMAGES: [&str; 3] = ["firmware", "score", "empty"];

/// The bytes that a model takes on a board: those of the smallest firmware that scores one row, without the code that
/// reads rows from a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the model's `static`.
    pub weight_bytes: u64,
    /// All bytes that are written into flash.
    pub flash_bytes: u64,
    /// The part of `flash_bytes` that the call of `score` added, without the weights.
    pub flash_overhead_bytes: u64,
    /// Bytes of mutable statics, without the stack.
    pub static_ram_bytes: u64,
}

/// The sizes of the model, from the images in `folder`.
pub fn of(folder: &Path) -> Result<Sizes> {
    let [runs, scores, empty] = IMAGES.map(|name| Image::open(&folder.join(name)));
    let (scores, empty) = (scores?, empty?);
    let weight_bytes = runs?.model_bytes;
    Ok(Sizes {
        weight_bytes,
        flash_bytes: scores.flash,
        flash_overhead_bytes: scores.flash.saturating_sub(empty.flash + weight_bytes),
        static_ram_bytes: scores.ram,
    })
}

/// Sums over the sections of an ELF file.
struct Image {
    flash: u64,
    ram: u64,
    /// Zero in files without `MODEL_BYTES`.
    model_bytes: u64,
}

impl Image {
    fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
        let elf = ElfFile32::<object::LittleEndian>::parse(&*bytes);
        let elf = elf.map_err(|error| Error::caused_in(path, error))?;
        let (mut flash, mut ram) = (0, 0);
        for section in elf.sections() {
            let SectionFlags::Elf { sh_flags } = section.flags() else {
                continue;
            };
            // Of `riscv-rt`: what is left of RAM.
            if section.name().is_ok_and(|name| name == ".stack") {
                continue;
            }
            let has = |flag: u32| sh_flags & u64::from(flag) != 0;
            let is_stored = section
                .elf_section_header()
                .sh_type
                .get(object::LittleEndian)
                != SHT_NOBITS;
            if has(SHF_ALLOC) && is_stored {
                flash += section.size();
            }
            if has(SHF_ALLOC) && has(SHF_WRITE) {
                ram += section.size();
            }
        }
        Ok(Self {
            flash,
            ram,
            model_bytes: model_bytes(&elf).unwrap_or(0),
        })
    }
}

/// The value of the firmware's static `MODEL_BYTES`.
fn model_bytes(elf: &ElfFile32<'_, object::LittleEndian>) -> Option<u64> {
    let symbol = elf.symbol_by_name("MODEL_BYTES")?;
    let section = elf.section_by_index(symbol.section_index()?).ok()?;
    let bytes = section.data_range(symbol.address(), 4).ok()??;
    Some(u32::from_le_bytes(bytes.try_into().ok()?).into())
}
