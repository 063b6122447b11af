//! Collector of samples, model and threshold in one.

use crate::fixed::Fixed;
use crate::misfit::refuse;
use crate::{Collect, Density, Number, Repair, Vector, Window};
use nalgebra::SVector;

/// What a detector says of one window.
///
/// ```
/// use nice_flow::{Detector, float::Normal};
///
/// let detector = Detector::<_, f32, 2, 2>::new(&Normal, 10.0);
/// let verdict = detector.judge(&[0.0, 5.0]);
/// assert!(verdict.anomalous && verdict.score > 10.0);
/// // No number is no excuse: the score of a NaN is one, and anomalous.
/// assert!(detector.judge(&[0.0, f32::NAN]).anomalous);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Verdict<T> {
    /// `−ln p(x)` in nats: the larger, the less likely.
    pub score: T,
    /// Whether the score is above the threshold, NaN or infinite.
    pub anomalous: bool,
}

impl<const FRAC: u32> Verdict<Fixed<FRAC>> {
    /// The same with the score as a float, for what is sent.
    #[must_use]
    pub const fn to_f32(self) -> Verdict<f32> {
        Verdict {
            score: self.score.to_f32(),
            anomalous: self.anomalous,
        }
    }
}

/// Takes samples of `CH` channels one by one, and scores the last `D / CH` of them against a model in flash.
///
/// ```text
/// x = [oldest sample, …, newest sample]        D numbers
/// anomalous: −ln p(x) > threshold, or no finite number
/// ```
///
/// `M` is the model, `T` the number that it takes. With `CH == D` each sample is judged by itself. In RAM are only the
/// window, the threshold and where the model is; the model itself stays where its `static` is. `C` is what makes vectors
/// of samples: a [`Window`], unless [`with`](Self::with) is given another [`Collect`].
///
/// ```
/// use nice_flow::{Detector, Flow, float::{Diagonal, Normal}};
///
/// // Two sensors, normally 20 ± 0.5 and 1013 ± 8. `nice-flow generate` writes this part.
/// static MODEL: Flow<Diagonal<2>, Normal> =
///     Flow::new(Diagonal::new([20.0, 1013.0], [2.0, 0.125]), Normal);
/// const THRESHOLD: f32 = 10.0;
///
/// let mut detector = Detector::new(&MODEL, THRESHOLD);
/// let verdicts = [[20.3, 1009.0], [27.0, 1009.0]].map(|sample| detector.push(sample));
/// assert_eq!(verdicts.map(|verdict| verdict.unwrap().anomalous), [false, true]);
/// ```
///
/// A window of four samples of one channel; three of the last five windows raise an alarm:
///
/// ```
/// # use nice_flow::{Detector, Debounce, float::Normal};
/// let mut detector = Detector::<_, f32, 1, 4>::new(&Normal, 12.0);
/// let mut debounce = Debounce::new(3, 5);
/// let mut alarms = 0;
/// for sample in [0.1, -0.3, 0.2, 0.0, 9.0, 0.1, -0.2, 0.3, 0.1] {
///     if let Some(verdict) = detector.push([sample]) {
///         alarms += u32::from(debounce.push(verdict.anomalous));
///     }
/// }
/// assert_eq!(alarms, 3);
/// ```
///
/// In a `static`, all four parameters are written out, and an interrupt handler shares it as it shares any state:
///
/// ```
/// # use nice_flow::{Detector, float::Normal}; use std::sync::Mutex;
/// // On a board, say, `critical_section::Mutex<RefCell<…>>`.
/// static DETECTOR: Mutex<Detector<Normal, f32, 3, 3>> = Mutex::new(Detector::new(&Normal, 12.0));
/// let verdict = DETECTOR.lock().unwrap().push([0.0; 3]);
/// assert!(verdict.is_some());
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Detector<
    M: Density<T, D> + 'static,
    T,
    const CH: usize,
    const D: usize,
    C = Window<T, CH, D>,
> {
    model: &'static M,
    threshold: M::Nats,
    collector: C,
}

impl<M, T, const CH: usize, const D: usize> Detector<M, T, CH, D>
where
    T: Number,
    M: Density<T, D>,
{
    /// Watches a stream; scores above `threshold` nats are anomalies.
    ///
    /// In a `static` or `const`, the compiler says at this line if the sizes of the model's layers do not fit:
    ///
    /// ```compile_fail,E0080
    /// use nice_flow::{Coupling, Detector, Flow, Half, float::{Dense, Normal}};
    ///
    /// // Reads two numbers and shifts two others: no model of five.
    /// static MODEL: Flow<Coupling<Dense<2, 2>>, Normal> =
    ///     Flow::new(Coupling::new(Half::Tail, Dense::new([[0.5; 2]; 2], [0.0; 2])), Normal);
    /// static DETECTOR: Detector<Flow<Coupling<Dense<2, 2>>, Normal>, f32, 5, 5> =
    ///     Detector::new(&MODEL, 10.0);
    /// ```
    pub const fn new(model: &'static M, threshold: M::Nats) -> Self {
        Self::with(Window::new(), model, threshold)
    }
}

