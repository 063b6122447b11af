"""AUROC of windows of raw vibration on public rigs: `train` as it is, against what people use on Edge Impulse's features.

    python codegen/lab/benches/rigs.py FOLDER [NICE_FLOW] > codegen/lab/benches/rigs.csv

FOLDER holds checkouts, or what is there of them; none has a licence that lets it be shipped:
    datasets/ceiling-fan          ShawnHymel/tinyml-example-anomaly-detection: a fan, 3 axes, 200 Hz; a coin on a blade
    fan_raw_sample.csv            sixty seconds of it: group,file,t,ax,ay,az
    dataset/edge_impulse_format   ahmed-abdat/tinyml-motor-fault-detection: pumps, 3 axes, 1 kHz
    Data/1797 RPM                 srigas/CWRU_Bearing_NumPy: a bearing, drive and fan end, 48 kHz
Needs scikit-learn, scipy and the command nice-flow. All are trained on the first half of the normal windows (of pumps, on every other
recording) and judged on the other half and all faults. Numbers are means over three seeds.
"""
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import kurtosis, skew
from sklearn.cluster import KMeans
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

FOLDER = Path(sys.argv[1])
COMMAND = sys.argv[2] if len(sys.argv) > 2 else "nice-flow"
SEEDS = range(3)


