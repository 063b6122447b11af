//! Student's t as the distribution of an element.

use nice_flow_codegen::flow::ir;
use statrs::function::beta::beta_reg;

/// Student's t with a location and one over a scale.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct StudentT {
    pub location: f64,
    pub precision: f64,
    pub degrees: f64,
}

impl StudentT {
    /// The density at `z`.
    pub(super) fn density(&self, z: f64) -> f64 {
        let one = ir::StudentT {
            location: vec![self.location],
            precision: vec![self.precision],
            degrees: vec![self.degrees],
        };
        one.log_density(&[z]).exp()
    }

    /// The probabilities below and above `z`; each is accurate also where it is small.
    pub(super) fn tails(&self, z: f64) -> (f64, f64) {
        let t = (z - self.location) * self.precision;
        // Of a square that overflows the smaller tail is zero.
        let share = 1.0 / (1.0 + t * t / self.degrees);
        let small = 0.5 * beta_reg(0.5 * self.degrees, 0.5, share);
        match t > 0.0 {
            true => (1.0 - small, small),
            false => (small, 1.0 - small),
        }
    }

    /// All but half a percent on each side: heavy tails reach far beyond what a figure can show.
    pub(super) fn range(&self) -> (f64, f64) {
        let (mut inside, mut outside) = (0.0, 3.0);
        let above = |t: f64| self.tails(self.location + t / self.precision).1;
        while above(outside) > 0.005 && outside < 1e6 {
            outside *= 2.0;
        }
        for _ in 0..40 {
            let middle = 0.5 * (inside + outside);
            match above(middle) > 0.005 {
                true => inside = middle,
                false => outside = middle,
            }
        }
        let reach = outside / self.precision;
        (self.location - reach, self.location + reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_and_range_are_those_of_cauchy_and_of_scipy() {
        let cauchy = StudentT {
            location: 2.0,
            precision: 0.5,
            degrees: 1.0,
        };
        for t in [-300.0f64, -1.0, 0.0, 0.4, 7.0] {
            let expected = 0.5 - t.atan() / std::f64::consts::PI;
            let (below, above) = cauchy.tails(2.0 + 2.0 * t);
            assert!((above - expected).abs() < 1e-12, "{t}");
            assert!((below + above - 1.0).abs() < 1e-15);
        }
        let (low, high) = cauchy.range();
        // tan(0.495 π) = 63.656741162871526
        assert!((high - 2.0 - 2.0 * 63.656_741_162_871_526).abs() < 1e-6);
        assert!((low + high - 4.0).abs() < 1e-9);
        let five = StudentT {
            location: 0.0,
            precision: 1.0,
            degrees: 5.0,
        };
        // scipy.stats.t.isf(0.005, 5), scipy.stats.t.sf(20, 5)
        assert!((five.range().1 - 4.032_142_983_555_229).abs() < 1e-6);
        assert!((five.tails(20.0).1 / 2.887_758_186_612_087e-6 - 1.0).abs() < 1e-9);
    }
}
