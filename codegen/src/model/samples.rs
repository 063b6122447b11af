//! Whether the vectors of a model are whole numbers of samples, or single ones.

use super::{Baseline, Missing};
use crate::{Error, Result};

/// An error unless a model with a moving baseline, or with a choice for missing cells, takes samples one by one: rows in a
/// file that are whole windows have no order in which a level could follow them, or a value be held.
pub fn expect_samples(
    baseline: Option<Baseline>,
    missing: Missing,
    dim: usize,
    channels: usize,
) -> Result<()> {
    let option = match (baseline, missing) {
        _ if dim == channels => return Ok(()),
        (Some(_), _) => "--baseline",
        (None, Missing::Hold(_) | Missing::Ignore) => "--missing",
        (None, Missing::Alarm) => return Ok(()),
    };
    let message = format!(
        "expected rows of one sample, found windows of {} samples",
        dim / channels.max(1)
    );
    Err(Error::input(option, message))
}

/// An error unless a vector of `dim` inputs is a whole number of samples of `channels` numbers.
pub fn expect_channels(dim: usize, channels: usize) -> Result<()> {
    if channels > 0 && dim.is_multiple_of(channels) {
        return Ok(());
    }
    let message = format!("expected a divisor of the {dim} inputs, found {channels}");
    Err(Error::input("channels", message))
}
