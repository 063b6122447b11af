"""AUROC and bytes of what people use instead, trained on the normal rows of the eight sets.

    python codegen/lab/benches/others.py FOLDER > codegen/lab/benches/others.csv

The counterpart of `auroc.csv`. Needs scikit-learn. Everything sees standardised rows. Bytes are those of the numbers that a
board needs, as small as people store them: 4 for a float, 1 for a weight of a quantised network, 6 for a node of a tree
(2 for the input and the child, 4 for the limit). Scores are the mean of three seeds where there is chance.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import MLPRegressor

SETS = ["wilt", "vowels", "pendigits", "pageblocks", "cardio", "waveform", "satellite", "annthyroid"]
SEEDS = range(3)
warnings.filterwarnings("ignore")


def largest_z(train, test, seed):
    """The largest |z| of a row."""
    return np.abs(test).max(1), 8 * train.shape[1]


def mahalanobis(train, test, seed):
    """Distance from the mean in standard deviations of every direction."""
    inverse = np.linalg.pinv(np.cov(train.T))
    mean = test - train.mean(0)
    dim = train.shape[1]
    return np.einsum("ri,ij,rj->r", mean, inverse, mean), 4 * (dim + dim * (dim + 1) // 2)


def forest(train, test, seed):
    """scikit-learn's defaults: 100 trees of up to 256 rows."""
    model = IsolationForest(random_state=seed).fit(train)
    return -model.score_samples(test), 6 * sum(tree.tree_.node_count for tree in model.estimators_)


def gaussians(train, test, seed):
    """A mixture of eight full Gaussians, as Edge Impulse's and others' anomaly blocks."""
    model = GaussianMixture(8, reg_covar=1e-3, random_state=seed).fit(train)
    dim = train.shape[1]
    return -model.score_samples(test), 8 * 4 * (dim + dim * (dim + 1) // 2 + 1)


def auto_encoder(train, test, seed):
    """D-32-8-32-D with ReLU; the squared error is the score."""
    model = MLPRegressor(hidden_layer_sizes=(32, 8, 32), early_stopping=True, max_iter=500, random_state=seed).fit(train, train)
    weights = sum(w.size for w in model.coefs_) + 4 * sum(b.size for b in model.intercepts_)
    return ((model.predict(test) - test) ** 2).sum(1), weights


METHODS = [largest_z, mahalanobis, forest, gaussians, auto_encoder]
print("set," + ",".join(f"{method.__name__},{method.__name__}_bytes" for method in METHODS))
found = []
for name in SETS:
    train, rows = (np.loadtxt(Path(sys.argv[1]) / f"{name}.{part}.csv", delimiter=",", skiprows=1) for part in ("train", "test"))
    test, anomalous = rows[:, :-1], rows[:, -1]
    mean, scale = train.mean(0), np.where(train.std(0) > 0, train.std(0), 1)
    train, test = (train - mean) / scale, (test - mean) / scale
    line = []
    for method in METHODS:
        pairs = [method(train, test, seed) for seed in SEEDS]
        line += [np.mean([100 * roc_auc_score(anomalous, score) for score, _ in pairs]), max(size for _, size in pairs)]
    found.append(line)
    print(name + "".join(f",{auroc:.2f},{size}" for auroc, size in zip(line[::2], line[1::2])), flush=True)
mean = np.mean(found, axis=0)
print("mean" + "".join(f",{auroc:.2f},{size:.0f}" for auroc, size in zip(mean[::2], mean[1::2])))
