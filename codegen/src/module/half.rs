//! The half of the vector that a coupling changes.

use crate::flow::ir;
use nice_flow::Half;

/// The half of the vector that a folded coupling changes.
pub fn half(coupling: &ir::Coupling, dim: usize) -> std::result::Result<Half, String> {
    let contiguous =
        |places: &[usize], start: usize| places.iter().copied().eq(start..start + places.len());
    if contiguous(&coupling.kept, 0) && contiguous(&coupling.changed, coupling.kept.len()) {
        Ok(Half::Tail)
    } else if contiguous(&coupling.changed, 0)
        && contiguous(&coupling.kept, dim - coupling.kept.len())
    {
        Ok(Half::Head)
    } else {
        Err("expected a folded flow, found a coupling of scattered elements".into())
    }
}
