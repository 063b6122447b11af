"""PyOD's interface."""

from __future__ import annotations

from typing import Any, Union

import numpy as np
from pyod.models.base import BaseDetector

from ._rows import is_log, rows
from ._train import train

#: PyOD takes quantiles of scores, so that a row without a finite one has the largest that arithmetic on it survives.
FAR = np.finfo(np.float64).max / 4


class NICE(BaseDetector):
    """Normalizing flows, trained by maximum likelihood, as a PyOD detector: higher scores are stranger."""

    def __init__(
        self,
        contamination: float = 0.1,
        members: int = 3,
        numeric: str = "f64",
        trim: Union[float, str] = 0.0,
        steps: int = 2000,
        random_state: int = 0,
    ):
        super().__init__(contamination=contamination)
        self.members = members
        self.numeric = numeric
        self.trim = trim
        self.steps = steps
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> NICE:
        """Trains on the rows, a log where a table has an index of times; ``y`` is ignored."""
        log, X = is_log(X), rows(X, double=True)
        self._set_n_classes(y)
        self.model_ = train(X, members=self.members, trim=self.trim, steps=self.steps, seed=self.random_state, log=log)
        self.decision_scores_ = self.decision_function(X)
        self._process_decision_scores()
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The model's scores."""
        scores = self.model_.score(rows(X), self.numeric)
        return np.nan_to_num(scores, nan=FAR, posinf=FAR, neginf=-FAR)
