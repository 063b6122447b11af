"""PyOD's interface."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

import numpy as np
from pyod.models.base import BaseDetector
from sklearn.utils.validation import check_is_fitted

from ._expect import LARGEST, NUMERICS, choice, number, whole, wrong
from ._options import TRAINING
from ._rows import names_of, rows
from ._times import is_log
from ._train import train

#: PyOD compares scores, so that a row without a finite one has a large one.
FAR = np.finfo(np.float64).max / 4


class NICE(BaseDetector):
    """Normalizing flows, trained by maximum likelihood, as a PyOD detector: higher scores are stranger.

    ``contamination`` is the share of the training rows that is flagged, ``numeric`` the arithmetic of the scores, ``random_state`` the seed;
    the other parameters are those of :func:`nice_flow.train`. ``model_`` is what was trained.
    """

    def __init__(
        self,
        contamination: float = 0.1,
        members: int = 3,
        numeric: str = "f64",
        trim: Union[float, str] = 0.0,
        steps: int = 2000,
        random_state: int = 0,
        *,
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
    ):
        super().__init__(contamination=contamination)
        self.members = members
        self.numeric = numeric
        self.trim = trim
        self.steps = steps
        self.random_state = random_state
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

    def fit(self, X: Any, y: Any = None) -> NICE:
        """Trains on the rows, a log where a table has an index of times; ``y`` is ignored."""
        # PyOD takes objects that choose a threshold, too.
        if not hasattr(self.contamination, "eval") and not 0 < number("contamination", self.contamination) <= 0.5:
            raise wrong("contamination", "a share in (0, 0.5]", self.contamination)
        choice("numeric", self.numeric, NUMERICS)
        seed = whole("random_state", self.random_state, 0, LARGEST)
        log, names, X = is_log(X), names_of(X), rows(X, double=True)
        self._set_n_classes(y)
        options = {name: getattr(self, name) for name in ("members", "trim", "steps", *TRAINING)}
        self.model_ = train(X, **options, seed=seed, log=log, feature_names=names)
        scores = self.decision_function(X)
        finite = scores[np.abs(scores) < FAR]
        # PyOD takes mean, deviation and range of these, which a single large one would ruin.
        self.decision_scores_ = np.clip(scores, *beyond(finite)) if finite.size else scores
        self._process_decision_scores()
        if finite.size and self.threshold_ > finite.max():
            # More rows than the share have no finite score: all of them are flagged, as `predict` flags them.
            self.threshold_ = finite.max()
            self.labels_ = (self.decision_scores_ > self.threshold_).astype(int)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The model's scores; of rows that it ignores the least there is, since they are no outliers."""
        check_is_fitted(self, "model_")
        scores = self.model_.score(X, self.numeric)
        return np.nan_to_num(scores, nan=-FAR if self.missing == "ignore" else FAR, posinf=FAR, neginf=-FAR)


def beyond(scores: np.ndarray) -> tuple[float, float]:
    """The numbers next to the lowest and the highest score, outside."""
    return np.nextafter(scores.min(), -np.inf), np.nextafter(scores.max(), np.inf)
