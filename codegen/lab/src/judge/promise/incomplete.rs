//! Normal rows with an empty cell.

use crate::table::Table;
use nice_flow_codegen::text::{agreeing, counted};

/// More columns are not listed.
const MOST_NAMED: usize = 8;

/// The normal rows, without those that have an empty cell if these are dropped, and where their recordings start; a note
/// names the columns.
pub(super) fn sorted_out(table: &Table, drop: bool) -> (Vec<f64>, Vec<usize>, Option<String>) {
    let (normal, starts) = (table.normal_rows(), table.normal_recordings());
    let width = table.columns.max(1);
    let rows: Vec<&[f64]> = normal.chunks_exact(width).collect();
    let is_broken = |row: &&[f64]| row.iter().any(|value| !value.is_finite());
    let broken: Vec<&[f64]> = rows.iter().copied().filter(is_broken).collect();
    if broken.is_empty() {
        return (normal, starts, None);
    }
    let per_column = table.features.iter().enumerate().filter_map(|(i, name)| {
        let count = broken.iter().filter(|row| !row[i].is_finite()).count();
        (count > 0).then(|| format!("{name} in {count}"))
    });
    let per_column: Vec<String> = per_column.take(MOST_NAMED).collect();
    let what = match drop {
        true => agreeing(broken.len(), "it is left out", "they are left out"),
        false => agreeing(
            broken.len(),
            "it counts as the highest score, as on a board; --drop-incomplete leaves it out",
            "they count as the highest scores, as on a board; --drop-incomplete leaves them out",
        ),
    };
    let note = format!(
        "note: {} of {} {} an empty cell or no finite number ({}): {what}",
        broken.len(),
        counted(rows.len(), "normal row"),
        agreeing(broken.len(), "has", "have"),
        per_column.join(", "),
    );
    if !drop {
        return (normal, starts, Some(note));
    }
    let before = |start: &usize| rows[..*start].iter().filter(|row| !is_broken(row)).count();
    let starts = starts.iter().map(before).collect();
    let whole = rows.iter().filter(|row| !is_broken(row));
    let rows = whole.copied().flatten().copied().collect();
    (rows, starts, Some(note))
}
