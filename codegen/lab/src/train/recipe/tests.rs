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

#[test]
fn few_rows_of_a_log_are_a_case_of_their_own() {
    for dim in [1, 8, 40] {
        assert_eq!(Recipe::of(dim, FEW_ROWS - 1, true), DENSITY.scaled(dim));
        assert_eq!(Recipe::of(dim, FEW_ROWS - 1, false), SMALL.scaled(dim));
        let [log, other] = [true, false].map(|is_log| Recipe::of(dim, FEW_ROWS, is_log));
        assert_eq!(log, other);
    }
}
