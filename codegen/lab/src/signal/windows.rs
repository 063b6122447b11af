//! From recordings to a table with a row for each window.

use super::bank::outputs;
use super::counts::{counts, notes};
use super::pieces::pieces;
use super::recording::Recording;
use crate::table::Table;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::{Error, Result};
use std::ops::Range;

/// The windows of recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// A row for each: the front end's outputs, in raw units of the model. Its times are the starts in seconds.
    pub table: Table,
    /// What the rows were made of.
    pub pieces: Vec<Piece>,
    /// What is odd, by recording, in words for the user.
    pub notes: Vec<String>,
}

/// Samples without a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Counts, channel by channel within each sample.
    pub counts: Vec<i16>,
    /// How many windows end in it.
    pub windows: usize,
}

/// What an output of 1 is in the model's units.
const ONE: f64 = 65_536.0;

/// Makes a row of each window that lies in a recording without a gap; it is an anomaly if one of its samples is.
///
/// An error names a recording that is too short for a window, or one that the front end does not fit.
pub fn windows(recordings: &[Recording], front: &FrontEnd) -> Result<Windows> {
    let mut all = Windows {
        table: Table::of_rows(vec![], front.features()),
        pieces: vec![],
        notes: vec![],
    };
    let features = &mut all.table;
    features.header = Some(front.features());
    (features.recordings, features.times) = (vec![], Some(vec![]));
    features.labels = recordings
        .iter()
        .any(|one| one.labels.is_some())
        .then(Vec::new);
    for recording in recordings {
        all.add(recording, front)?;
    }
    match all.table.rows {
        0 => Err(Error::input(
            "recordings",
            "expected a recording, found none",
        )),
        _ => Ok(all),
    }
}

impl Windows {
    fn add(&mut self, recording: &Recording, front: &FrontEnd) -> Result<()> {
        let counts = counts(recording, front)?;
        let (pieces, mut found) = pieces(recording, front.rate)?;
        let longest = pieces.iter().map(Range::len).max().unwrap_or(0);
        let before = self.table.rows;
        let mut short = 0;
        for piece in pieces {
            match piece.len() < front.window as usize {
                true => short += 1,
                false => self.add_piece(recording, front, &counts, piece),
            }
        }
        if self.table.rows == before {
            let message = format!(
                "expected {} samples or more without a gap, a window ({} s), found {longest}",
                front.window,
                front.seconds()
            );
            return Err(Error::file(&recording.path, message));
        }
        if short > 0 {
            found.push(format!(
                "{short} pieces between gaps are shorter than a window, and left out"
            ));
        }
        found.extend(notes(recording, front, &counts));
        let all = recording.notes.iter().chain(&found);
        self.notes
            .extend(all.map(|note| format!("{}: {note}", recording.name)));
        Ok(())
    }

    fn add_piece(
        &mut self,
        recording: &Recording,
        front: &FrontEnd,
        counts: &[i16],
        piece: Range<usize>,
    ) {
        let width = front.channels.len();
        let counts = &counts[piece.start * width..piece.end * width];
        let outputs = outputs(front, counts);
        let table = &mut self.table;
        let windows = outputs.len() / table.columns;
        table.recordings.push(table.rows);
        table.names.push(recording.name.clone());
        table.rows += windows;
        table
            .values
            .extend(outputs.iter().map(|output| f64::from(*output) / ONE));
        let (hop, window) = (front.hop as usize, front.window as usize);
        for start in (0..windows).map(|number| piece.start + number * hop) {
            if let Some(times) = &mut table.times {
                times.push((start as f64 / front.rate).to_string());
            }
            if let Some(labels) = &mut table.labels {
                let own = recording.labels.as_ref();
                labels.push(own.is_some_and(|own| own[start..start + window].contains(&true)));
            }
        }
        self.pieces.push(Piece {
            counts: counts.to_vec(),
            windows,
        });
    }
}
