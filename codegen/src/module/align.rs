//! Gives all flows of an ensemble the same layers: its members must have one Rust type.

/// Inserts an identity permutation wherever another list has a permutation: a member's own may have been the identity,
/// which folding removed.
pub(super) fn align<'a, L: Clone + 'a>(
    lists: impl Iterator<Item = &'a mut Vec<L>>,
    permutes: impl Fn(&L) -> bool,
    identity: &L,
) {
    let mut lists: Vec<_> = lists.collect();
    let mut place = 0;
    while lists.iter().any(|list| place < list.len()) {
        let has = |list: &Vec<L>| list.get(place).is_some_and(&permutes);
        if lists.iter().any(|list| has(list)) {
            for list in lists.iter_mut().filter(|list| !has(list)) {
                list.insert(place.min(list.len()), identity.clone());
            }
        }
        place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_that_folding_left_out_come_back() {
        let mut lists = ["dpccd", "dccpd", "dccdp"].map(|list| list.chars().collect::<Vec<_>>());
        align(lists.iter_mut(), |layer| "pi".contains(*layer), &'i');
        let aligned = lists.map(String::from_iter);
        assert_eq!(aligned, ["dpccidi", "diccpdi", "diccidp"]);
    }

    #[test]
    fn lists_alike_stay_as_they_are() {
        let mut lists = [vec!['d', 'p', 'c'], vec!['d', 'p', 'c']];
        align(lists.iter_mut(), |layer| *layer == 'p', &'i');
        assert_eq!(lists, [['d', 'p', 'c'], ['d', 'p', 'c']]);
    }
}
