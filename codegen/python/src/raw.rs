//! Recordings of raw samples in numpy's arrays.

use crate::error::wrong;
use nice_flow_lab::signal::Recording;
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// Name, samples x channels, and whether these are counts of the sensor.
pub type Samples<'py> = (String, PyReadonlyArray2<'py, f64>, bool);

/// The recordings; an error unless each has these channels.
pub fn recordings(all: Vec<Samples>, channels: &[String]) -> PyResult<Vec<Recording>> {
    let one = |(name, samples, are_counts): Samples| {
        let found = samples.shape()[1];
        if found != channels.len() {
            let names = channels.join(", ");
            let message = format!(
                "expected {} channels ({names}), found {found}",
                channels.len()
            );
            return Err(wrong(&name, message));
        }
        Ok(Recording {
            path: name.clone().into(),
            name,
            rate: None,
            channels: channels.to_vec(),
            values: samples.as_slice()?.to_vec(),
            are_counts,
            times: None,
            labels: None,
            notes: vec![],
        })
    };
    all.into_iter().map(one).collect()
}
