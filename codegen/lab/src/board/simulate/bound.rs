//! How deep the stack of a call can get: a bound from the linked file, for every input there is.
//!
//! Every way through the code is followed, with the depth of the stack along it; a call adds the depth of what it
//! calls. Where that does not come to an end there is no bound, and the error says why: a call by a pointer that the
//! code does not hold itself, recursion, a stack that grows in a loop or by what is not known before. That functions keep
//! the registers that ARM's convention makes them keep is taken for granted.

mod image;
mod state;
mod thumb;

use image::Image;
use nice_flow_codegen::{Error, Result};
use state::State;
use std::collections::BTreeMap;
use std::path::Path;
use thumb::{Flow, Instruction};

/// What a call can come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The deepest stack in bytes, those of its caller and of interrupts left out.
    pub stack_bytes: u32,
    /// Whether an instruction can be reached that stops the processor, as panics do.
    pub can_trap: bool,
}

/// The code of a linked file, and what is known of its functions.
#[derive(Debug)]
pub struct Code {
    image: Image,
    extents: BTreeMap<u32, Extent>,
    /// Functions that called one another to get here.
    open: Vec<u32>,
}

/// A way through a function, in the middle.
type Way = (u32, State);

impl Code {
    /// Reads an ELF file for a Cortex-M.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            image: Image::open(path)?,
            extents: BTreeMap::new(),
            open: vec![],
        })
    }

    /// The one function with a name that contains `part`.
    pub fn function(&self, part: &str) -> Result<u32> {
        let mut all = self.image.functions(part);
        match (all.next(), all.next()) {
            (Some(address), None) => Ok(address),
            (None, _) => Err(refused(format!(
                "expected a function {part}, found none: do not strip symbols"
            ))),
            _ => Err(refused(format!(
                "expected one function {part}, found several"
            ))),
        }
    }

    /// What a call of the function at an address can come to; an error if there is no bound.
    pub fn extent(&mut self, function: u32) -> Result<Extent> {
        let function = function & !1;
        if let Some(known) = self.extents.get(&function) {
            return Ok(*known);
        }
        if self.open.contains(&function) {
            let place = self.image.place(function);
            return Err(refused(format!("{place} calls itself")));
        }
        self.open.push(function);
        let extent = self.explore(function);
        self.open.pop();
        let extent = extent?;
        self.extents.insert(function, extent);
        Ok(extent)
    }

    /// Follows every way from the first instruction of a function.
    fn explore(&mut self, function: u32) -> Result<Extent> {
        let mut extent = Extent::default();
        let mut known: BTreeMap<u32, State> = BTreeMap::new();
        let mut ways: Vec<Way> = vec![(function, State::new())];
        while let Some((address, state)) = ways.pop() {
            let met = match known.get(&address) {
                None => state,
                Some(before) => match before.meet(&state) {
                    Some(met) if met == *before => continue,
                    Some(met) => met,
                    None => return Err(self.at(address, "the stack is not always equally deep")),
                },
            };
            known.insert(address, met.clone());
            let instruction = self.instruction(address)?;
            let next = address + instruction.size;
            if let Flow::If(conditions) = instruction.flow {
                let way = (next, met);
                self.conditionally(conditions.holds(), None, way, &mut extent, &mut ways)?;
                continue;
            }
            ways.extend(self.step(address, &instruction, &met, &mut extent)?);
        }
        Ok(extent)
    }

    /// The ways on from an instruction.
    fn step(
        &mut self,
        address: u32,
        instruction: &Instruction,
        before: &State,
        extent: &mut Extent,
    ) -> Result<Vec<Way>> {
        let after = before.after(instruction, |place| self.image.word(place));
        let after =
            after.ok_or_else(|| self.at(address, "the stack changes by an unknown size"))?;
        extent.deepen(before.depth, Extent::default());
        extent.deepen(after.depth, Extent::default());
        let targets = self.targets(address, instruction, before, &after, extent)?;
        let ways = targets.into_iter().map(|target| (target, after.clone()));
        Ok(ways.collect())
    }

    /// The ways through conditional instructions, each executed where the condition holds as `holds` says: all of those
    /// that say the same, unless one of them decides anew. `held` is whether it does, once that is known.
    fn conditionally(
        &mut self,
        holds: &[bool],
        held: Option<bool>,
        (address, state): Way,
        extent: &mut Extent,
        ways: &mut Vec<Way>,
    ) -> Result<()> {
        let Some((wanted, rest)) = holds.split_first() else {
            ways.push((address, state));
            return Ok(());
        };
        let instruction = self.instruction(address)?;
        let next = address + instruction.size;
        if held != Some(*wanted) {
            let skipped = (next, state.clone());
            self.conditionally(rest, Some(!wanted), skipped, extent, ways)?;
        }
        if held != Some(!wanted) {
            let held = Some(*wanted).filter(|_| !instruction.decides);
            for way in self.step(address, &instruction, &state, extent)? {
                match way.0 == next {
                    true => self.conditionally(rest, held, way, extent, ways)?,
                    false => ways.push(way),
                }
            }
        }
        Ok(())
    }

    /// Where a way goes on from an instruction; what it calls is added to the extent.
    fn targets(
        &mut self,
        address: u32,
        instruction: &Instruction,
        before: &State,
        after: &State,
        extent: &mut Extent,
    ) -> Result<Vec<u32>> {
        let next = address + instruction.size;
        let held = |register| before.number(register);
        match instruction.flow {
            Flow::Next | Flow::If(_) => Ok(vec![next]),
            Flow::Jump(target) => Ok(vec![target]),
            Flow::Branch(target) => Ok(vec![next, target]),
            Flow::Call(callee) => {
                extent.deepen(before.depth, self.extent(callee)?);
                Ok(vec![next])
            }
            Flow::CallRegister(register) => {
                let callee =
                    held(register).ok_or_else(|| self.at(address, "a call by a pointer"))?;
                extent.deepen(before.depth, self.extent(callee)?);
                Ok(vec![next])
            }
            Flow::JumpRegister(register) => {
                let target =
                    held(register).ok_or_else(|| self.at(address, "a jump by a pointer"))?;
                Ok(vec![target & !1])
            }
            Flow::Return if after.depth != 0 => {
                Err(self.at(address, "a return that leaves something on the stack"))
            }
            Flow::Return => Ok(vec![]),
            Flow::Table { .. } if self.image.is_code(next) => {
                Err(self.at(address, "a table of jumps that is not marked as data"))
            }
            Flow::Table { bytes } => {
                let offsets = self.image.table(next, bytes).into_iter();
                let targets = offsets.map(|offset| next.wrapping_add(2 * offset));
                Ok(targets
                    .filter(|target| self.image.is_code(*target))
                    .collect())
            }
            Flow::Trap => {
                extent.can_trap = true;
                Ok(vec![])
            }
            Flow::Unknown => {
                Err(self.at(address, "an instruction that goes on nobody knows where"))
            }
        }
    }

    fn instruction(&self, address: u32) -> Result<Instruction> {
        let instruction = self.image.instruction(address);
        instruction.ok_or_else(|| self.at(address, "no code"))
    }

    fn at(&self, address: u32, what: &str) -> Error {
        refused(format!("{what}, in {}", self.image.place(address)))
    }
}

impl Extent {
    /// Makes room for a call at a depth.
    fn deepen(&mut self, depth: i64, callee: Self) {
        let bytes = depth.max(0).saturating_add(callee.stack_bytes.into());
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.stack_bytes = self.stack_bytes.max(bytes);
        self.can_trap |= callee.can_trap;
    }
}

fn refused(reason: String) -> Error {
    Error::input("no bound of the stack", reason)
}

#[cfg(test)]
mod tests;
