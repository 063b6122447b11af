//! Random layers of every kind, from a seed.

use nice_flow::float::{Branch, Dense, Diagonal, Mlp, Residual, Side, Stack, Steered, Triangular};
use nice_flow::{Conditioner, Permute};

/// A source of weights: SplitMix64.
pub struct Weights(pub u64);

impl Weights {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform on `[-limit, limit)`.
    pub fn within(&mut self, limit: f32) -> f32 {
        ((self.bits() >> 40) as f32 / 8_388_608.0 - 1.0) * limit
    }

    /// Of either sign, from a half to two: no layer stretches or squeezes by more.
    fn factor(&mut self) -> f32 {
        self.within(1.0).exp2().copysign(self.within(1.0))
    }

    /// As PyTorch initialises it.
    pub fn dense<const IN: usize, const OUT: usize>(&mut self) -> Dense<IN, OUT> {
        let limit = (IN as f32).sqrt().recip();
        Dense::new(
            [(); IN].map(|()| [(); OUT].map(|()| self.within(limit))),
            [(); OUT].map(|()| self.within(limit)),
        )
    }

    pub fn mlp<const IN: usize, const H: usize, const OUT: usize, const N: usize, A>(
        &mut self,
        activation: A,
    ) -> Mlp<IN, H, OUT, N, A> {
        let inner = [(); N].map(|()| self.dense());
        Mlp::new(self.dense(), inner, self.dense(), activation)
    }

    /// A network whose output is masked: that of element `i` (modulo `D`) depends on inputs and hidden units of a lower
    /// degree only. The degrees of the inputs are given, those of the hidden units go round.
    pub fn masked<const D: usize, const H: usize, const P: usize, A>(
        &mut self,
        degrees: [usize; D],
        activation: A,
    ) -> Mlp<D, H, P, 0, A> {
        let mut first = [(); D].map(|()| [(); H].map(|()| self.within(0.5)));
        let mut last = [(); H].map(|()| [(); P].map(|()| self.within(0.5)));
        for (weights, degree) in first.iter_mut().zip(degrees) {
            let hidden = weights.iter_mut().enumerate();
            hidden.for_each(|(h, w)| *w *= f32::from(u8::from(degree <= h % D)));
        }
        for (h, weights) in last.iter_mut().enumerate() {
            let outputs = weights.iter_mut().enumerate();
            outputs.for_each(|(o, w)| *w *= f32::from(u8::from(h % D < degrees[o % D])));
        }
        let first = Dense::new(first, [(); H].map(|()| self.within(0.5)));
        let last = Dense::new(last, [(); P].map(|()| self.within(0.5)));
        Mlp::new(first, [], last, activation)
    }

    pub fn hidden<const IN: usize, const H: usize, A, C: Conditioner>(
        &mut self,
        activation: A,
        rest: C,
    ) -> Stack<IN, H, A, C> {
        Stack::new(self.dense(), activation, rest)
    }

    pub fn residual<const IN: usize, const H: usize, const OUT: usize, const N: usize, A>(
        &mut self,
        activation: A,
    ) -> Residual<IN, H, OUT, N, A> {
        let branches = [(); N].map(|()| Branch::new(self.dense(), self.dense()));
        Residual::new(self.dense(), branches, self.dense(), activation)
    }

    pub fn steered<
        const IN: usize,
        const W: usize,
        const H: usize,
        const N: usize,
        const OUT: usize,
        A,
        B,
        S,
    >(
        &mut self,
        activation: A,
        last: B,
        steering: S,
    ) -> Steered<IN, W, H, N, A, B, S, Dense<H, OUT>> {
        let branches = [(); N].map(|()| Branch::new(self.dense(), self.dense()));
        let input = self.dense();
        Steered::new(input, branches, activation, last, steering, self.dense())
    }

    /// A triangle; what stands on the other side is NaN, and must never be read.
    pub fn triangular<const D: usize>(&mut self, side: Side, unit: bool) -> Triangular<D> {
        let mut columns = [[f32::NAN; D]; D];
        let mut log_det = 0.0;
        for (j, column) in columns.iter_mut().enumerate() {
            for (i, t) in column.iter_mut().enumerate() {
                if i == j {
                    *t = if unit { 1.0 } else { self.factor() };
                    log_det += f64::from(t.abs()).ln();
                } else if (i > j) == (side == Side::Lower) {
                    *t = self.within(1.0 / D as f32);
                }
            }
        }
        Triangular::with_log_det(side, columns, log_det as f32)
    }

    pub fn diagonal<const D: usize>(&mut self) -> Diagonal<D> {
        let factor = [(); D].map(|()| self.factor());
        let log_det: f64 = factor.iter().map(|f| f64::from(f.abs()).ln()).sum();
        Diagonal::with_log_det([(); D].map(|()| self.within(3.0)), factor, log_det as f32)
    }

    pub fn permute<const D: usize>(&mut self) -> Permute<D> {
        let mut order: [u16; D] = core::array::from_fn(|i| i as u16);
        for i in (1..D).rev() {
            order.swap(i, (self.bits() % (i as u64 + 1)) as usize);
        }
        Permute::new(order)
    }
}
