//! The sizes of a flow, and how to fit them to a budget.

use super::prior::Prior;
use nice_flow_codegen::text::counted;

/// The sizes of a NICE flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Inputs that are scored.
    pub dim: usize,
    /// Numbers of the context, which every network reads beside the inputs that it keeps.
    pub context: usize,
    /// Additive couplings; where one input has nothing to be conditioned on, none are made.
    pub couplings: usize,
    /// Width of a hidden layer.
    pub hidden: usize,
    /// Hidden layers of a network.
    pub depth: usize,
    /// The distribution of the latent vector.
    pub prior: Prior,
}

impl Architecture {
    /// The sizes with the widest hidden layers, as wide as these or wider, for at most this many parameters; `None` if these have
    /// more.
    pub fn within(self, parameters: usize) -> Option<Self> {
        let of = |hidden| Self { hidden, ..self };
        let fits = |hidden: usize| of(hidden).parameters() <= parameters;
        // Without couplings there is no width to choose.
        let most = match self.couplings() {
            0 => self.hidden,
            _ => parameters,
        };
        (self.hidden..=most)
            .take_while(|&hidden| fits(hidden))
            .last()
            .map(of)
    }

    /// The number of couplings that are made: one input alone has nothing to be conditioned on, and beside a context it is
    /// changed once.
    pub fn couplings(&self) -> usize {
        match (self.dim, self.context) {
            (2.., _) => self.couplings,
            (_, 0) => 0,
            _ => self.couplings.min(1),
        }
    }

    /// Trained numbers: those of networks, final scales and prior.
    pub fn parameters(&self) -> usize {
        let half = self.dim / 2;
        let sizes = [(half, self.dim - half), (self.dim - half, half)];
        let networks = sizes.iter().cycle().take(self.couplings());
        let networks = networks.map(|&(kept, changed)| {
            let widths = self.widths(kept + self.context, changed);
            let pairs = widths.windows(2);
            pairs.map(|pair| (pair[0] + 1) * pair[1]).sum::<usize>()
        });
        networks.sum::<usize>() + self.dim + self.prior.parameters(self.dim)
    }

    /// The networks in words: `1 hidden layer of 8`.
    pub(super) fn networks(&self) -> String {
        let layers = counted(self.depth, "hidden layer");
        format!("{layers} of {}", self.hidden)
    }

    /// The widths of a network's layers, from input to output.
    pub(super) fn widths(&self, kept: usize, changed: usize) -> Vec<usize> {
        let hidden = std::iter::repeat_n(self.hidden, self.depth);
        [kept].into_iter().chain(hidden).chain([changed]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_and_not_exceeded() {
        let sizes = Architecture {
            dim: 16,
            context: 0,
            couplings: 4,
            hidden: 1,
            depth: 1,
            prior: Prior::Mixture(8),
        };
        let fitted = sizes.within(2048).unwrap();
        // 4 couplings of 17·25 + 8, 16 scales, and 8 components of 33.
        assert_eq!((fitted.hidden, fitted.parameters()), (25, 2012));
        let wider = Architecture {
            hidden: 26,
            ..fitted
        };
        assert!(wider.parameters() > 2048);
        assert_eq!(sizes.within(300), None);
    }

    #[test]
    fn one_input_has_no_couplings() {
        let sizes = Architecture {
            dim: 1,
            context: 0,
            couplings: 4,
            hidden: 1,
            depth: 1,
            prior: Prior::Mixture(2),
        };
        assert_eq!(sizes.within(100).unwrap().parameters(), 1 + 2 * 3);
    }
}
