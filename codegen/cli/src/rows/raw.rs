//! Recordings of raw signals in place of rows.

use super::Roles;
use crate::front;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::signal::{Recording, Request, Windows, windows};
use std::path::PathBuf;

impl Roles {
    /// The windows of recordings for a model's front end.
    pub(super) fn windows(&self, paths: &[PathBuf], front: &FrontEnd) -> Result<Windows> {
        let request = self.request(front);
        let mut recordings = front::recordings(paths, &request)?;
        recordings.extend(self.anomalies(&recordings, &request)?);
        let windows = windows(&recordings, front)?;
        front::tell(&windows);
        Ok(windows)
    }

    pub(super) fn request(&self, front: &FrontEnd) -> Request {
        Request {
            columns: self.columns(),
            channels: front.channels.clone(),
            normal_only: false,
        }
    }

    /// The recordings that are anomalies from beginning to end, with the channels of others.
    pub(crate) fn anomalies(
        &self,
        others: &[Recording],
        request: &Request,
    ) -> Result<Vec<Recording>> {
        if self.anomalies.is_empty() {
            return Ok(vec![]);
        }
        let channels = others.first().map(|first| first.channels.clone());
        let request = Request {
            channels: channels.unwrap_or_default(),
            normal_only: true,
            ..request.clone()
        };
        let mut recordings = front::recordings(&self.anomalies, &request)?;
        for recording in &mut recordings {
            recording.labels = Some(vec![true; recording.len()]);
        }
        Ok(recordings)
    }

    pub(super) fn expect_no_anomalies(&self) -> Result<()> {
        match self.anomalies.is_empty() {
            true => Ok(()),
            false => {
                let message = "expected recordings of raw signals, for a model with a front end; of rows, --label COLUMN says which are anomalies";
                Err(Error::input("--anomalies", message))
            }
        }
    }
}
