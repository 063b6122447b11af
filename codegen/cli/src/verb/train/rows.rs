//! The rows of tables that are trained on, and those that are held out.

use super::{Args, given};
use crate::rows::tell;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::table::{Draw, Table};

/// The most normal rows that are kept if nothing is said.
const MOST_ROWS: usize = 1 << 20;

impl Args {
    /// The rows of tables, and those that are held out.
    pub(super) fn rows(&self) -> Result<(Table, Option<Table>)> {
        let hours = given::hours(&self.given)?;
        let (only, hours) = (&self.only, hours.as_ref());
        let mut table = self.roles.read(&self.data, only, hours, self.draw())?;
        let dropped = match self.drop_constant {
            true => table.drop_constant(),
            false => vec![],
        };
        if table.columns == 0 {
            let message = "expected columns that vary, found constant ones only";
            return Err(Error::file(self.first(), message));
        }
        let named = table.expect_names_of_one_line();
        let named = named.and_then(|()| table.expect_distinct_names());
        named.map_err(|error| error.in_file(self.first()))?;
        tell(&table, &self.data);
        match dropped.len() {
            0 => {}
            1 => note!("note: a constant column is left out: {}", dropped[0]),
            count => note!(
                "note: {count} constant columns are left out: {}",
                dropped.join(", ")
            ),
        }
        Ok(match self.hold_out {
            None => (table, None),
            Some(share) => {
                let (first, last) = table.parted(share);
                (first, Some(last))
            }
        })
    }

    /// The rows that are drawn from more. What follows each row in the order of the file, levels and held cells, needs all of them.
    fn draw(&self) -> Option<Draw> {
        let follows = match (&self.baseline, self.missing) {
            (Some(_), _) => "--baseline",
            (None, Missing::Hold(_)) => "--missing hold",
            _ => return Some(Draw::new(self.rows.unwrap_or(MOST_ROWS), self.seed)),
        };
        self.note_all_rows(&format!(
            "{follows} follows the rows one after another, so that all of them are kept"
        ));
        None
    }

    /// Notes that `--rows` has no effect, if it is given.
    pub(super) fn note_all_rows(&self, reason: &str) {
        if self.rows.is_some() {
            note!("note: --rows is not used: {reason}");
        }
    }
}
