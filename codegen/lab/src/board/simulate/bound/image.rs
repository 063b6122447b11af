//! The code of a linked file. The mapping symbols `$t` (`$x` on RISC-V) and `$d` separate it from the data in between.

use super::riscv;
use super::thumb::Instruction;
use nice_flow_codegen::{Error, Result};
use object::read::elf::ElfFile32;
use object::{
    Architecture, LittleEndian, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The contents of flash.
#[derive(Debug)]
pub struct Image {
    /// The address and content of each section.
    sections: Vec<(u32, Vec<u8>)>,
    /// The addresses where code begins (true) and where data begins (false).
    marks: BTreeMap<u32, bool>,
    /// Whether the instructions are those of RISC-V, not Thumb.
    is_riscv: bool,
    /// The names and sizes of functions, by address.
    names: BTreeMap<u32, (String, u32)>,
}

impl Image {
    /// Reads an ELF file.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
        let elf = ElfFile32::<LittleEndian>::parse(&*bytes);
        let image = elf.and_then(|elf| Self::of(&elf));
        let image = image.map_err(|error| Error::caused_in(path, error))?;
        if image.marks.is_empty() {
            let message =
                "expected the symbols that tell code from data, found none: do not strip them";
            return Err(Error::file(path, message));
        }
        Ok(image)
    }

    fn of(elf: &ElfFile32<LittleEndian>) -> object::Result<Self> {
        let mut image = Self {
            sections: vec![],
            marks: BTreeMap::new(),
            is_riscv: elf.architecture() == Architecture::Riscv32,
            names: BTreeMap::new(),
        };
        for section in elf.sections() {
            if let SectionKind::Text | SectionKind::ReadOnlyData = section.kind() {
                let content = section.data()?.to_vec();
                image.sections.push((section.address() as u32, content));
            }
        }
        for symbol in elf.symbols() {
            let (name, address) = (symbol.name()?, symbol.address() as u32);
            match name.split('.').next() {
                Some(mark) if mark == "$t" || mark.starts_with("$x") => {
                    image.marks.insert(address, true);
                }
                // Where code and data begin at the same address, the data is empty.
                Some("$d" | "$a") => drop(image.marks.entry(address).or_insert(false)),
                _ if symbol.kind() == SymbolKind::Text => {
                    let named = (name.into(), symbol.size() as u32);
                    image.names.insert(address & !1, named);
                }
                _ => (),
            }
        }
        Ok(image)
    }

    /// The addresses of the functions whose names contain `part`.
    pub fn functions<'a>(&'a self, part: &'a str) -> impl Iterator<Item = u32> + 'a {
        let named = self.names.iter();
        named.filter_map(move |(address, (name, _))| name.contains(part).then_some(*address))
    }

    /// The name of the function that contains an address, with the address.
    pub fn place(&self, address: u32) -> String {
        let last = self.names.range(..=address).next_back();
        let name = last.map_or("unknown code", |(_, (name, _))| name);
        format!("{name} at {address:#x}")
    }

    /// Whether two addresses are in one function, the second not at its start.
    pub fn is_within(&self, address: u32, other: u32) -> bool {
        let last = self.names.range(..=address).next_back();
        last.is_some_and(|(start, (_, size))| (start + 1..start + size).contains(&other))
    }

    /// The instruction at an address; `None` where there is none.
    pub fn instruction(&self, address: u32) -> Option<Instruction> {
        if !self.is_code(address) {
            return None;
        }
        let halfword = |address| Some(u16::from_le_bytes(self.read(address)?));
        let (first, second) = (halfword(address)?, halfword(address + 2));
        match self.is_riscv {
            true => riscv::decode(address, first, second),
            false => Instruction::decode(address, first, second),
        }
    }

    /// The word at an address.
    pub fn word(&self, address: u32) -> Option<u32> {
        Some(u32::from_le_bytes(self.read(address)?))
    }

    /// The offsets of a jump table at an address: all data up to the next code, or to the end.
    pub fn table(&self, start: u32, bytes: bool) -> Vec<u32> {
        let code = self.marks.range(start..).find(|(_, is_code)| **is_code);
        let end = code.map_or(u32::MAX, |(end, _)| *end);
        let offset = |place| match bytes {
            true => self.read(place).map(|[byte]| u32::from(byte)),
            false => {
                let half = self.read(place)?;
                Some(u16::from_le_bytes(half).into())
            }
        };
        let places = (start..end).step_by(if bytes { 1 } else { 2 });
        places.map_while(offset).collect()
    }

    /// The words from an address on that are addresses in the function around `place`.
    pub fn addresses(&self, array: u32, place: u32) -> Vec<u32> {
        let words = (array..).step_by(4).map_while(|address| self.word(address));
        words
            .take_while(|word| self.is_within(place, *word) && self.is_code(*word))
            .collect()
    }

    /// Whether an address holds code, not data.
    pub fn is_code(&self, address: u32) -> bool {
        let last = self.marks.range(..=address).next_back();
        last.is_some_and(|(_, is_code)| *is_code)
    }

    /// An image in which code (true) and data alternate, from 0x1000 on.
    #[cfg(test)]
    pub fn of_parts(parts: &[(&[u16], bool)]) -> Self {
        let mut content = vec![];
        let mut marks = BTreeMap::new();
        for (code, is_code) in parts {
            marks.insert(0x1000 + content.len() as u32, *is_code);
            content.extend(code.iter().flat_map(|code| code.to_le_bytes()));
        }
        Self {
            sections: vec![(0x1000, content)],
            marks,
            is_riscv: false,
            names: [(0x1000, ("score".into(), 0))].into(),
        }
    }

    /// The same, as the code of one function.
    #[cfg(test)]
    pub fn of_one(parts: &[(&[u16], bool)]) -> Self {
        let mut image = Self::of_parts(parts);
        let bytes = image.sections.iter().map(|(_, content)| content.len());
        let size = bytes.sum::<usize>() as u32;
        image.names = [(0x1000, ("score".into(), size))].into();
        image
    }

    fn read<const N: usize>(&self, address: u32) -> Option<[u8; N]> {
        self.sections.iter().find_map(|(start, content)| {
            let place = address.checked_sub(*start)? as usize;
            content.get(place..)?.first_chunk().copied()
        })
    }
}
