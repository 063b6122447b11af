//! Which inputs a board blames.

use super::crate_files::CrateFiles;
use super::element::Element;
use super::{Simulator, cache, cargo, qemu, record, scratch, watch, write};
use crate::board::toolchain;
use nice_flow_codegen::Result;

/// An input that makes a row anomalous, as a board says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoardCause {
    /// The place of the input.
    pub input: usize,
    /// The usual value, in what the module takes.
    pub usual: f64,
    /// The bits of the score that is left with this input and those of earlier causes at their usual values.
    pub score_bits: u32,
}

impl Simulator {
    /// At most so many causes of each row, the one to blame first in front, from a module with `THRESHOLD` and `USUAL`. Rows are in what
    /// the module takes, `dim` numbers each. `progress` receives the number of rows done.
    pub fn causes(
        &self,
        module: &str,
        rows: &[f64],
        dim: usize,
        most: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Vec<Vec<BoardCause>>> {
        toolchain::ensure(&[self.target])?;
        let element = Element::of(module);
        let files = CrateFiles::new(self, module, None)?.with_why(element, most);
        let folder = cache::folder(self)?;
        let lock = cache::lock(&folder)?;
        files.write(&folder)?;
        let images = cargo::build(&folder, self.target, &["why"])?;
        drop(lock);
        let inputs = scratch()?;
        write(&inputs.path().join(element.file()), &element.bytes(rows))?;
        let elf = images.path().join("why");
        let done = |records| progress(records / most.max(1));
        let patience = watch::patience()?;
        let records = qemu::run(self.target, &elf, inputs.path(), patience, &done)?;
        let records =
            record::read_causes(&records, rows.len() / dim.max(1) * most, dim, self.target)?;
        let cause = |[input, usual, score_bits]: &[u32; 3]| BoardCause {
            input: *input as usize,
            usual: element.number(*usual),
            score_bits: *score_bits,
        };
        let of_row = |records: &[[u32; 3]]| {
            let causes = records.iter().filter(|[input, ..]| *input != u32::MAX);
            causes.map(cause).collect()
        };
        Ok(records.chunks_exact(most.max(1)).map(of_row).collect())
    }
}
