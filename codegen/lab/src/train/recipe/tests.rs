use super::*;
use crate::train::facts::Facts;
use crate::train::request::Request;

#[test]
fn no_candidate_is_larger_than_the_medium_recipe() {
    for dim in [1, 2, 5, 16, 36, 64, 65, 200] {
        let most = MEDIUM.scaled(dim).budget / size_of::<f32>();
        let candidates = CANDIDATES.map(|candidate| candidate.scaled(dim));
        for candidate in candidates.into_iter().filter(|it| !it.is_too_narrow(dim)) {
            let found = candidate.fitted(dim).unwrap().parameters();
            assert!(found <= most, "{} of {dim} features", candidate.name);
        }
    }
}

#[test]
fn few_rows_of_a_log_are_a_case_of_their_own() {
    for dim in [1, 8, 40] {
        assert_eq!(Recipe::of(dim, FEW_ROWS - 1, true), DENSITY.scaled(dim));
        let [log, other] = [true, false].map(|is_log| Recipe::of(dim, FEW_ROWS, is_log));
        assert_eq!(log, other);
    }
}

#[test]
fn few_rows_of_many_features_get_a_triangular_layer() {
    for dim in 1..=120 {
        let usual = if dim < 25 { SMALL } else { SMALL_TRIANGULAR };
        assert_eq!(Recipe::of(dim, FEW_ROWS - 1, false), usual.scaled(dim));
    }
}

/// The networks of what is trained, for each kind of table and each request that leaves the width open.
#[test]
fn no_network_is_narrower_than_the_least_width() {
    let asked = RECIPES.map(|(recipe, ..)| Request {
        recipe: Some(recipe),
        ..Request::default()
    });
    let given = Request {
        given: vec!["load".into()],
        ..Request::default()
    };
    let front = Request {
        is_front: true,
        ..Request::default()
    };
    let requests = [Request::default(), given, front].into_iter().chain(asked);
    let requests: Vec<Request> = requests.collect();
    for dim in 2..=120 {
        for rows in [60, 500, FEW_ROWS - 1, FEW_ROWS, 3000, 10_000] {
            for (anomalies, is_log) in [(0, false), (0, true), (20, false)] {
                let facts = Facts {
                    dim,
                    rows,
                    anomalies,
                    is_log,
                };
                requests.iter().for_each(|it| expect_wide(it, facts));
            }
        }
    }
}

#[track_caller]
fn expect_wide(request: &Request, facts: Facts) {
    for recipe in request.recipes(facts) {
        let recipe = recipe.beside(request.given.len());
        let sizes = request.settings(&recipe, facts.dim).unwrap().architecture;
        assert!(
            sizes.couplings() == 0 || sizes.hidden >= recipe.least_width,
            "{} of {facts:?}: {sizes:?}",
            recipe.name
        );
        // What no labelled anomaly chooses.
        let is_candidate = facts.anomalies > 0 && request.leaves_choice();
        assert!(recipe.least_width >= if is_candidate { 2 } else { LEAST_WIDTH });
        // Where the budget leaves less, a triangular layer relates the features, unless it would mix a context with them.
        let is_usual = request.leaves_choice() && request.given.is_empty() && !request.is_front;
        let is_exceeded = sizes.couplings() > 0 && recipe.is_too_narrow(facts.dim);
        assert!(
            !is_usual || !is_exceeded || recipe.triangle || facts.rows >= FEW_ROWS,
            "{} of {facts:?}",
            recipe.name
        );
    }
}

#[test]
fn the_width_alone_changes_no_recipe_but_that_of_a_log() {
    let wide = Request {
        hidden: Some(16),
        ..Request::default()
    };
    for (dim, rows) in (2..=64).flat_map(|dim| [(dim, 60), (dim, 3000)]) {
        let table = Facts {
            dim,
            rows,
            anomalies: 0,
            is_log: false,
        };
        let recipes = wide.recipes(table);
        assert_eq!(recipes, Request::default().recipes(table));
        for recipe in &recipes {
            let settings = wide.settings(recipe, dim).unwrap();
            assert_eq!(settings.architecture.hidden, 16);
            assert_eq!(settings.triangle, recipe.triangle);
        }
        let log = Facts {
            is_log: true,
            ..table
        };
        assert_eq!(wide.recipes(log), recipes);
        assert_eq!(wide.note(table), None);
        assert_eq!(wide.note(log).is_some(), rows < FEW_ROWS);
        assert_eq!(Request::default().note(log), None);
    }
}

#[test]
fn a_recipe_is_asked_for_by_its_name() {
    for (recipe, word, _) in RECIPES {
        assert_eq!((recipe.name, word.parse()), (word, Ok(recipe)));
    }
    let named: Vec<&str> = CANDIDATES.iter().map(|candidate| candidate.name).collect();
    assert_eq!(nice_flow_codegen::text::repeated(&named), None);
}

#[test]
fn a_recipe_named_after_its_prior_has_another_name_with_another_one() {
    let medium = TINY.before(Prior::Normal);
    assert_eq!((medium.name, medium.prior), ("medium", Prior::Normal));
    assert_eq!(
        TINY.beside(1),
        Recipe {
            context: 1,
            ..medium
        }
    );
    assert_eq!(TINY.before(Prior::Logistic), TINY);
    assert_eq!(LARGE.before(Prior::Logistic).name, "large");
}

#[test]
fn three_flows_of_as_many_features_as_a_budget_is_for_take_no_more_than_8_kib() {
    for (dim, rows) in (2..=FEATURES).flat_map(|dim| [(dim, 60), (dim, 10_000)]) {
        for is_log in [false, true] {
            let recipe = Recipe::of(dim, rows, is_log);
            let sizes = recipe.fitted(dim).unwrap_or(recipe.narrow(dim));
            // A triangular layer has half of its numbers beside the diagonal, which is folded.
            let triangle = usize::from(recipe.triangle) * dim * (dim - 1) / 2;
            let bytes = 3 * (sizes.parameters() + triangle);
            assert!(bytes <= 8192, "{dim} features: {bytes} bytes");
        }
    }
}

#[test]
fn a_budget_that_is_asked_for_is_kept_by_fewer_components() {
    for (dim, budget) in [(36, 4000), (48, 7500), (29, 3584)] {
        let recipe = Recipe::within(dim, budget);
        let sizes = recipe.fitted(dim).unwrap();
        assert!(sizes.hidden >= recipe.least_width, "{sizes:?}");
        assert!(sizes.parameters() * size_of::<f32>() <= budget, "{sizes:?}");
    }
}
