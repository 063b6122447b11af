//! The vector instructions of the processor. All of them give the same bits.

use pulp::{Arch, WithSimd};

/// Vector instructions that this processor supports.
#[derive(Clone, Copy, Debug)]
pub struct Vectors(Arch);

impl Vectors {
    /// The widest that are supported.
    pub fn widest() -> Self {
        Self(Arch::new())
    }

    /// All that are supported, from scalar to the widest.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        all.extend(pulp::x86::V3::try_new().map(|avx2| Self(Arch::V3(avx2))));
        let widest = Self::widest();
        if all.iter().all(|one| one.name() != widest.name()) {
            all.push(widest);
        }
        all
    }

    /// Their common name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Arch::Scalar => "baseline",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "AVX2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "AVX-512",
            #[allow(unreachable_patterns)]
            _ => "the widest",
        }
    }

    /// What `pulp` calls them.
    pub(super) fn arch(self) -> Arch {
        self.0
    }

    /// Runs an operation with these instructions.
    #[inline]
    pub(super) fn run<F: WithSimd>(self, operation: F) -> F::Output {
        self.0.dispatch(operation)
    }
}
