//! Independent Student-t distributions.

use nice_flow::host::student_t_at_zero;

/// Independent Student-t distributions: `tᵢ = (zᵢ − locationᵢ) · precisionᵢ` has `degreesᵢ` degrees of freedom.
#[derive(Clone, Debug, PartialEq)]
pub struct StudentT {
    /// Location of each element: its median, and its mean if there is one.
    pub location: Vec<f64>,
    /// One over the scale of each element.
    pub precision: Vec<f64>,
    /// Degrees of freedom `ν` of each element, any positive number; at 1 it is Cauchy's distribution.
    pub degrees: Vec<f64>,
}

impl StudentT {
    /// The same numbers with those of a context between them, at these rising places: a precision of zero, so that what is there
    /// counts for nothing.
    #[must_use]
    pub fn beside(&self, context: &[usize]) -> Self {
        let mut whole = self.clone();
        for &place in context {
            whole.location.insert(place, 0.0);
            whole.precision.insert(place, 0.0);
            whole.degrees.insert(place, 1.0);
        }
        whole
    }

    /// The same density of the elements in another order: the new element `i` is the old `order[i]`.
    #[must_use]
    pub fn permuted(&self, order: &[usize]) -> Self {
        let pick = |values: &[f64]| order.iter().map(|&i| values[i]).collect();
        Self {
            location: pick(&self.location),
            precision: pick(&self.precision),
            degrees: pick(&self.degrees),
        }
    }

    /// The log-density at the locations, in nats: `Σ ln Γ((ν+1)/2) − ln Γ(ν/2) − ½ ln(νπ) + ln precision`.
    pub fn constant(&self) -> f64 {
        let pairs = self.precision.iter().zip(&self.degrees);
        pairs
            .map(|(precision, degrees)| precision.ln() + student_t_at_zero(*degrees))
            .sum()
    }

    /// `ln π(z)` in nats: `constant − Σ ½ (ν + 1) ln(1 + t²/ν)`.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        let terms = z.iter().zip(&self.location).zip(&self.precision);
        let terms = terms
            .zip(&self.degrees)
            .map(|(((z, location), precision), degrees)| {
                let t = (z - location) * precision;
                0.5 * (degrees + 1.0) * (t * t / degrees).ln_1p()
            });
        self.constant() - terms.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `scipy.stats.t.logpdf`, and of the normal towards which the degrees of freedom lead.
    #[test]
    fn densities_are_those_of_scipy() {
        let one = |degrees, location, precision| StudentT {
            location: vec![location],
            precision: vec![precision],
            degrees: vec![degrees],
        };
        for (degrees, t, expected) in KNOWN {
            let found = one(degrees, 3.0, 0.5).log_density(&[3.0 + 2.0 * t]);
            let expected = expected - 2f64.ln();
            assert!(
                (found - expected).abs() <= 1e-12 * (1.0 + expected.abs()),
                "{degrees} {t}: {found} {expected}"
            );
        }
        let normal = -0.5 * (1.5f64 * 1.5 + std::f64::consts::TAU.ln());
        assert!((one(1e13, 0.0, 1.0).log_density(&[1.5]) - normal).abs() < 1e-12);
    }

    const KNOWN: [(f64, f64, f64); 24] = [
        (0.5, 0.0, -1.3105329259115095),
        (0.5, 0.7, -1.8228555594413425),
        (0.5, -3.0, -3.5188621602863397),
        (0.5, 100000000.0, -29.461414427260017),
        (1.0, 0.0, -1.1447298858494002),
        (1.0, 0.7, -1.543506005806768),
        (1.0, -3.0, -3.447314978843446),
        (1.0, 100000000.0, -37.98609137375413),
        (2.5, 0.0, -1.01663959346045),
        (2.5, 0.7, -1.3298592406352199),
        (2.5, -3.0, -3.6872381245767865),
        (2.5, 100000000.0, -63.88551341651396),
        (4.0, 0.0, -0.9808292530117262),
        (4.0, 0.7, -1.269725104597407),
        (4.0, -3.0, -3.9274667438658417),
        (4.0, 100000000.0, -89.61849706997383),
        (30.0, 0.0, -0.9272703253788457),
        (30.0, 0.7, -1.1783917051179702),
        (30.0, -3.0, -4.993916424624957),
        (30.0, 100000000.0, -519.2498139721388),
        (1000.0, 0.0, -0.9191885331630061),
        (1000.0, 0.7, -1.1643734677585706),
        (1000.0, -3.0, -5.403539089584695),
        (1000.0, 100000000.0, -14982.689096098971),
    ];

    #[test]
    fn a_context_counts_for_nothing() {
        let two = StudentT {
            location: vec![1.0, -2.0],
            precision: vec![2.0, 0.5],
            degrees: vec![3.0, 30.0],
        };
        let whole = two.beside(&[1]);
        let known: f64 = [0, 2]
            .iter()
            .map(|i| student_t_at_zero(whole.degrees[*i]))
            .sum();
        let constant = known + whole.precision[0].ln() + whole.precision[2].ln();
        assert!((constant - two.constant()).abs() < 1e-14);
        assert_eq!(two.permuted(&[1, 0]).log_density(&[4.0, 9.0]), {
            let swapped = StudentT {
                location: vec![-2.0, 1.0],
                precision: vec![0.5, 2.0],
                degrees: vec![30.0, 3.0],
            };
            swapped.log_density(&[4.0, 9.0])
        });
        assert!(
            (two.permuted(&[1, 0]).log_density(&[4.0, 9.0]) - two.log_density(&[9.0, 4.0])).abs()
                < 1e-14
        );
    }
}
