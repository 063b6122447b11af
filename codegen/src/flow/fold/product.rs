//! Matrix products with the same bits on every machine.

use nalgebra::DMatrix;

/// `A B`, column by column: nalgebra's product of two matrices fuses multiply and add where the processor can.
pub(super) fn product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let columns: Vec<_> = b.column_iter().map(|column| a * column).collect();
    DMatrix::from_columns(&columns)
}
