//! On site: where the sensors of this machine lie, and what score is normal for it.

mod reading;
mod site;
mod state;
mod statistics;

pub use reading::{Move, Reading};
pub use site::{Adapted, Site};
pub use statistics::{Plan, factor, learn, sink, threshold};

use crate::repair::is_number;
use crate::{Density, Number, Vector};
use core::fmt;
use core::marker::PhantomData;
use nalgebra::SVector;

/// Mean and standard deviation of each input over normal rows of the training, in the unit of the inputs.
///
/// `nice-flow generate --commission` writes it as `SPREAD`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Spread<const D: usize> {
    mean: [f32; D],
    deviation: [f32; D],
}

impl<const D: usize> Spread<D> {
    /// The means and the deviations; a deviation of zero leaves the scale of its input alone.
    pub const fn new(mean: [f32; D], deviation: [f32; D]) -> Self {
        Self { mean, deviation }
    }
}

/// Fits a model to the machine that it is bolted to, from a few hundred normal vectors: moves the inputs to where they were
/// at the training, and finds a threshold.
///
/// ```text
/// first half:    cⱼ, sⱼ = mean and deviation of input j
/// x′ⱼ = (xⱼ − cⱼ) · min(1, σⱼ / sⱼ) + μⱼ          μ, σ: of the training; a scale becomes wider, never narrower
/// second half:   threshold = the k-th largest score of x′,  k = ⌊(n + 1) · rate⌋ + dirty,  of n vectors
/// ```
///
/// A new normal vector then scores above the threshold with probability `rate` at most, if it is like those. `dirty` is how
/// many of the second half may be anomalous nevertheless; `K` places must hold `k` scores. A vector with a value that is no
/// finite number stays out of the means, and counts as the highest score.
///
/// A reset loses nothing where its [`words`](Self::words) are kept. In RAM are `8 D` bytes, `4 K`, and 20 more. Means are
/// computed in `f32` also for models of counts; what follows is in integers there. `nice-flow calibrate --commission` does the
/// same on the host, in the same bits.
///
/// ```
/// use nice_flow::{Commission, Detector, Flow, Spread, Window, float::{Diagonal, Normal}};
///
/// // Trained on sensors of 20 ± 0.5; here they show 23 ± 0.5. `nice-flow generate --commission` writes both.
/// static MODEL: Flow<Diagonal<2>, Normal> = Flow::new(Diagonal::new([20.0; 2], [2.0; 2]), Normal);
/// static SPREAD: Spread<2> = Spread::new([20.0; 2], [0.5; 2]);
///
/// let mut commission = Commission::<_, f32, _, 2, 8>::new(&MODEL, &SPREAD, 200, 0.02, 0)?;
/// let mut noise = (0..).map(|i| (i as f32 * 0.618_034).fract() - 0.5);
/// while !commission.push(&[23.0 + noise.next().unwrap(), 23.0 + noise.next().unwrap()]) {}
///
/// let site = commission.finish()?;
/// let mut detector = Detector::with(site.adapted(Window::<f32, 2, 2>::new()), &MODEL, site.threshold());
/// assert!(!detector.push([23.1, 22.8]).unwrap().anomalous);
/// assert!(detector.push([23.1, 26.0]).unwrap().anomalous);
/// # Ok::<(), nice_flow::Unfit>(())
/// ```
#[derive(Clone, Debug)]
pub struct Commission<'a, M, T, N, const D: usize, const K: usize> {
    model: &'a M,
    normal: &'a Spread<D>,
    plan: Plan,
    seen: u16,
    /// Vectors of the first half without a broken value.
    whole: u16,
    /// Vectors of the second half without a score.
    broken: u16,
    mean: [f32; D],
    /// In the first half the sums of squared deviations, then the factors.
    scale: [f32; D],
    top: [N; K],
    numbers: PhantomData<T>,
}

