"""AUROC of k nearest neighbours and of an isolation forest, trained on the unlabelled test rows that they score.

    python codegen/lab/benches/contaminated.py FOLDER > codegen/lab/benches/contaminated.csv

The counterpart of `cargo run --release --package nice-flow-lab --example recipe -- FOLDER contaminated`. Needs
scikit-learn. Neighbours as in PyOD: the distance to the fifth, in standard units; the forest is the mean of three seeds.
"""
import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

SETS = ["wilt", "vowels", "pendigits", "pageblocks", "cardio", "waveform", "satellite", "annthyroid"]
SEEDS = range(3)


def neighbours(x):
    distances, _ = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x)
    return distances[:, -1]  # the first is the row itself


def forest(x):
    return -sum(IsolationForest(random_state=seed).fit(x).score_samples(x) for seed in SEEDS)


found = []
print("set,knn,isolation_forest")
for name in SETS:
    rows = np.loadtxt(Path(sys.argv[1]) / f"{name}.test.csv", delimiter=",", skiprows=1)
    x, anomalous = rows[:, :-1], rows[:, -1]
    x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    found.append([100 * roc_auc_score(anomalous, score(x)) for score in (neighbours, forest)])
    print(f"{name},{found[-1][0]:.2f},{found[-1][1]:.2f}", flush=True)
print("mean,{:.2f},{:.2f}".format(*np.mean(found, axis=0)))
