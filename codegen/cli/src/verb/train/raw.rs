//! Raw signals to train on.

use super::Args;
use crate::front::{Front, note_lowest, recordings, tell};
use crate::rows::Roles;
use crate::verb::features::described;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::signal::{Recording, Request, windows};
use nice_flow_lab::table::{Columns, Table};
use std::path::PathBuf;

/// The windows of recordings, and the front end that made them.
pub(super) struct Raw {
    /// Those to train on, and behind them the windows of anomalies.
    pub training: Table,
    /// Of whole recordings that are held out.
    pub held_out: Option<Table>,
    pub front: FrontEnd,
}

/// Reads recordings, and makes windows of them; a share of the normal recordings is held out.
pub(super) fn read(
    paths: &[PathBuf],
    roles: &Roles,
    only: &[String],
    options: &Front,
    hold_out: Option<f64>,
) -> Result<Raw> {
    let request = Request {
        columns: Columns {
            only: only.to_vec(),
            ..roles.columns()
        },
        channels: options.names(),
        normal_only: false,
    };
    let normal = recordings(paths, &request)?;
    let anomalies = roles.anomalies(&normal, &request)?;
    let all: Vec<Recording> = normal.iter().chain(&anomalies).cloned().collect();
    let front = options.wish().front_end(&all);
    let (front, notes) = front.map_err(|error| error.in_file(&paths[0]))?;
    notes.iter().for_each(|note| note!("note: {note}"));
    let windows_of = |recordings: &[Recording]| {
        let windows = windows(recordings, &front)?;
        tell(&windows);
        Ok(windows.table)
    };
    let table = windows_of(&normal)?;
    note!(
        "note: {}: {}",
        described(&front),
        counted(table.rows, "window")
    );
    note_lowest(&front, &table);
    let (mut training, held_out) = match hold_out {
        None => (table, None),
        Some(share) => {
            let (first, last) = table.parted_by_name(share);
            note!("note: held out: {}", names(&last));
            (first, Some(last))
        }
    };
    if !anomalies.is_empty() {
        let none = vec![false; training.rows];
        training.labels.get_or_insert(none);
        training.append(&windows_of(&anomalies)?);
    }
    Ok(Raw {
        training,
        held_out,
        front,
    })
}

/// The recordings of a table in words.
fn names(table: &Table) -> String {
    let mut names = table.names.clone();
    names.dedup();
    match names.as_slice() {
        [] => match table.rows {
            1 => "the last window of the only recording".into(),
            rows => format!("the last {rows} windows of the only recording"),
        },
        [one] => format!("{} of {one}", counted(table.rows, "window")),
        several => format!(
            "{} of {} recordings",
            counted(table.rows, "window"),
            several.len()
        ),
    }
}

impl Args {
    /// An error if an option is for rows only.
    pub(super) fn expect_for_raw(&self) -> Result<()> {
        let options = [
            ("--channels", self.channels.is_some()),
            ("--drop-constant", self.drop_constant),
            ("--baseline", self.baseline.is_some()),
            ("--given", !self.given.is_empty()),
            ("--missing", !self.missing.is_alarm()),
        ];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((option, _)) => {
                let message = "expected none for raw signals, of which a front end makes the inputs; windows begin anew behind what is missing";
                Err(Error::input(option, message))
            }
        }
    }
}
