//! Residual networks that a context steers.

use super::activation::Activation;
use super::linear::Linear;
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// From lanes of equal width to a hidden vector: `h ← v₀`, or `v₀ + φ(v₁)`; then `h ← h + branchₙ(h, kₙ)`, in which the `kₙ` are the
/// last lanes, one for each branch.
///
/// The linear layer in front gives the lanes, of the vector and of the context; so this stage reads nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Steer {
    /// The length of a lane and of the hidden vector.
    pub width: usize,
    /// `φ`.
    pub activation: Activation,
    /// Whether the second lane is added to the first, behind the activation.
    pub offset: bool,
    /// What a lane does to its branch.
    pub how: Steering,
    /// The two layers of each branch.
    pub branches: Vec<[Linear; 2]>,
}

/// What a lane `k` does to its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steering {
    /// `second(φ(first(φ(h)) + k))`.
    Add,
    /// `second(φ(first(φ(h)))) · σ(k)`.
    Gate,
}

impl Steer {
    /// The number of lanes that it reads.
    pub fn lanes(&self) -> usize {
        1 + usize::from(self.offset) + self.branches.len()
    }

    /// The layer of each lane, of the layer in front, which gives all of them.
    pub fn lanes_of(&self, layer: &Linear) -> Vec<Linear> {
        let rows = |n: usize| Linear {
            weight: layer.weight.rows(n * self.width, self.width).into_owned(),
            bias: layer.bias.rows(n * self.width, self.width).into_owned(),
        };
        (0..self.lanes()).map(rows).collect()
    }

    /// The lane of each branch.
    fn first_of_branches(&self) -> usize {
        self.lanes() - self.branches.len()
    }

    pub(super) fn eval(&self, lanes: &DVector<f64>) -> DVector<f64> {
        let lane = |n: usize| lanes.rows(n * self.width, self.width).into_owned();
        let bend = |h: DVector<f64>| h.map(|h| self.activation.eval(h));
        let mut h = lane(0);
        if self.offset {
            h += bend(lane(1));
        }
        for (n, [first, second]) in self.branches.iter().enumerate() {
            let k = lane(self.first_of_branches() + n);
            let inner = &first.weight * bend(h.clone()) + &first.bias;
            let apply = |inner| &second.weight * bend(inner) + &second.bias;
            h += match self.how {
                Steering::Add => apply(inner + k),
                Steering::Gate => {
                    apply(inner).component_mul(&k.map(|k| Activation::Sigmoid.eval(k)))
                }
            };
        }
        h
    }

    /// Ones where a hidden unit (row) depends on an input (column), if `reach` says so of the lanes.
    pub(super) fn reach(&self, reach: &DMatrix<f64>) -> DMatrix<f64> {
        let one = |number: f64| f64::from(u8::from(number != 0.0));
        let lane = |n: usize| reach.rows(n * self.width, self.width).into_owned();
        let mut h = lane(0);
        if self.offset {
            h += lane(1);
        }
        for (n, [first, second]) in self.branches.iter().enumerate() {
            let k = lane(self.first_of_branches() + n);
            let inner = first.weight.map(one) * &h;
            h += match self.how {
                Steering::Add => second.weight.map(one) * (inner + k),
                Steering::Gate => second.weight.map(one) * inner + k,
            };
        }
        h.map(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(weight: [f64; 4], bias: [f64; 2]) -> Linear {
        Linear {
            weight: DMatrix::from_row_slice(2, 2, &weight),
            bias: DVector::from_row_slice(&bias),
        }
    }

    fn steer(offset: bool, how: Steering) -> Steer {
        Steer {
            width: 2,
            activation: Activation::Relu,
            offset,
            how,
            branches: vec![[
                linear([1.0, 0.0, 0.5, 1.0], [0.25, 0.0]),
                linear([2.0, 0.0, 0.0, -1.0], [0.0, 0.5]),
            ]],
        }
    }

    #[test]
    fn lanes_are_added_and_gate() {
        let lanes = |lanes: &[f64]| DVector::from_row_slice(lanes);
        // h = [1, −2]; φ(h) = [1, 0]; first gives [1.25, 0.5].
        let gated = steer(false, Steering::Gate).eval(&lanes(&[1.0, -2.0, 0.0, 0.0]));
        assert_eq!(gated, lanes(&[1.0 + 0.5 * 2.5, -2.0]));
        // With [−1, 1]: [0.25, 1.5].
        let added = steer(false, Steering::Add).eval(&lanes(&[1.0, -2.0, -1.0, 1.0]));
        assert_eq!(added, lanes(&[1.5, -3.0]));
        // The offset: h = [1 + 3, −2 + 0]; φ(h) = [4, 0]; first gives [4.25, 2].
        let offset = steer(true, Steering::Add).eval(&lanes(&[1.0, -2.0, 3.0, -1.0, 0.0, 0.0]));
        assert_eq!(offset, lanes(&[12.5, -3.5]));
    }

    /// Unit 1 depends on unit 0 by the first layer; each on its own places of the other lanes.
    #[test]
    fn units_depend_on_their_lanes() {
        for (offset, how) in [
            (true, Steering::Gate),
            (true, Steering::Add),
            (false, Steering::Add),
        ] {
            let steer = steer(offset, how);
            let width = 2 * steer.lanes();
            let reach = steer.reach(&DMatrix::identity(width, width));
            for column in 0..width {
                let depends = |row: usize| {
                    row == column % 2
                        || (row, column) == (1, 0)
                        || (offset && (row, column) == (1, 2))
                };
                for row in 0..2 {
                    assert_eq!(
                        reach[(row, column)] != 0.0,
                        depends(row),
                        "{row} {column} {how:?}"
                    );
                }
            }
        }
    }
}
