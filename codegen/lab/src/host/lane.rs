//! Rows side by side, one in each SIMD lane.

/// The number of rows that are evaluated side by side.
pub const LANES: usize = 16;

/// One element of sixteen rows.
pub(super) type Lane = [f32; LANES];

/// `f` of each number of a lane.
///
/// Not the array's own `map`: from code for wide registers the compiler calls that as a function for narrow ones.
#[inline(always)]
pub(super) fn map<A: Copy, B: Copy + Default>(
    numbers: &[A; LANES],
    f: impl Fn(A) -> B,
) -> [B; LANES] {
    let mut results = [B::default(); LANES];
    for (result, number) in results.iter_mut().zip(numbers) {
        *result = f(*number);
    }
    results
}

/// The number of rows between two reports of progress.
pub(super) const CHUNK: usize = 1024;
