"""The estimator is one of scikit-learn's."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import nice_flow
from nice_flow.sklearn import NiceFlow


def test_scikit_learn_finds_nothing_wrong():
    results = check_estimator(NiceFlow(steps=30, members=1), on_fail=None)
    states = {}
    for result in results:
        states.setdefault(result["status"], []).append((result["check_name"], str(result["exception"])))
    print({state: len(found) for state, found in states.items()})
    assert "failed" not in states, states["failed"]
    assert "xfail" not in states and len(states["passed"]) > 40
    # What is skipped is so by scikit-learn's own choice, without array API.
    assert all("array_api" in name.lower() or "SCIPY_ARRAY_API" in why for name, why in states.get("skipped", [])), states["skipped"]


def test_it_works_in_a_pipeline_and_a_search(normal):
    X = normal[0]
    pipeline = make_pipeline(StandardScaler(), NiceFlow(0.02, steps=40, members=1))
    verdicts = pipeline.fit(X).predict(X)
    assert (verdicts == -1).mean() == pytest.approx(0.02, abs=0.002)
    search = GridSearchCV(NiceFlow(members=1, steps=40), {"prior": ["normal", "mixture:4"]}, cv=2)
    search.fit(X)
    assert search.best_params_["prior"] in ("normal", "mixture:4")
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert clone(search.best_estimator_).get_params()["steps"] == 40


@pytest.mark.parametrize("members", [1, 2])
def test_a_search_takes_the_density_that_fits_best(normal, members):
    search = GridSearchCV(NiceFlow(members=members), {"steps": [1, 20, 300]}, cv=2).fit(normal[0][:400])
    assert search.best_params_ == {"steps": 300}, search.cv_results_["mean_test_score"]


def test_a_search_compares_one_flow_with_several_in_nats(normal):
    X, held_out = normal[0][:300], normal[1][:200]
    tails, density = (NiceFlow(members=2, steps=40, combine=how).fit(X) for how in (None, "density"))
    assert density.score(held_out) == pytest.approx(density.model_.log_density(held_out).mean())
    assert tails.score(held_out) == pytest.approx(density.score(held_out))
    one = NiceFlow(members=1, steps=40).fit(X)
    assert one.score(held_out) == pytest.approx(one.score_samples(held_out).mean())


def test_scores_are_those_of_its_model(normal, rows):
    estimator = NiceFlow(numeric="i8", steps=40, members=2, n_jobs=1).fit(normal[0])
    scores = estimator.model_.score(rows[50:], "i8")
    assert np.array_equal(estimator.score_samples(rows[50:]), -scores)
    assert estimator.predict([[np.nan, 0, 20, 0]]) == [-1]
    with pytest.raises(ValueError, match="contamination: expected 'auto'"):
        NiceFlow(0.7).fit(normal[0])


def test_rows_with_missing_cells_are_part_of_the_share_and_of_no_mean(normal):
    X = normal[0][:400].copy()
    X[::13, 1] = np.nan
    estimator = NiceFlow(contamination=0.1, members=1, steps=40).fit(X)
    assert (estimator.predict(X) == -1).mean() == pytest.approx(0.1, abs=0.005)
    assert estimator.score(X) == pytest.approx(estimator.score(X[~np.isnan(X).any(axis=1)]))


def test_a_table_with_an_index_of_times_is_a_log(normal):
    pd = pytest.importorskip("pandas")
    X = normal[0][:200]
    times = pd.date_range("2026-01-01", periods=len(X), freq="min")
    timed = NiceFlow(members=1, steps=40).fit(pd.DataFrame(X, index=times, columns=["a", "b", "c", "d"]))
    plain = NiceFlow(members=1, steps=40).fit(X)
    log = nice_flow.train(X, members=1, steps=40, log=True)
    assert np.array_equal(timed.model_.score(X), log.score(X)) and not np.array_equal(plain.model_.score(X), log.score(X))


def test_a_detector_of_pyod_ranks_alike(normal):
    pytest.importorskip("pyod")
    from nice_flow.pyod import NICE

    X = normal[0]
    detector = NICE(contamination=0.05, members=1, steps=40).fit(X)
    assert detector.labels_.mean() == pytest.approx(0.05, abs=0.005)
    assert np.array_equal(detector.decision_scores_, detector.model_.score(X))
    far = np.array([[90.0, 0, 20, 0], [0, 0, 20, 0]])
    assert list(detector.predict(far)) == [1, 0] and detector.predict_proba(far).shape == (2, 2)
    assert np.isfinite(detector.decision_function([[np.nan, 0, 0, 0]])).all()


@pytest.mark.parametrize("missing", ["alarm", "ignore"])
@pytest.mark.parametrize("method", ["linear", "unify"])
def test_a_missing_cell_leaves_probabilities_of_pyod_as_they_are(normal, missing, method):
    pytest.importorskip("pyod")
    from nice_flow.pyod import NICE

    X = normal[0].copy()
    X[7, 1] = np.nan
    detector = NICE(members=1, steps=40, missing=missing).fit(X)
    usual, far = detector.predict_proba(np.array([np.nanmedian(X, axis=0), [90.0, 0, 20, 0]]), method=method)[:, 1]
    assert usual < 0.5 and far > 0.9


@pytest.mark.parametrize("missing", ["alarm", "ignore"])
def test_labels_of_pyod_are_its_verdicts_of_the_same_rows(normal, missing):
    pytest.importorskip("pyod")
    from nice_flow.pyod import NICE
    from sklearn.exceptions import NotFittedError

    X = normal[0][:400].copy()
    X[::9, 0] = np.nan
    detector = NICE(members=1, steps=30, contamination=0.05, missing=missing).fit(X)
    assert np.array_equal(detector.labels_, detector.predict(X))
    assert detector.labels_[::9].all() == (missing == "alarm") and detector.labels_.mean() < 0.12
    for ask in (NICE().decision_function, NICE().predict):
        with pytest.raises(NotFittedError):
            ask(X)


def test_detectors_have_the_arguments_of_training(normal):
    X = normal[0][:200]
    options = dict(recipe="small", combine="density", members=2, hidden=3, robust_scales=True, steps=10)
    estimator = NiceFlow(**options).fit(X)
    assert estimator.model_ == nice_flow.train(X, **options)
    assert np.array_equal(estimator.score_samples(X), estimator.model_.log_density(X))
    with pytest.raises(ValueError, match="recipe: expected one of small"):
        NiceFlow(recipe="huge").fit(X)
    for n_jobs in (0, "all", True):
        with pytest.raises(ValueError, match="n_jobs: expected a whole number other than 0"):
            NiceFlow(n_jobs=n_jobs, steps=2).fit(X)
    pytest.importorskip("pyod")
    from nice_flow.pyod import NICE

    assert np.array_equal(NICE(**options).fit(X).model_.score(X), estimator.model_.score(X))


def test_rows_without_a_score_are_no_outliers(normal):
    estimator = NiceFlow(members=1, steps=10, missing="ignore").fit(normal[0][:200])
    X = np.array([[np.nan, 0, 20, 0], [90, 0, 20, 0]])
    assert list(np.isnan(estimator.score_samples(X))) == [True, False] and list(estimator.predict(X)) == [1, -1]
    assert np.isfinite(estimator.score(X))
