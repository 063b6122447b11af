//! Matrix products with the same bits on every machine.

use nalgebra::DMatrix;

/// `A B`, computed column by column. nalgebra's matrix product uses fused multiply-add where the processor has it,
/// which rounds differently.
pub(super) fn product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let columns: Vec<_> = b.column_iter().map(|column| a * column).collect();
    DMatrix::from_columns(&columns)
}
