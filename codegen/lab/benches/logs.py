"""What a promised false-alarm rate becomes on public sensor logs, as they come, with and without a moving baseline.

    cargo build --release -p nice-flow-cli
    python codegen/lab/benches/logs.py FOLDER [target/release/nice-flow]

FOLDER holds, as far as you have them: `SKAB/data` (github.com/waico/SKAB), `NAB/data` and `NAB/labels`
(github.com/numenta/NAB), `CMAPSS/train_FD001.txt` (NASA's turbofans), `NSL-KDD/KDDTrain+_20Percent.txt`, `MSL/{train,test}.csv`
(of github.com/d-ailin/GDN), `WIND/*.csv` (exports of turbines' SCADA). None of it is part of this project.

Of each log the leading normal rows are parted: a half to train on, a quarter to calibrate at 1 %; all later rows are scored.
No column is skipped by hand. Printed are the share of later normal rows above the threshold, whether a note of `calibrate`
or `score` had warned (rows that change, columns that differ, alarms far more frequent), and the AUROC of labelled rows.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median

RATE = 0.01
WARNINGS = ("change in time", "not like", "far more rows", "has other values")
SKAB = "Accelerometer1RMS,Accelerometer2RMS,Current,Pressure,Temperature,Thermocouple,Voltage,Volume Flow RateRMS"


class Log:
    """Lines of a file, with a label for each (None: there are none), and options of `train` and of all verbs."""

    def __init__(self, name, header, lines, labels, train=(), every=()):
        self.name, self.header, self.lines, self.labels = name, header, lines, labels
        self.train, self.every = list(train), list(every)

    def parts(self):
        first = next((i for i, anomalous in enumerate(self.labels) if anomalous), len(self.lines))
        return (0, first // 2), (first // 2, first * 3 // 4), (first * 3 // 4, len(self.lines))


def skab(folder):
    for path in sorted(folder.glob("SKAB/data/*/*.csv")):
        if path.parent.name == "anomaly-free":
            continue
        header, *lines = path.read_text().splitlines()
        place = header.split(";").index("anomaly")
        labels = [float(line.split(";")[place]) == 1 for line in lines]
        yield Log(f"SKAB {path.parent.name}/{path.stem}", header, lines, labels, ["--only", SKAB])


def nab(folder):
    windows = folder / "NAB/labels/combined_windows.json"
    if not windows.is_file():
        return
    for name, spans in sorted(json.loads(windows.read_text()).items()):
        path = folder / "NAB/data" / name
        if not path.is_file() or not name.startswith(("realKnownCause", "realAWSCloudwatch", "realTraffic")):
            continue
        header, *lines = path.read_text().splitlines()
        inside = lambda time: any(start[:19] <= time <= end[:19] for start, end in spans)
        yield Log(f"NAB {path.stem}", header, lines, [inside(line[:19]) for line in lines])


def cmapss(folder):
    path = folder / "CMAPSS/train_FD001.txt"
    if not path.is_file():
        return
    lines = path.read_text().splitlines()
    last = {}
    for line in lines:
        last[line.split()[0]] = int(line.split()[1])
    early = [line for line in lines if int(line.split()[1]) <= 50]
    late = [line for line in lines if int(line.split()[1]) > last[line.split()[0]] - 20]
    yield Log("C-MAPSS FD001", None, early + late, [False] * len(early) + [True] * len(late))


def nsl(folder):
    path = folder / "NSL-KDD/KDDTrain+_20Percent.txt"
    if not path.is_file():
        return
    lines = path.read_text().splitlines()
    normal = [line for line in lines if line.split(",")[41] == "normal"]
    attacks = [line for line in lines if line.split(",")[41] != "normal"]
    labels = [False] * len(normal) + [True] * len(attacks)
    yield Log("NSL-KDD", None, normal + attacks, labels)


def msl(folder):
    paths = [folder / f"MSL/{name}.csv" for name in ("train", "test")]
    if not all(path.is_file() for path in paths):
        return
    (_, *normal), (header, *later) = (path.read_text().splitlines() for path in paths)
    labels = [False] * len(normal) + [float(line.rsplit(",", 1)[1]) == 1 for line in later]
    names = header.rsplit(",", 1)[0]
    lines = normal + [line.rsplit(",", 1)[0] for line in later]
    yield Log("MSL", names, lines, labels)


def wind(folder):
    for path in sorted(folder.glob("WIND/*.csv")):
        header, *lines = path.read_text().splitlines()
        turbine = lines[0].split(",")[0]
        lines = [line for line in lines if line.startswith(turbine)]
        yield Log(f"wind {path.stem} {turbine}", header, lines, [False] * len(lines))


def run(command, words):
    done = subprocess.run([command, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stderr}")
    return done


def auroc(scores, labels):
    pairs = sorted(zip(scores, labels))
    positives = sum(labels)
    if not 0 < positives < len(labels):
        return None
    rank_sum, i = 0.0, 0
    while i < len(pairs):
        j = i
        while j < len(pairs) and pairs[j][0] == pairs[i][0]:
            j += 1
        rank_sum += sum(label for _, label in pairs[i:j]) * (i + 1 + j) / 2
        i = j
    return (rank_sum - positives * (positives + 1) / 2) / (positives * (len(labels) - positives))


def judge(command, log, baseline):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        files = []
        for name, (start, end) in zip(("train", "calibrate", "later"), log.parts()):
            files.append(folder / f"{name}.csv")
            lines = ([log.header] if log.header else []) + log.lines[start:end]
            files[-1].write_text("\n".join(lines) + "\n")
        model, out = folder / "m.st", folder / "out.csv"
        options = ["--baseline", baseline] if baseline else []
        run(command, ["train", files[0], *log.train, *options, "-o", model])
        said = run(command, ["calibrate", model, files[1], "--false-alarm-rate", RATE, "-o", model]).stderr
        said += run(command, ["score", model, files[2], "--numeric", "i8", "-o", out]).stderr
        rows = list(csv.DictReader(out.open()))
        labels = log.labels[log.parts()[2][0] :]
        scores = [float(row["score"]) for row in rows]
        flagged = [row["anomalous"] == "1" for row in rows]
        normal = [flag for flag, label in zip(flagged, labels) if not label]
        seen = sum(normal) / len(normal)
        warned = any(warning in said for warning in WARNINGS)
        return seen, warned, auroc(scores, labels)


def show(value):
    return "     -" if value is None else f"{100 * value:6.1f}"


def main():
    folder = Path(sys.argv[1])
    command = sys.argv[2] if len(sys.argv) > 2 else "target/release/nice-flow"
    results = []
    print("log                                           rows  seen %  warned  AUROC | with EWMA:200: seen %  warned  AUROC")
    for log in (log for logs in (skab, nab, cmapss, nsl, msl, wind) for log in logs(folder)):
        try:
            plain, level = judge(command, log, None), judge(command, log, "EWMA:200")
        except RuntimeError as error:
            print(f"{log.name:44} not read: {error}")
            continue
        results.append((log.name, plain, level))
        cells = [f"{show(seen)}  {'yes' if warned else 'no':>6} {show(area)}" for seen, warned, area in (plain, level)]
        print(f"{log.name:44} {len(log.lines):5}  {cells[0]} |              {cells[1]}", flush=True)
    for title, of in (("all", ""), ("SKAB", "SKAB")):
        chosen = [result for result in results if result[0].startswith(of)]
        for what, place in (("plain", 1), ("EWMA:200", 2)):
            seen = [result[place][0] for result in chosen]
            areas = [result[place][2] for result in chosen if result[place][2] is not None]
            off = [result[place] for result in chosen if not RATE / 3 <= result[place][0] <= 3 * RATE]
            warned = sum(warned for _, warned, _ in off)
            print(
                f"{title}, {what}: {len(chosen)} logs, promised 1 %, seen median {100 * median(seen):.1f} %, mean {100 * mean(seen):.1f} %;"
                f" {len(off)} off by more than 3, of which {warned} with a note; mean AUROC {100 * mean(areas):.1f}"
            )


if __name__ == "__main__":
    main()