impl<'a, M, T, const D: usize, const K: usize> Commission<'a, M, T, M::Nats, D, K>
where
    T: Reading,
    M: Density<T, D>,
{
    /// From `rows` vectors, for a false-alarm rate.
    ///
    /// # Errors
    ///
    /// If so few vectors cannot promise the rate, or `K` is too small for the scores that must be kept.
    pub fn new(
        model: &'a M,
        normal: &'a Spread<D>,
        rows: u16,
        rate: f32,
        dirty: u16,
    ) -> Result<Self, Unfit> {
        let plan = Plan::new(rows, rate, dirty)?;
        if usize::from(plan.rank) > K {
            let needed = plan.rank.into();
            return Err(Unfit::TooFewPlaces { needed });
        }
        Ok(Self {
            model,
            normal,
            plan,
            seen: 0,
            whole: 0,
            broken: 0,
            mean: [0.0; D],
            scale: [0.0; D],
            top: [M::Nats::LOWEST; K],
            numbers: PhantomData,
        })
    }

    /// Takes a normal vector; returns whether that was the last one.
    pub fn push(&mut self, x: &impl Vector<T, D>) -> bool {
        if self.seen < self.plan.half() {
            self.seen += 1;
            x.read(|x| self.learn(x));
            if self.seen == self.plan.half() {
                self.settle();
            }
        } else if self.seen < self.plan.rows {
            self.seen += 1;
            x.read(|x| self.rank(x));
        }
        self.seen >= self.plan.rows
    }

    /// How many vectors are still to come.
    #[must_use]
    pub fn left(&self) -> u16 {
        self.plan.rows - self.seen
    }

    /// What was found.
    ///
    /// # Errors
    ///
    /// If vectors are still to come, or too many had a broken value.
    pub fn finish(&self) -> Result<Site<T, M::Nats, D>, Unfit> {
        if self.left() > 0 {
            let needed = self.plan.rows.into();
            return Err(Unfit::TooFewRows { needed });
        }
        let broken = self.plan.half() - self.whole;
        if broken > self.whole || self.whole < 2 {
            let broken = broken.into();
            return Err(Unfit::TooManyBroken { broken });
        }
        let threshold = threshold(&self.top, self.plan, self.broken)?;
        Ok(Site::new(self.moves(), threshold))
    }

    /// Of the first half.
    fn learn(&mut self, x: &SVector<T, D>) {
        let mut is_whole = true;
        for x in x.as_slice() {
            is_whole &= x.real().is_finite();
        }
        if !is_whole {
            return;
        }
        self.whole += 1;
        let state = self.mean.iter_mut().zip(&mut self.scale);
        for ((mean, squares), x) in state.zip(x.as_slice()) {
            learn(mean, squares, self.whole, x.real());
        }
    }

    /// Makes factors of the squares.
    fn settle(&mut self) {
        for (scale, deviation) in self.scale.iter_mut().zip(&self.normal.deviation) {
            *scale = factor(*scale, self.whole, *deviation);
        }
    }

    /// Of the second half.
    fn rank(&mut self, x: &SVector<T, D>) {
        let score = self.model.score(&site::moved(&self.moves(), x));
        if is_number(score) {
            sink(&mut self.top, score);
        } else {
            self.broken += 1;
        }
    }

    fn moves(&self) -> [Move<T>; D] {
        let mut moves = [Move {
            center: T::ZERO,
            factor: T::ZERO,
            mean: T::ZERO,
        }; D];
        let found = self.mean.iter().zip(&self.scale).zip(&self.normal.mean);
        for (place, ((center, factor), mean)) in moves.iter_mut().zip(found) {
            *place = Move::new(*center, *factor, *mean);
        }
        moves
    }
}

/// Why a commissioning cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Unfit {
    /// So many vectors are needed.
    TooFewRows {
        /// Of both halves together.
        needed: u32,
    },
    /// So many vectors of one half had a value that is no finite number, or a score beyond all others.
    TooManyBroken {
        /// Of the first half if those are too many, else of the second.
        broken: u32,
    },
    /// So many scores must be kept: `K` is too small.
    TooFewPlaces {
        /// The least `K`.
        needed: u32,
    },
    /// What was stored has changed, or is of another plan.
    Unsound,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewRows { needed } => write!(f, "expected at least {needed} normal vectors"),
            Self::TooManyBroken { broken } => write!(
                f,
                "expected fewer broken vectors, found {broken}: a value or the score is no number"
            ),
            Self::Unsound => f.write_str("expected the words of this commissioning, found others"),
            Self::TooFewPlaces { needed } => write!(f, "expected room for {needed} scores"),
        }
    }
}

impl core::error::Error for Unfit {}
