"""AUROC of default training on public sensor logs, beside four methods of scikit-learn.

    cargo build --release -p nice-flow-cli
    python codegen/lab/benches/sensors.py FOLDER [target/release/nice-flow [OPTION...]]

FOLDER as in `logs.py`, whose readers are used. Of each log with several sensors the first three quarters of the leading normal
rows are trained on, and all later rows are scored, in i8. The others see the same columns of the same rows in standard units:
Mahalanobis distance with a shrunk covariance (Ledoit and Wolf), distance to the fifth neighbour, the mean of three isolation
forests, a one-class support vector machine. Further options are those of `train`.

SKAB is 34 short runs of one rig. So there are two means: of all logs, and of sources, in which each counts once.
"""

import csv
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from logs import auroc, cmapss, msl, nsl, run, skab
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

OTHERS = {
    "mahalanobis": lambda x, y: LedoitWolf().fit(x).mahalanobis(y),
    "knn": lambda x, y: NearestNeighbors(n_neighbors=5).fit(x).kneighbors(y)[0][:, -1],
    "forest": lambda x, y: -sum(IsolationForest(random_state=seed).fit(x).score_samples(y) for seed in range(3)),
    "svm": lambda x, y: -OneClassSVM().fit(x).score_samples(y),
}


def columns(path, names):
    """The named columns of a file that the command understands; of columns without names, `x0` is the first of numbers."""
    lines = path.read_text().splitlines()
    separator = next((s for s in ";," if s in lines[0]), None)
    rows = [[cell.strip() for cell in line.split(separator)] for line in lines]
    header = rows.pop(0) if names[0] in rows[0] else None
    if header is None:
        rows = [[cell for cell in row if is_number(cell)] for row in rows]
        header = [f"x{i}" for i in range(len(rows[0]))]
    return np.array([[float(row[header.index(name)]) for name in names] for row in rows])


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def judge(command, options, log):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (start, _), (_, end), (later, last) = log.parts()
        paths = []
        for name, (first, past) in (("train", (start, end)), ("later", (later, last))):
            paths.append(folder / f"{name}.csv")
            lines = ([log.header] if log.header else []) + log.lines[first:past]
            paths[-1].write_text("\n".join(lines) + "\n")
        model, out = folder / "m.st", folder / "out.csv"
        run(command, ["train", paths[0], *log.train, *options, "-o", model])
        run(command, ["score", model, paths[1], "--numeric", "i8", "-o", out])
        labels = log.labels[later:]
        found = [auroc([float(row["score"]) for row in csv.DictReader(out.open())], labels)]
        names = json.loads(run(command, ["inspect", model, "--json"]).stdout)["members"][0]["features"]
        x, y = (columns(path, names) for path in paths)
        center, scale = x.mean(0), np.where(x.std(0) > 0, x.std(0), 1)
        x, y = (x - center) / scale, (y - center) / scale
        return len(names), found + [auroc(score(x, y).tolist(), labels) for score in OTHERS.values()]


def show_means(areas):
    """`areas`: of each source, lists of areas, one a log."""
    logs = [area for source in areas.values() for area in source]
    for name, rows in (("mean of logs", logs), ("mean of sources", [np.mean(source, axis=0) for source in areas.values()])):
        print(f"{name},," + ",".join(f"{100 * area:.1f}" for area in np.mean(rows, axis=0)))


def main():
    folder, *words = sys.argv[1:]
    command, *options = words or ["target/release/nice-flow"]
    print("log,sensors,nice_flow," + ",".join(OTHERS))
    areas = {}
    for log in (log for logs in (skab, cmapss, nsl, msl) for log in logs(Path(folder))):
        sensors, found = judge(command, options, log)
        areas.setdefault(log.name.split()[0], []).append(found)
        print(f"{log.name},{sensors}," + ",".join(f"{100 * area:.1f}" for area in found), flush=True)
    show_means(areas)


if __name__ == "__main__":
    main()
