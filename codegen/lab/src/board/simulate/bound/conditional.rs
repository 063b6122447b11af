//! Instructions that are executed on a condition.

use super::{Code, Extent, Way};
use nice_flow_codegen::Result;

impl Code {
    /// Follows the paths through the instructions of an `it` block, each of which is executed if the condition equals
    /// its entry in `holds`. All instructions with equal entries are executed together, unless one of them sets the
    /// flags anew. `held` is the value of the condition, if it is decided on this path.
    pub(super) fn conditionally(
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
}
