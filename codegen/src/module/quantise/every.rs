//! What brute-force tests run through.

/// Every vector whose element `i` is one of `choices[i]`.
pub(super) fn vectors(choices: &[Vec<i64>]) -> Vec<Vec<i64>> {
    choices.iter().fold(vec![vec![]], |shorter, choices| {
        let longer = |vector: &[i64]| -> Vec<Vec<i64>> {
            let last = choices.iter();
            last.map(|last| [vector, &[*last]].concat()).collect()
        };
        shorter.iter().flat_map(|vector| longer(vector)).collect()
    })
}
