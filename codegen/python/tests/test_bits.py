"""Scores, verdicts and causes are those of the command, bit for bit, in every number type."""

import numpy as np
import pytest

import nice_flow
from conftest import FIXTURES, NUMERICS, command, made, scored, write_csv


def trained(normal, calibrate=True, **options):
    model = nice_flow.train(normal[0], steps=40, feature_names=["a", "b", "c", "d"], **options)
    return model.calibrate(normal[1], false_alarm_rate=0.01) if calibrate else model


KINDS = {
    "single": dict(members=1, prior="normal"),
    "logistic": dict(members=1, prior="logistic"),
    "mixture": dict(members=1, prior="mixture:3"),
    "ensemble by tails": dict(members=3),
    "ensemble by density": dict(members=2, combine="density"),
    "baseline": dict(members=2, baseline="EWMA:16"),
    "hold": dict(members=1, missing="hold:2"),
    "deep": dict(members=1, couplings=6, hidden=12, depth=2),
}

#: Checkpoints of other libraries: folder and file.
IMPORTED = {
    "affine": "zuko_d8_nice_default/zuko_nice.pth",
    "triangular": "nflows_d13_additive_lu/nflows_wine.pt",
}


def assert_equal(model, X, numeric, folder):
    lines = scored(model, X, numeric, folder)
    width = 16 if numeric == "f64" else 8
    bits = [f"{int(word):0{width}x}" for word in model.score_bits(X, numeric)]
    assert bits == [line["score_bits"] for line in lines]
    # The command prints as many digits as tell a number from its neighbours.
    kind = np.float32 if numeric == "f32" else np.float64
    scores = np.array([float(line["score"]) for line in lines]).astype(kind)
    assert np.array_equal(model.score(X, numeric), scores, equal_nan=True)
    if model.threshold(numeric) is not None:
        assert [str(int(verdict)) for verdict in model.anomalous(X, numeric)] == [line["anomalous"] for line in lines]
    # One core, few rows and many threads give the same bits.
    assert np.array_equal(model.score_bits(X, numeric, threads=1), model.score_bits(X, numeric, threads=2))
    return bits


@pytest.mark.parametrize("numeric", NUMERICS)
@pytest.mark.parametrize("kind", KINDS)
def test_trained_models_score_as_the_command_does(kind, numeric, normal, rows, tmp_path):
    model = trained(normal, **KINDS[kind])
    bits = assert_equal(model, rows, numeric, tmp_path)
    if kind not in ("baseline", "hold"):
        assert bits[0] == f"{int(model.score_bits(rows[:1], numeric)[0]):0{len(bits[0])}x}"


@pytest.mark.parametrize("numeric", NUMERICS)
def test_single_precision_rows_are_scored_as_they_are(numeric, model, rows, tmp_path):
    single = rows.astype(np.float32)
    assert np.array_equal(model.score_bits(single, numeric), model.score_bits(single.astype(np.float64), numeric))
    assert_equal(model, single.astype(np.float64), numeric, tmp_path)


@pytest.mark.parametrize("numeric", NUMERICS)
@pytest.mark.parametrize("kind", IMPORTED)
def test_imported_models_score_as_the_command_does(kind, numeric, tmp_path):
    file = FIXTURES / "checkpoints" / IMPORTED[kind]
    saved = tmp_path / "imported.safetensors"
    command("import", file, "--manifest", file.parent / "manifest.toml", "--no-probe", "-o", saved)
    model = nice_flow.load(saved)
    X = 1.5 * np.random.default_rng(3).standard_normal((300, model.n_features_in_))
    X[7, 0], X[9, 1] = np.nan, 1e30
    assert_equal(model, X, numeric, tmp_path)


