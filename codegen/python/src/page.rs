//! The report's page.

use crate::interrupt::Watch;
use crate::made::Made;
use crate::scores::{self, How};
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::report::{Rows, Subject, report};
use nice_flow_lab::table::Table;

/// The page about a model and rows, labelled or not, that it scores.
pub fn page(
    (model, made, arithmetic): (&Model, &Made, Arithmetic),
    rows: Table,
    watch: &Watch,
) -> Result<String> {
    let how = How::parallel(watch);
    let mut table = scores::above(model, made, arithmetic, rows.values, how)?;
    let scored = table.numbers().into_iter();
    table.labels = rows.labels.map(|all| scored.map(|row| all[row]).collect());
    table.header = Some(model.features.clone());
    let subject = Subject {
        model: model.clone(),
        data: Rows {
            file: "X".into(),
            table,
        },
        train: None,
        numeric: arithmetic,
        board: None,
    };
    report(&subject, &|_| watch.check())
}
