//! An upper bound of the stack depth of a call, for every input, computed from the linked file.
//!
//! Every path through the code is followed while tracking the depth of the stack; a call adds the depth of its callee.
//! There is no bound, and the error says why, for a call by a pointer that is not a constant in the code, for
//! recursion, and for a stack that grows in a loop or by an unknown amount. It is assumed, not checked, that functions
//! preserve the registers that the calling convention requires. A jump to an address from an array goes to
//! any of the array's, which ends where a word is no address in the function. What a compiler for RISC-V takes out of several
//! functions, to have it once, may leave the stack at another depth; how deep, is found as the depth of a function is.

mod conditional;
mod image;
mod riscv;
mod state;
mod thumb;

use image::Image;
use nice_flow_codegen::{Error, Result};
use state::State;
use std::collections::BTreeMap;
use std::path::Path;
use thumb::{Flow, Instruction};

/// The worst case of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The deepest stack in bytes, without that of the caller and of interrupts.
    pub stack_bytes: u32,
    /// Whether an instruction that stops the processor can be reached, as in a panic.
    pub can_trap: bool,
}

/// The code of a linked file, and the worst cases of its functions that are known so far.
#[derive(Debug)]
pub struct Code {
    image: Image,
    extents: BTreeMap<u32, Extent>,
    /// The bytes that parts in common to functions leave on the stack.
    left: BTreeMap<u32, i64>,
    /// The functions on the path of calls to the present one.
    open: Vec<u32>,
}

/// A path through a function, up to an address and with the state there.
type Way = (u32, State);

impl Code {
    /// Reads an ELF file for a Cortex-M or a RISC-V.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            image: Image::open(path)?,
            extents: BTreeMap::new(),
            left: BTreeMap::new(),
            open: vec![],
        })
    }

    /// The address of the only function whose name contains `part`.
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

    /// The worst case of a call of the function at an address; an error if there is no bound.
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

    /// Follows every path from the first instruction of a function.
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
            if let Flow::PartEnd = instruction.flow {
                let left = *self.left.entry(function).or_insert(met.depth);
                if left != met.depth {
                    return Err(self.at(address, "the stack is not always equally deep"));
                }
            }
            ways.extend(self.step(address, &instruction, &met, &mut extent)?);
        }
        Ok(extent)
    }

    /// The continuations of a path behind an instruction.
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
        if let Flow::Part(register, offset) = instruction.flow {
            let part = after.number(register);
            let part = part.ok_or_else(|| self.at(address, "a call by a pointer"))?;
            let part = part.wrapping_add_signed(offset);
            let behind = self.behind_part(part, before, extent)?;
            let next = address + instruction.size;
            return Ok(behind.into_iter().map(|state| (next, state)).collect());
        }
        let targets = self.targets(address, instruction, before, &after, extent)?;
        let ways = targets.into_iter().map(|target| (target, after.clone()));
        Ok(ways.collect())
    }

    /// The state behind a part that functions have in common; `None` if it never goes back. Its worst case is added to `extent`.
    fn behind_part(
        &mut self,
        part: u32,
        before: &State,
        extent: &mut Extent,
    ) -> Result<Option<State>> {
        extent.deepen(before.depth, self.extent(part)?);
        let left = self.left.get(&part);
        Ok(left.map(|left| before.after_part(*left)))
    }

    /// The addresses at which a path can continue behind an instruction; a call adds the worst case of its callee to
    /// `extent`.
    fn targets(
        &mut self,
        address: u32,
        instruction: &Instruction,
        before: &State,
        after: &State,
        extent: &mut Extent,
    ) -> Result<Vec<u32>> {
        let next = address + instruction.size;
        let held = |register, offset| Some(before.number(register)?.wrapping_add_signed(offset));
        match instruction.flow {
            Flow::Next | Flow::If(_) | Flow::Part(..) => Ok(vec![next]),
            Flow::Jump(target) => Ok(vec![target]),
            Flow::Branch(target) => Ok(vec![next, target]),
            // ARMv6-M has no long jump: where a function has saved its return address, a call within it is one.
            Flow::Call(target) if self.image.is_within(address, target) => Ok(vec![target]),
            Flow::Call(callee) => {
                extent.deepen(before.depth, self.extent(callee)?);
                Ok(vec![next])
            }
            Flow::CallRegister(register, offset) => {
                let callee = held(register, offset)
                    .ok_or_else(|| self.at(address, "a call by a pointer"))?;
                extent.deepen(before.depth, self.extent(callee)?);
                Ok(vec![next])
            }
            Flow::JumpRegister(register, offset) => {
                if let Some(target) = held(register, offset) {
                    return Ok(vec![target & !1]);
                }
                let array = before.array(register);
                let targets = array.map_or(vec![], |array| self.image.addresses(array, address));
                match targets.is_empty() {
                    true => Err(self.at(address, "a jump by a pointer")),
                    false => Ok(targets),
                }
            }
            Flow::Return if after.depth != 0 => {
                Err(self.at(address, "a return that leaves something on the stack"))
            }
            Flow::Return | Flow::PartEnd => Ok(vec![]),
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
    /// Raises the worst case to that of a call at a stack depth.
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
