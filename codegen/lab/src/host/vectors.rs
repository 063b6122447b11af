//! The vector instructions of the processor. All of them give the same bits.

use pulp::{Arch, Simd, WithSimd};

/// Vector instructions that this processor supports, and what their lanes hold.
#[derive(Clone, Copy, Debug)]
pub struct Vectors {
    arch: Arch,
    is_alone: bool,
}

impl Vectors {
    /// The widest that are supported.
    pub fn widest() -> Self {
        Self::of(Arch::new())
    }

    /// All that are supported, from scalar to the widest.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::of(Arch::Scalar)];
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        all.extend(pulp::x86::V3::try_new().map(|avx2| Self::of(Arch::V3(avx2))));
        let widest = Self::widest();
        if all.iter().all(|one| one.name() != widest.name()) {
            all.push(widest);
        }
        all
    }

    /// Their common name.
    pub fn name(self) -> &'static str {
        match self.arch {
            Arch::Scalar => "baseline",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "AVX2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "AVX-512",
            #[allow(unreachable_patterns)]
            _ => "the widest",
        }
    }

    fn of(arch: Arch) -> Self {
        let is_alone = false;
        Self { arch, is_alone }
    }

    /// The same for a single row in the first lane: the others hold nothing, so that a layer may compute outputs side by side.
    pub(super) fn alone(self) -> Self {
        Self {
            is_alone: true,
            ..self
        }
    }

    /// Whether only the first lane holds a row.
    pub(super) fn is_alone(self) -> bool {
        self.is_alone
    }

    /// What `pulp` calls them.
    pub(super) fn arch(self) -> Arch {
        self.arch
    }

    /// Runs an operation with these instructions.
    #[inline]
    pub(super) fn run<F: WithSimd>(self, operation: F) -> F::Output {
        self.arch.dispatch(operation)
    }

    /// Runs a closure whose loops over lanes the compiler writes with these instructions; the closure must be
    /// `#[inline(always)]`.
    #[inline]
    pub(super) fn compile<R>(self, loops: impl FnMut() -> R) -> R {
        self.run(Loops(loops))
    }
}

/// Not the closure itself: `pulp` would call it by `FnOnce`, and if it can be called more than once the compiler does that by a
/// function of its own, compiled for the instructions that all processors have.
struct Loops<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Loops<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        self.0()
    }
}