impl<M, T, const CH: usize, const D: usize, C> Detector<M, T, CH, D, C>
where
    T: Number,
    M: Density<T, D>,
    C: Collect<CH, D, Value = T>,
{
    /// Watches what `collector` makes of a stream; scores above `threshold` nats are anomalies.
    ///
    /// ```
    /// # use nice_flow::{Detector, Window, float::Normal};
    /// static WINDOW: Window<f32, 2, 4> = Window::new();
    /// let detector = Detector::with(WINDOW.clone(), &Normal, 12.0);
    /// assert!(!detector.judge(&[0.0; 4]).anomalous);
    /// ```
    pub const fn with(collector: C, model: &'static M, threshold: M::Nats) -> Self {
        refuse(M::MISFIT);
        Self {
            model,
            threshold,
            collector,
        }
    }

    /// Takes one sample; judges the window that it completes, `None` while the first one fills.
    ///
    /// ```
    /// # use nice_flow::{Detector, float::Normal};
    /// let mut detector = Detector::<_, f32, 1, 2>::new(&Normal, 10.0);
    /// assert!(detector.push([0.5]).is_none());
    /// assert!(detector.push([0.1]).is_some());
    /// ```
    #[must_use = "the verdict is what a detector is for; `let _ =` to only fill the window"]
    pub fn push(&mut self, sample: [C::Raw; CH]) -> Option<Verdict<M::Nats>> {
        let verdict = self.collector.push(sample).map(|x| self.judge(&x))?;
        self.collector.learn(verdict.anomalous);
        Some(verdict)
    }

    /// As [`push`](Self::push), with the vector that was judged: what [`explain`](Self::explain) asks about.
    ///
    /// ```
    /// # use nice_flow::{Detector, float::Normal};
    /// static USUAL: [[f32; 3]; 2] = [[-1.0, 0.0, 1.0]; 2];
    /// let mut detector = Detector::<_, f32, 2, 2>::new(&Normal, 10.0);
    /// if let Some((verdict, x)) = detector.push_vector([0.5, 7.0]) && verdict.anomalous {
    ///     let inputs: Vec<_> = detector.explain(&USUAL, &x).map(|cause| cause.input).collect();
    ///     assert_eq!(inputs, [1]);
    /// }
    /// # else { unreachable!() }
    /// ```
    pub fn push_vector(
        &mut self,
        sample: [C::Raw; CH],
    ) -> Option<(Verdict<M::Nats>, SVector<T, D>)> {
        let x = self.collector.push(sample)?;
        let verdict = self.judge(&x);
        self.collector.learn(verdict.anomalous);
        Some((verdict, x))
    }

    /// Which inputs make `x` anomalous, the one to blame first in front: see [`Repair`]. `usual` has some usual values of each
    /// input, `USUAL` in a generated module.
    pub fn explain<'a, const Q: usize>(
        &self,
        usual: &'a [[T; Q]; D],
        x: &impl Vector<T, D>,
    ) -> Repair<'a, M, T, M::Nats, D, Q> {
        Repair::new(self.model, self.threshold, usual, x)
    }

    /// Judges `D` numbers, an array or a vector, and leaves the stream alone.
    ///
    /// ```
    /// # use nice_flow::{Detector, float::Normal};
    /// let detector = Detector::<_, f32, 9, 9>::new(&Normal, 20.0);
    /// assert!(!detector.judge(&[0.0; 9]).anomalous);
    /// ```
    #[must_use]
    pub fn judge(&self, x: &impl Vector<T, D>) -> Verdict<M::Nats> {
        let score = self.model.score(x);
        Verdict {
            score,
            // Written as "not normal": a NaN compares false, so that it is anomalous, and so is an infinity.
            anomalous: !(M::Nats::LOWEST <= score && score <= self.threshold),
        }
    }

    /// Starts again without a sample, say after a gap in the stream.
    pub fn reset(&mut self) {
        self.collector.clear();
    }
}

/// The same model, and a collector of its own.
impl<M: Density<T, D>, T, const CH: usize, const D: usize, C: Clone> Clone
    for Detector<M, T, CH, D, C>
{
    fn clone(&self) -> Self {
        Self {
            model: self.model,
            threshold: self.threshold,
            collector: self.collector.clone(),
        }
    }
}
