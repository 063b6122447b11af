//! Random integer layers of every kind, from a seed: any bits are weights, for sums wrap.

use nice_flow::fixed::*;
use nice_flow::{Conditioner, Permute};

/// A source of words: SplitMix64.
pub struct Words(pub u64);

impl Words {
    /// Any word.
    pub fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as u32
    }

    /// Around the shifts of a trained network.
    fn shift(&mut self) -> u32 {
        8 + self.word() % 8
    }

    fn dense<B: Random, const G: usize, const P: usize>(&mut self) -> Dense<B, G, P> {
        let blocks = [(); P].map(|()| [(); G].map(|()| B::block(self)));
        Dense::new(
            blocks,
            [(); P].map(|()| [(); 4].map(|()| self.word() as i32)),
        )
    }

    pub fn hidden<B: Random, const G: usize, const P: usize>(
        &mut self,
        slope: i32,
    ) -> Hidden<B, G, P> {
        Hidden::new(self.dense(), Rectifier::leaky_relu(self.shift(), slope))
    }

    pub fn output<B: Random, const G: usize, const P: usize>(&mut self) -> Linear<B, G, P> {
        let shifts = [(); P].map(|()| [(); 4].map(|()| self.shift() as u8));
        Linear::new(self.dense(), shifts)
    }

    pub fn mlp<B: Random, const G: usize, const H: usize, const P: usize, const N: usize>(
        &mut self,
        slope: i32,
    ) -> Mlp<B, G, H, P, N> {
        let inner = [(); N].map(|()| self.hidden(slope));
        Mlp::new(self.hidden(slope), inner, self.output())
    }

    pub fn residual<B: Random, const G: usize, const H: usize, const P: usize, const N: usize>(
        &mut self,
        slope: i32,
    ) -> Residual<B, G, H, P, N> {
        let branches = [(); N].map(|()| {
            let narrowing = Narrowing::leaky_relu(self.shift(), 16_383, slope);
            Branch::new(narrowing, self.hidden(slope), self.output())
        });
        let last = Narrowing::linear(self.shift(), 16_383);
        Residual::new(self.output(), branches, last, self.output())
    }

    pub fn narrow<
        const IN: usize,
        const OUT: usize,
        const FRAC: u32,
        C,
        const G: usize,
        const P: usize,
    >(
        &mut self,
        conditioner: impl FnOnce(&mut Self) -> C,
    ) -> Narrow<IN, OUT, C, FRAC>
    where
        C: Conditioner<Input = [Quad; G], Output = [[i32; 4]; P]>,
    {
        Narrow::new(Narrowing::linear(self.shift(), 16_383), conditioner(self))
    }

    pub fn triangular<const D: usize, const N: usize>(&mut self, side: Side) -> Triangular<D, N> {
        let strict = [(); N].map(|()| self.word() as i32);
        Triangular::new(side, strict, 24 + self.word() % 8)
    }

    pub fn permute<const D: usize>(&mut self) -> Permute<D> {
        let mut order: [u16; D] = core::array::from_fn(|i| i as u16);
        for i in (1..D).rev() {
            order.swap(i, self.word() as usize % (i + 1));
        }
        Permute::new(order)
    }
}

/// A block of any bits.
pub trait Random: Storage {
    fn block(words: &mut Words) -> Self::Block;
}

impl Random for I8 {
    fn block(words: &mut Words) -> Self::Block {
        [(); 4].map(|()| words.word())
    }
}

impl Random for I16 {
    fn block(words: &mut Words) -> Self::Block {
        [(); 8].map(|()| words.word())
    }
}
