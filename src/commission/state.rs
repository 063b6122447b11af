//! The state of a commissioning, to be kept where a reset does not reach.

use super::{Commission, Reading, Unfit};
use crate::crc;
use crate::{Density, Number};
use core::iter::once;

impl<M, T, const D: usize, const K: usize> Commission<'_, M, T, M::Nats, D, K>
where
    T: Reading,
    M: Density<T, D>,
{
    /// How many [`words`](Self::words) there are: `2 D + K + 4`.
    pub const WORDS: usize = 2 * D + K + 4;

    /// All that was found so far, and a CRC-32 of it, as words for flash or a backup RAM.
    ///
    /// A commissioning lasts for hundreds of vectors, which a reset would lose; once it is done, its words are the site's.
    ///
    /// ```
    /// # use nice_flow::{Commission, Flow, Spread, float::{Diagonal, Normal}};
    /// # static MODEL: Flow<Diagonal<2>, Normal> = Flow::new(Diagonal::new([20.0; 2], [2.0; 2]), Normal);
    /// # static SPREAD: Spread<2> = Spread::new([20.0; 2], [0.5; 2]);
    /// let new = || Commission::<_, f32, _, 2, 8>::new(&MODEL, &SPREAD, 200, 0.02, 0);
    /// let mut commission = new()?;
    /// commission.push(&[23.0, 22.5]);
    /// let kept: Vec<u32> = commission.words().collect();
    ///
    /// // After a reset:
    /// let mut commission = new()?;
    /// commission.restore(&kept)?;
    /// assert_eq!(commission.left(), 199);
    /// # Ok::<(), nice_flow::Unfit>(())
    /// ```
    pub fn words(&self) -> impl Iterator<Item = u32> + '_ {
        let sum = crc::of(self.state().flat_map(u32::to_le_bytes));
        self.state().chain(once(sum))
    }

    /// Goes on from what [`words`](Self::words) gave, of the same model with the same plan.
    ///
    /// # Errors
    ///
    /// If the words are those of another plan or have changed; nothing is restored then.
    pub fn restore(&mut self, words: &[u32]) -> Result<(), Unfit> {
        let kept = words.split_first_chunk::<3>().zip(words.get(..Self::WORDS));
        let Some((([plan, counts, broken], _), kept)) = kept else {
            return Err(Unfit::Unsound);
        };
        let (state, sum) = match kept.split_last() {
            Some((sum, state)) => (state, *sum),
            None => return Err(Unfit::Unsound),
        };
        let found = crc::of(state.iter().flat_map(|word| word.to_le_bytes()));
        if found != sum || *plan != self.plan_word() {
            return Err(Unfit::Unsound);
        }
        let seen = *counts as u16;
        (self.seen, self.whole) = (seen.min(self.plan.rows), (*counts >> 16) as u16);
        self.broken = *broken as u16;
        let mut rest = state.iter().skip(3);
        for (place, word) in self
            .mean
            .iter_mut()
            .chain(&mut self.scale)
            .zip(rest.by_ref())
        {
            *place = f32::from_bits(*word);
        }
        for (place, word) in self.top.iter_mut().zip(rest) {
            *place = M::Nats::of_word(*word);
        }
        Ok(())
    }

    /// All words but the checksum.
    fn state(&self) -> impl Iterator<Item = u32> + '_ {
        let counts = u32::from(self.seen) | u32::from(self.whole) << 16;
        let numbers = self.mean.iter().chain(&self.scale);
        [self.plan_word(), counts, self.broken.into()]
            .into_iter()
            .chain(numbers.map(|number| number.to_bits()))
            .chain(self.top.iter().map(|score| score.word()))
    }

    fn plan_word(&self) -> u32 {
        u32::from(self.plan.rows) | u32::from(self.plan.rank) << 16
    }
}
