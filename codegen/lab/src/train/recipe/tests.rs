use super::*;

#[test]
fn no_candidate_is_larger_than_the_medium_recipe() {
    for dim in [1, 2, 5, 16, 36, 64, 65, 200] {
        let most = MEDIUM.scaled(dim).budget / size_of::<f32>();
        for candidate in CANDIDATES {
            let candidate = candidate.scaled(dim);
            let fitted = candidate.fitted(dim).unwrap_or(candidate.narrow(dim));
            let found = fitted.parameters();
            assert!(found <= most, "{} of {dim} features", candidate.name);
        }
    }
}
