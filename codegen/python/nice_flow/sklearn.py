"""scikit-learn's interface: an outlier detector, and a density as ``KernelDensity`` is one."""

from __future__ import annotations

import os
from typing import Any, Optional, Sequence, Union

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ._expect import LARGEST, NUMERICS, choice, number, whole, wrong
from ._options import TRAINING
from ._times import is_log
from ._train import train

#: The share of training rows that is flagged if nothing is said.
USUAL = 1e-3


class NiceFlow(OutlierMixin, BaseEstimator):
    """Normalizing flows, trained by maximum likelihood; rows that are improbable are outliers.

    Parameters
    ----------
    contamination : 'auto' or float in (0, 0.5], default='auto'
        The share of the training rows that is flagged; 'auto' is 0.001.
    members : int, default=3
        Flows that score together.
    numeric : {'f64', 'f32', 'i16', 'i8'}, default='f64'
        Arithmetic of the scores: all but the first have the bits of a board.
    trim : float or 'auto', default=0.0
        Share of the least likely rows that training leaves out; 'auto' leaves out those that a first training finds too unlikely.
    steps : int, default=2000
        Most steps of training.
    recipe, prior, couplings, hidden, depth, budget, robust_scales, missing, baseline, given, combine, channels
        As of `nice_flow.train`, which explains them. A row that a model of `missing='ignore'` gives no score is `nan` in `score_samples` and
        is no outlier.
    random_state : int, RandomState instance or None, default=None
        The seed; None is 0, since training is deterministic.
    n_jobs : int or None, default=None
        Threads; None and -1 are all, -2 all but one, and so on.

    Attributes
    ----------
    model_ : nice_flow.Model
        What was trained: `model_.calibrate` and `model_.generate` lead to a board.
    offset_ : float
        Rows with `score_samples` below it are outliers.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> NiceFlow(steps=50, members=1).fit(X).predict([[0, 0], [9, 9]])
    array([ 1, -1])
    """

    def __init__(
        self,
        contamination: Union[str, float] = "auto",
        *,
        members: int = 3,
        numeric: str = "f64",
        trim: Union[float, str] = 0.0,
        steps: int = 2000,
        recipe: Optional[str] = None,
        prior: Optional[str] = None,
        couplings: Optional[int] = None,
        hidden: Optional[int] = None,
        depth: Optional[int] = None,
        budget: Union[int, str, None] = None,
        robust_scales: bool = False,
        missing: str = "alarm",
        baseline: Optional[str] = None,
        given: Sequence[str] = (),
        combine: Optional[str] = None,
        channels: Optional[int] = None,
        random_state: Any = None,
        n_jobs: Optional[int] = None,
    ):
        self.contamination = contamination
        self.members = members
        self.numeric = numeric
        self.trim = trim
        self.steps = steps
        self.recipe = recipe
        self.prior = prior
        self.couplings = couplings
        self.hidden = hidden
        self.depth = depth
        self.budget = budget
        self.robust_scales = robust_scales
        self.missing = missing
        self.baseline = baseline
        self.given = given
        self.combine = combine
        self.channels = channels
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a dead sensor is an anomaly
        return tags

    def fit(self, X: Any, y: Any = None) -> NiceFlow:
        """Trains on the rows, a log where a table has an index of times; ``y`` is ignored."""
        log = is_log(X)
        X = validate_data(self, X, dtype=np.float64, order="C", ensure_all_finite="allow-nan", ensure_min_samples=2)
        part, how_many = share(self.contamination), self._threads()
        choice("numeric", self.numeric, NUMERICS)
        names = getattr(self, "feature_names_in_", None)
        self.model_ = train(
            X,
            members=self.members,
            trim=self.trim,
            steps=self.steps,
            seed=self._seed(),
            **{name: getattr(self, name) for name in TRAINING},
            log=log,
            feature_names=None if names is None else list(names),
            threads=how_many,
        )
        values = -self._scores(X)
        finite = values[np.isfinite(values)]
        # Rows without a finite score are flagged too, so that they are part of the share, unless the model ignores them.
        counted = finite if self.missing == "ignore" else np.nan_to_num(values, nan=finite.min(), neginf=finite.min())
        self.offset_ = float(np.quantile(counted, part))
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """``ln p(x)``, or of an ensemble by tails the negative mean tail score: higher is more normal."""
        return -self._scores(self._rows(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """``score_samples(X) - offset_``: negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """1 for normal rows, -1 for outliers. A score that is not finite is one, but for rows that the model ignores."""
        values = self.decision_function(X)
        ignored = np.isnan(values) if self.missing == "ignore" else False
        return np.where((values >= 0) | ignored, 1, -1)

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of ``ln p(x)`` in nats, of rows that have a finite one: a search over parameters takes the density that fits best.

        Of an ensemble ``p`` is the mean of its flows' densities, however it scores: tail scores say how rare a row is among a flow's own, so
        that they are alike of good flows and of poor ones. Densities are those of the rows that ``fit`` is given: a search compares them
        only if all of these have the same units, and not two scalers in front.
        """
        values = self._log_density(self._rows(X))
        return float(np.mean(values[np.isfinite(values)]))

    def _rows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=False, ensure_all_finite="allow-nan")

    def _log_density(self, X: np.ndarray) -> np.ndarray:
        """``ln p(x)``, of an ensemble ``ln (1/n ∑ pᵢ(x))``."""
        members = self.model_.members
        each = [-member.score(X, self.numeric, threads=self._threads()) for member in members]
        with np.errstate(invalid="ignore"):  # of rows that have no score
            return np.logaddexp.reduce(each) - np.log(len(members))

    def _scores(self, X: np.ndarray) -> np.ndarray:
        return self.model_.score(X, self.numeric, threads=self._threads())

    def _threads(self) -> int:
        if self.n_jobs is None:
            return 0
        try:
            jobs = whole("n_jobs", self.n_jobs, -LARGEST, LARGEST)
        except ValueError:
            jobs = 0
        if jobs == 0:
            raise wrong("n_jobs", "a whole number other than 0, or None", self.n_jobs)
        # -1 is all cores, -2 all but one.
        return jobs if jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + jobs)

    def _seed(self) -> int:
        if self.random_state is None:
            return 0
        if isinstance(self.random_state, np.random.RandomState):
            return int(self.random_state.randint(2**31))
        try:
            return whole("random_state", self.random_state, 0, LARGEST)
        except ValueError:
            raise wrong("random_state", "a whole number of 0 or more, a numpy.random.RandomState or None", self.random_state) from None


def share(contamination: Any) -> float:
    """The share of the training rows that is flagged."""
    expected = "'auto' or a share in (0, 0.5]"
    if isinstance(contamination, str):
        if contamination != "auto":
            raise wrong("contamination", expected, contamination)
        return USUAL
    try:
        found = number("contamination", contamination)
    except ValueError:
        raise wrong("contamination", expected, contamination) from None
    if not 0 < found <= 0.5:
        raise wrong("contamination", expected, contamination)
    return found
