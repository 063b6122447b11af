//! Runs generated modules on emulated boards: the bits of every score, and its instructions, stack and bytes.
//!
//! A [`Simulator`] puts the module into a small firmware crate and links it. The crate stays in a cache folder, so that
//! the next model builds in about a second. The resulting [`Firmware`] runs under QEMU.

mod bound;
mod cache;
mod cargo;
mod causes;
mod crate_files;
mod cycles;
mod element;
mod qemu;
mod record;
mod runtime;
mod sizes;
mod trace;
mod watch;

pub use bound::{Code, Extent};
pub use causes::BoardCause;
pub use record::{Count, Pushes, Run};
pub use runtime::Runtime;
pub use sizes::Sizes;

use crate::Target;
use crate::board::toolchain;
use crate::signal::Piece;
use crate_files::CrateFiles;
use element::Element;
use nice_flow_codegen::module::Part;
use nice_flow_codegen::output::Scratch;
use nice_flow_codegen::{Error, Result};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The optimisation level of the firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Optimise for speed.
    #[default]
    Three,
    /// Optimise for size.
    S,
    /// Optimise for size above all.
    Z,
}

impl OptLevel {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Three, Self::S, Self::Z];

    /// The name that the compiler uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Three => "3",
            Self::S => "s",
            Self::Z => "z",
        }
    }
}

impl fmt::Display for OptLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for OptLevel {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|level| level.name() == name);
        found.ok_or_else(|| {
            let message = format!("expected 3, s or z, found `{name}`");
            Error::input("opt-level", message)
        })
    }
}

/// Builds firmware around generated modules.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// The core.
    pub target: Target,
    /// The optimisation level of the firmware, including the runtime crate.
    pub opt_level: OptLevel,
    /// The version of the `nice-flow` crate that the firmware is linked with.
    pub runtime: Runtime,
    /// A new folder in which the firmware crate and the rows of the last run are kept for the user.
    pub keep: Option<PathBuf>,
}

impl Simulator {
    /// Links `module`, a source text with `D`, `Model` and `MODEL`, into firmware.
    pub fn build(&self, module: &str) -> Result<Firmware> {
        self.link(module, None)
    }

    /// Links a firmware whose model is that of a blob, which it opens in its flash; the module has the same `LAYOUT`.
    pub fn build_with(&self, module: &str, blob: &[u8]) -> Result<Firmware> {
        self.link(module, Some(blob))
    }

    fn link(&self, module: &str, blob: Option<&[u8]>) -> Result<Firmware> {
        toolchain::ensure(&[self.target])?;
        let files = CrateFiles::new(self, module, blob)?;
        if let Some(keep) = &self.keep {
            files.write_new(keep)?;
        }
        let folder = cache::folder(self)?;
        let lock = cache::lock(&folder)?;
        files.write(&folder)?;
        let images = cargo::build(&folder, self.target, &sizes::IMAGES)?;
        drop(lock);
        Ok(Firmware {
            target: self.target,
            element: Element::of(module),
            keep: self.keep.clone(),
            images,
        })
    }

    /// The cost of scoring one row, then that of each part of the model in turn.
    ///
    /// Empty if this QEMU cannot disassemble.
    pub fn efforts(&self, module: &str, parts: &[Part], row: &[f64]) -> Result<Vec<Effort>> {
        toolchain::ensure(&[self.target])?;
        let files = CrateFiles::new(self, module, None)?.with_trace(parts);
        let folder = cache::folder(self)?;
        let lock = cache::lock(&folder)?;
        files.write(&folder)?;
        let images = cargo::build(&folder, self.target, &["trace"])?;
        drop(lock);
        let element = Element::of(module);
        write(&images.path().join(element.file()), &element.bytes(row))?;
        let elf = images.path().join("trace");
        let trace = qemu::trace(self.target, &elf, images.path(), watch::patience()?)?;
        let effort = |region: trace::Region| Effort {
            instructions: region.clone().count() as u64,
            cycles: cycles::cycles(self.target, region),
        };
        Ok(trace.regions().map(effort).collect())
    }
}

/// The cost of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The exact number of instructions executed.
    pub instructions: u64,
    /// Cycles estimated from ARM's timing tables; `None` for cores without such a table.
    pub cycles: Option<u64>,
}

/// A firmware with a model, linked for a board.
#[derive(Debug)]
pub struct Firmware {
    target: Target,
    element: Element,
    keep: Option<PathBuf>,
    /// The folder of the ELF files, removed when this is dropped.
    images: Scratch,
}

impl Firmware {
    /// Scores `rows`, of `dim` elements each, under QEMU; `progress` receives the number of rows done.
    ///
    /// Elements are converted to the type that the module takes: raw units to `f32`, counts to `i32`.
    pub fn run<X: Copy + Into<f64>>(
        &self,
        rows: &[X],
        dim: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Run> {
        if rows.is_empty() || dim == 0 || !rows.len().is_multiple_of(dim) {
            let message = format!("{} elements are no rows of {dim}", rows.len());
            return Err(Error::input("simulate", message));
        }
        let (file, bytes) = (self.element.file(), self.element.bytes(rows));
        let records = self.records(file, &bytes, progress)?;
        record::read(&records, rows.len() / dim, dim, self.target)
    }

    /// Gives raw samples to the front end of a module with `dim` inputs, piece by piece, and scores each window. Beside the scores,
    /// what the front end did with the samples. `progress` receives the number of windows done.
    pub fn run_raw(
        &self,
        pieces: &[Piece],
        channels: usize,
        dim: usize,
        progress: &dyn Fn(usize),
    ) -> Result<(Run, Pushes)> {
        let mut bytes = vec![];
        for piece in pieces {
            let samples = (piece.counts.len() / channels.max(1)) as u32;
            bytes.extend(samples.to_le_bytes());
            bytes.extend(piece.counts.iter().flat_map(|count| count.to_le_bytes()));
        }
        let windows = pieces.iter().map(|piece| piece.windows).sum();
        let records = self.records("samples.i16", &bytes, &|records| progress(records / 2))?;
        record::read_raw(&records, windows, dim, self.target)
    }

    /// What the firmware writes when it is given a file.
    fn records(&self, file: &str, bytes: &[u8], progress: &dyn Fn(usize)) -> Result<Vec<u8>> {
        if let Some(keep) = &self.keep {
            write(&keep.join(file), bytes)?;
        }
        let folder = scratch()?;
        write(&folder.path().join(file), bytes)?;
        let elf = self.images.path().join("firmware");
        let patience = watch::patience()?;
        qemu::run(self.target, &elf, folder.path(), patience, progress)
    }

    /// The bytes of flash and RAM that the firmware takes.
    pub fn sizes(&self) -> Result<Sizes> {
        sizes::of(self.images.path())
    }

    /// The deepest stack of a call of `score`, whatever the row; if there is no bound, the error says why.
    pub fn extent(&self) -> Result<Extent> {
        let mut code = Code::open(&self.elf())?;
        let score = code.function("8firmware5score")?;
        code.extent(score)
    }

    /// The linked file that [`run`](Self::run) starts; it exists as long as this value.
    pub fn elf(&self) -> PathBuf {
        self.images.path().join("firmware")
    }
}

/// A temporary folder, removed when dropped.
fn scratch() -> Result<Scratch> {
    let parent = std::env::temp_dir();
    Scratch::new(&parent).map_err(|error| Error::caused_in(&parent, error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| Error::caused_in(path, error))
}
