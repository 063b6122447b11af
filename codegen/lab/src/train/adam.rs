//! Adam with decoupled weight decay, and the schedule of its step size.

use std::f32::consts::PI;

/// The largest step size.
const RATE: f32 = 3e-3;
/// The number of steps over which the step size grows to the largest.
const WARM_UP: usize = 50;
const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const SMALL: f32 = 1e-8;

/// Running means of the gradient and of its square.
pub(super) struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    steps: usize,
    last: usize,
    decay: f32,
}

impl Adam {
    /// An optimiser for `parameters` numbers and `last` steps.
    pub fn new(parameters: usize, last: usize, decay: f32) -> Self {
        Self {
            mean: vec![0.0; parameters],
            square: vec![0.0; parameters],
            steps: 0,
            last,
            decay,
        }
    }

    /// Moves the parameters against the gradient, and slightly towards zero.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        let rate = rate(self.steps, self.last);
        self.steps += 1;
        let corrected = |decay: f32| 1.0 - libm::powf(decay, self.steps as f32);
        let (mean_share, square_share) = (corrected(MEAN_DECAY), corrected(SQUARE_DECAY));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, gradient), (mean, square)) in
            parameters.iter_mut().zip(gradient).zip(moments)
        {
            *mean += (1.0 - MEAN_DECAY) * (gradient - *mean);
            *square += (1.0 - SQUARE_DECAY) * (gradient * gradient - *square);
            let slope = (*mean / mean_share) / ((*square / square_share).sqrt() + SMALL);
            *parameter -= rate * (slope + self.decay * *parameter);
        }
    }
}

/// Linear growth up to [`RATE`], then half a cosine down to zero at step `last`.
fn rate(step: usize, last: usize) -> f32 {
    let warm = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
    RATE * warm * 0.5 * (1.0 + libm::cosf(PI * step as f32 / last as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_then_falls_to_zero() {
        assert!((rate(0, 2000) - RATE / 50.0).abs() < 1e-9);
        assert!((rate(1000, 2000) - RATE / 2.0).abs() < 1e-9);
        assert!(rate(1999, 2000) < 1e-8);
    }

    #[test]
    fn a_parabola_is_descended() {
        let mut adam = Adam::new(1, 2000, 0.0);
        let mut x = [2.0];
        for _ in 0..2000 {
            let gradient = [2.0 * (x[0] - 1.0)];
            adam.step(&mut x, &gradient);
        }
        // The running mean of squares still includes the large gradients of the start.
        assert!((x[0] - 1.0).abs() < 5e-3, "{x:?}");
    }
}