@pytest.mark.parametrize("numeric", NUMERICS)
def test_a_front_end_makes_the_rows_that_it_makes_of_files(numeric, tmp_path):
    rng = np.random.default_rng(0)
    time = np.arange(40_000)
    counts = (900 * np.sin(time / 3) + rng.normal(0, 40, 40_000)).astype(np.int16)
    model = nice_flow.train([counts[:30_000]], rate=1000, window=256, members=1, steps=40, feature_names=["x"])
    counts[35_000:36_000] //= 9
    X = model.windows(counts)
    counts.astype("<i2").tofile(tmp_path / "new.i16")
    model.save(tmp_path / "m.safetensors")
    out = tmp_path / "out.csv"
    command("score", tmp_path / "m.safetensors", tmp_path / "new.i16", "--numeric", numeric, "-o", out)
    lines = [line.split(",") for line in out.read_text().splitlines()]
    place = lines[0].index("score_bits")
    width = 16 if numeric == "f64" else 8
    assert [f"{int(word):0{width}x}" for word in model.score_bits(X, numeric)] == [line[place] for line in lines[1:]]


def test_rows_that_are_ignored_have_no_score(normal, rows, tmp_path):
    model = trained(normal, members=1, missing="ignore")
    lines = scored(model, rows, "i8", tmp_path)
    scores = model.score(rows, "i8")
    assert np.isnan(scores[17]) and lines[17]["score"] == "" and not model.anomalous(rows, "i8")[17]
    assert [float(line["score"]) for line in lines if line["score"]] == [s for s in scores if not np.isnan(s)]
    assert np.isnan(model.score([[np.nan] * 4])).all()
    with pytest.raises(ValueError, match="row 17 has a missing cell"):
        model.score_bits(rows, "i8")


@pytest.mark.parametrize("numeric", ["f64", "i8"])
def test_causes_are_those_of_the_command(numeric, model, rows, tmp_path):
    X = rows[:60].copy()
    X[5, 2], X[6, 1] = 90, -30
    lines = scored(model, X, numeric, tmp_path, "--why", "2")
    found = model.explain(X, numeric, most=2)
    assert found[5][0].feature == "c"
    for causes, line in zip(found, lines):
        names = [line[f"cause_{i}"] for i in (1, 2) if line.get(f"cause_{i}")]
        assert [cause.feature for cause in causes] == names


@pytest.mark.parametrize("numeric", ["f32", "i16", "i8"])
@pytest.mark.parametrize("options", [(), ("--explain", "5"), ("--commission",)])
def test_modules_are_those_of_the_command(numeric, options, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    command("generate", tmp_path / "m.safetensors", "--numeric", numeric, *options, "-o", tmp_path / "pump.rs")
    own = model.generate(numeric, explain=5 if "--explain" in options else None, commission="--commission" in options)
    assert own == (tmp_path / "pump.rs").read_text()


def test_training_and_calibration_give_the_bytes_of_the_command(normal, tmp_path):
    names = ["a", "b", "c", "d"]
    train = write_csv(tmp_path / "train.csv", normal[0], names)
    held_out = write_csv(tmp_path / "held_out.csv", normal[1], names)
    saved = tmp_path / "model.safetensors"
    command("train", train, "--steps", 40, "--seed", 5, "--budget", "2048:i8", "-o", saved)
    command("calibrate", saved, held_out, "--false-alarm-rate", 0.01, "--debounce", "3/5", "-o", saved)
    theirs = nice_flow.load(saved)
    own = nice_flow.train(normal[0], steps=40, seed=5, budget="2048:i8", feature_names=names, name="train.csv")
    own = own.calibrate(normal[1], false_alarm_rate=0.01, debounce="3/5")
    X = made(7)
    for numeric in NUMERICS:
        assert own.threshold(numeric) == theirs.threshold(numeric)
        assert np.array_equal(own.score_bits(X, numeric), theirs.score_bits(X, numeric))
    # What differs is the hash of the file, which rows in memory have not.
    assert len(theirs.to_bytes()) - len(own.to_bytes()) in range(0, 72)
