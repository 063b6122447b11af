//! What training is asked for.

use super::{Args, given};
use crate::level::Asked;
use nice_flow_lab::train::Request;

impl Args {
    pub(super) fn request(&self) -> Request {
        Request {
            recipe: self.recipe,
            prior: self.prior,
            couplings: self.couplings,
            hidden: self.hidden,
            depth: self.depth,
            budget: self.budget,
            trim: self.trim,
            robust_scales: self.robust_scales,
            is_front: self.front.is_asked(&self.data),
            missing: self.missing,
            baseline: self.baseline.as_ref().map(Asked::baseline),
            given: given::names(&self.given),
            steps: self.steps,
            members: self.members,
            seed: self.seed,
        }
    }
}
