//! Normal rows with an empty cell.

use nice_flow_lab::table::Table;

/// The normal rows, without those that have an empty cell if these are dropped; a note names the rows and columns.
pub(super) fn sorted_out(table: &Table, drop: bool) -> Vec<f64> {
    let mut normal = table.normal_rows();
    let width = table.columns.max(1);
    let is_broken = |row: &[f64]| row.iter().any(|value| !value.is_finite());
    let broken: Vec<&[f64]> = normal
        .chunks_exact(width)
        .filter(|row| is_broken(row))
        .collect();
    if broken.is_empty() {
        return normal;
    }
    let per_column = table.features.iter().enumerate().filter_map(|(i, name)| {
        let count = broken.iter().filter(|row| !row[i].is_finite()).count();
        (count > 0).then(|| format!("{name} in {count}"))
    });
    let per_column: Vec<String> = per_column.take(MOST_NAMED).collect();
    let what = match drop {
        true => "are left out",
        false => "count as the highest scores, as on a board; --drop-incomplete leaves them out",
    };
    note!(
        "note: {} of {} normal rows have an empty cell or no finite number ({}): they {what}",
        broken.len(),
        normal.len() / width,
        per_column.join(", "),
    );
    if drop {
        let whole = normal.chunks_exact(width).filter(|row| !is_broken(row));
        normal = whole.flatten().copied().collect();
    }
    normal
}

/// More columns are not listed.
const MOST_NAMED: usize = 8;