def halves(recordings):
    """The first half of the recordings, and the second."""
    return recordings[: len(recordings) // 2], recordings[len(recordings) // 2 :]


def fan():
    """Windows of 128 samples at the highest speed."""
    read = lambda name: [np.loadtxt(file, delimiter=",") * 2048 for file in sorted((FOLDER / "datasets/ceiling-fan" / name).glob("*.csv"))]
    return *halves(read("fan_0_high_0_weight")), read("fan_0_high_1_weight"), 200, 128


def fan_at_all_speeds():
    """Windows of 192 samples at rest and at three speeds."""
    folder = FOLDER / "datasets/ceiling-fan"
    read = lambda name: [np.loadtxt(file, delimiter=",") * 2048 for file in sorted((folder / f"fan_0_{name}_weight").glob("*.csv"))]
    train, normal = zip(*(halves(read(f"{speed}_0")) for speed in ("off", "low", "med", "high")))
    return sum(train, []), sum(normal, []), sum((read(f"{speed}_1") for speed in ("low", "med", "high")), []), 200, 192


def fan_sample():
    """The same of all groups of the sample."""
    parts = {}
    with open(FOLDER / "fan_raw_sample.csv") as file:
        for row in csv.DictReader(file):
            parts.setdefault((row["group"], row["file"]), []).append([float(row[axis]) for axis in ("ax", "ay", "az")])
    of = lambda text: [np.array(rows) * 2048 for (group, _), rows in parts.items() if text in group]
    normal = of("_0_weight")
    return normal[::2], normal[1::2], of("_1_weight"), 200, 64


def pump():
    """Windows of 512 samples; a count is 1/2048 g."""
    read = lambda kind: [
        np.loadtxt(file, delimiter=",", skiprows=1)[:, 1:] * 2048
        for file in sorted((FOLDER / "dataset/edge_impulse_format" / kind).glob("*.csv"))
    ]
    normal = read("normal")
    return normal[::2], normal[1::2], read("faulty"), 1000, 512


def bearing(noise, every, window):
    """Both ends, with white noise of so many deviations of the normal signal, or every so many samples behind a low-pass."""
    read = lambda file: np.stack([np.ravel(np.load(file)[end]) for end in ("DE", "FE")], 1)
    folder = FOLDER / "Data/1797 RPM"
    normal = read(folder / "1797_Normal.npz")
    random, deviation = np.random.default_rng(0), normal.std(0)

    def made(signal):
        signal = signal / deviation + noise * random.standard_normal(signal.shape)
        if every > 1:
            taps = np.hamming(8 * every + 1) * np.sinc(np.arange(-4 * every, 4 * every + 1) * 0.9 / every)
            signal = np.stack([np.convolve(one, taps / taps.sum(), "same") for one in signal.T], 1)[::every]
        return signal * 200

    faults = [made(read(file)) for file in sorted(folder.glob("*_DE48.npz"))]
    normal = made(normal)
    half = len(normal) // 2
    return [normal[:half]], [normal[half:]], faults, 48_000 / every, window


def windows(recordings, length):
    """What all see: windows that do not overlap, in counts."""
    counts = [np.clip(np.round(one), -32768, 32767) for one in recordings]
    return [one[i : i + length] for one in counts for i in range(0, len(one) - length + 1, length)]


def spectral(window):
    """Edge Impulse's spectral features of each axis, as its processing block has them: 13."""
    x = window - window.mean(0)
    frames = np.stack([x[i : i + 16] for i in range(0, len(x) - 15, 8)])
    power = (np.abs(np.fft.rfft(frames, axis=1)[:, 1:]) ** 2 / 16).max(0)
    features = [np.sqrt((x**2).mean(0)), skew(x), kurtosis(x), skew(power), kurtosis(power), *np.log10(power + 1e-10)]
    return np.nan_to_num(np.concatenate(features))


def gaussians(train, test, seed):
    """The best of 1, 4 and 8 full Gaussians by BIC."""
    sizes = [n for n in (1, 4, 8) if n * 4 <= len(train)] or [1]
    models = [GaussianMixture(n, reg_covar=1e-3, random_state=seed).fit(train) for n in sizes]
    return -min(models, key=lambda model: model.bic(train)).score_samples(test)


def clusters(train, test, seed):
    """Distance to the nearest of 32 centres, as Edge Impulse's block has them."""
    return KMeans(min(32, len(train) // 2), n_init=3, random_state=seed).fit(train).transform(test).min(1)


def neighbours(train, test, seed):
    """Mean distance to five neighbours."""
    return NearestNeighbors(n_neighbors=5).fit(train).kneighbors(test)[0].mean(1)


def peer(method, parts, length):
    """Mean AUROC of a method on the spectral features."""
    train, normal, fault = ([spectral(window) for window in windows(part, length)] for part in parts)
    train, test = np.array(train), np.array(normal + fault)
    mean, deviation = train.mean(0), train.std(0) + 1e-9
    train, test = (train - mean) / deviation, (test - mean) / deviation
    labels = [0] * len(normal) + [1] * len(fault)
    return np.mean([roc_auc_score(labels, method(train, test, seed)) for seed in SEEDS])


def ours(parts, rate, length):
    """Mean AUROC of `nice-flow train` as it is, from the recordings themselves: in f64 and in i8."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, recordings in zip(("train", "normal", "fault"), parts):
            names.append(Path(folder) / name)
            names[-1].mkdir()
            for i, one in enumerate(recordings):
                np.clip(np.round(one), -32768, 32767).astype("<i2").tofile(names[-1] / f"{i:05}.i16")
        train, normal, fault = names
        channels = ",".join("xyz"[: parts[0][0].shape[1]])
        found = []
        for seed in SEEDS:
            model = Path(folder) / "model.safetensors"
            shape = ["--rate", f"{rate:g}", "--window", str(length), "--names", channels, "--seed", str(seed)]
            run("train", train, *shape, "-o", model)
            judge = lambda numeric: run("score", model, normal, "--anomalies", fault, "--numeric", numeric, "--json")
            found.append([json.loads(judge(numeric))["auroc"] for numeric in ("f64", "i8")])
        return list(np.mean(found, 0))


def run(*words):
    return subprocess.run([COMMAND, *map(str, words)], check=True, capture_output=True, text=True).stdout


RIGS = [
    ("pump, 512", pump),
    ("bearing with noise, 1024", lambda: bearing(3, 1, 1024)),
    ("bearing at 3 kHz, 256", lambda: bearing(0, 16, 256)),
    ("fan, 128", fan),
    ("fan at all speeds, 192", fan_at_all_speeds),
    ("fan sample, 64", fan_sample),
]
print("rig,nice_flow_f64,nice_flow_i8,gaussians,k_means,neighbours", flush=True)
for name, read in RIGS:
    try:
        *parts, rate, length = read()
        if not all(parts):
            raise FileNotFoundError
    except (FileNotFoundError, ZeroDivisionError, IndexError):
        print(f"{name} is not in {FOLDER}", file=sys.stderr)
        continue
    found = ours(parts, rate, length)
    found += [peer(method, parts, length) for method in (gaussians, clusters, neighbours)]
    print(f'"{name}",' + ",".join(f"{100 * x:.2f}" for x in found), flush=True)
