"""Scores, verdicts and causes are those of the command, bit for bit, in every number type."""

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
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
    """Rows of float64 and of float32, two recordings, have the bits that the command gives them."""
    single = X.astype(np.float32)
    np.save(folder / "double.npy", X)
    np.save(folder / "single.npy", single)
    model.save(folder / "model.safetensors")
    data = [folder / "double.npy", folder / "single.npy"]
    command("score", folder / "model.safetensors", *data, "--numeric", numeric, "-o", folder / "out.csv")
    with open(folder / "out.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * len(X)
    for rows, lines in [(X, lines[: len(X)]), (single, lines[len(X) :])]:
        bits = model.score_bits(rows, numeric)
        width = 16 if numeric == "f64" else 8
        assert [f"{int(word):0{width}x}" for word in bits] == [line["score_bits"] for line in lines]
        # The command prints as many digits as tell a number from its neighbours.
        kind = np.float32 if numeric == "f32" else np.float64
        scores = np.array([float(line["score"]) for line in lines]).astype(kind)
        assert np.array_equal(model.score(rows, numeric), scores, equal_nan=True)
        if model.threshold(numeric) is not None:
            assert [str(int(verdict)) for verdict in model.anomalous(rows, numeric)] == [line["anomalous"] for line in lines]
        # One core, few rows and many threads give the same bits.
        assert np.array_equal(model.score_bits(rows, numeric, threads=1), model.score_bits(rows, numeric, threads=1_000_000))


@pytest.fixture(scope="module")
def table():
    """6,000 rows, a NaN and a 1e30 among them."""
    return made(0, 6000)


@pytest.fixture(scope="module", params=KINDS)
def calibrated(request, normal):
    """A model of each kind, trained once for all number types."""
    return request.param, trained(normal, **KINDS[request.param])


@pytest.mark.parametrize("numeric", NUMERICS)
def test_trained_models_score_as_the_command_does(calibrated, numeric, table, tmp_path):
    kind, model = calibrated
    assert_equal(model, table, numeric, tmp_path)
    if kind not in ("baseline", "hold"):
        bits = model.score_bits(table, numeric)
        assert all(model.score_bits(table[[row]], numeric) == bits[row] for row in (0, 17, 40, 5999))


@pytest.mark.parametrize("numeric", NUMERICS)
@pytest.mark.parametrize("kind", IMPORTED)
def test_imported_models_score_as_the_command_does(kind, numeric, tmp_path):
    file = FIXTURES / "checkpoints" / IMPORTED[kind]
    saved = tmp_path / "imported.safetensors"
    command("import", file, "--manifest", file.parent / "manifest.toml", "--no-probe", "-o", saved)
    model = nice_flow.load(saved)
    X = 1.5 * np.random.default_rng(3).standard_normal((6000, model.n_features_in_))
    X[7, 0], X[9, 1] = np.nan, 1e30
    assert_equal(model, X, numeric, tmp_path)


@pytest.fixture(scope="module")
def motor():
    """A model with a front end, and a recording of counts of which it makes 6,000 rows."""
    rng = np.random.default_rng(0)
    time = np.arange(6000 * 64)
    counts = (900 * np.sin(time / 3) + rng.normal(0, 40, len(time))).astype(np.int16)
    model = nice_flow.train([counts[:30_000]], rate=1000, window=64, members=1, steps=40, feature_names=["x"])
    counts[35_000:36_000] //= 9
    return model, counts


@pytest.mark.parametrize("numeric", NUMERICS)
def test_a_front_end_makes_the_rows_that_it_makes_of_files(motor, numeric, tmp_path):
    model, counts = motor
    X = model.windows(counts)
    assert len(X) == 6000
    counts.astype("<i2").tofile(tmp_path / "new.i16")
    model.save(tmp_path / "m.safetensors")
    out = tmp_path / "out.csv"
    command("score", tmp_path / "m.safetensors", tmp_path / "new.i16", "--numeric", numeric, "-o", out)
    lines = [line.split(",") for line in out.read_text().splitlines()]
    place = lines[0].index("score_bits")
    width = 16 if numeric == "f64" else 8
    assert [f"{int(word):0{width}x}" for word in model.score_bits(X, numeric)] == [line[place] for line in lines[1:]]
    single = X.astype(np.float32)
    assert np.array_equal(model.score_bits(single, numeric), model.score_bits(single.astype(np.float64), numeric))


def test_rows_that_are_ignored_have_no_score(normal, rows, tmp_path):
    model = trained(normal, members=1, missing="ignore")
    lines = scored(model, rows, "i8", tmp_path)
    scores = model.score(rows, "i8")
    assert np.isnan(scores[17]) and lines[17]["score"] == "" and not model.anomalous(rows, "i8")[17]
    assert [float(line["score"]) for line in lines if line["score"]] == [s for s in scores if not np.isnan(s)]
    assert np.isnan(model.score([[np.nan] * 4])).all()
    with pytest.raises(ValueError, match="row 17 has a missing cell.* take Model.score, which gives them NaN"):
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


MODULES = {
    "plain": {},
    "explain": {"explain": 5},
    "drift": {"drift": 10_000},
    "commission": {"commission": True},
    "golden": {"golden": True},
    "all": {"explain": 3, "drift": 500, "commission": True, "golden": True, "model_version": 7},
}


def words(options):
    """Options of Python as the command takes them."""
    for name, value in options.items():
        yield "--" + name.replace("_", "-")
        if value is not True:
            yield value


@pytest.mark.parametrize("numeric", ["f32", "i16", "i8"])
@pytest.mark.parametrize("kind", MODULES)
def test_modules_are_those_of_the_command(numeric, kind, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    options, blobs = MODULES[kind], [tmp_path / "own.blob", tmp_path / "their.blob"] if kind == "all" else [None, None]
    more = [] if kind != "all" else ["--blob", blobs[1]]
    command("generate", tmp_path / "m.safetensors", "--numeric", numeric, *words(options), *more, "-o", tmp_path / "pump.rs")
    assert model.generate(numeric, **options, blob=blobs[0]) == (tmp_path / "pump.rs").read_text()
    if kind == "all":
        assert blobs[0].read_bytes() == blobs[1].read_bytes()


def test_modules_of_counts_of_other_rows_and_signed_are_those_of_the_command(model, normal, tmp_path):
    model.save(tmp_path / "m.safetensors")
    data = write_csv(tmp_path / "rows.csv", normal[0][:300], model.feature_names)
    # The example of RFC 8410.
    key = tmp_path / "key.pem"
    key.write_text(
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
    )
    options = {"counts": "unit=0.01", "drift": 100}
    more = ["--calibration", data, "--blob", tmp_path / "their.blob", "--sign", key, "-o", tmp_path / "pump.rs"]
    more[:0] = ["--counts=unit=0.01", "--drift", 100]
    command("generate", tmp_path / "m.safetensors", "--numeric", "i8", *more)
    own = model.generate("i8", **options, calibration=normal[0][:300], blob=tmp_path / "own.blob", sign=key)
    # In memory the rows have no name.
    assert own.replace("--calibration ROWS.csv", "--calibration rows.csv") == (tmp_path / "pump.rs").read_text()
    assert (tmp_path / "own.blob").read_bytes() == (tmp_path / "their.blob").read_bytes()
    assert own != model.generate("i8", **options, blob=tmp_path / "plain.blob")
    assert (tmp_path / "plain.blob").read_bytes() != (tmp_path / "own.blob").read_bytes()


def test_a_module_that_cannot_be_is_refused(model, normal, tmp_path):
    bare = nice_flow.train(normal[0], steps=2, members=1)
    for subject, numeric, options, message in [
        (model, "f32", dict(explain=4), "explain: expected 3, 5, 7 or 15, found 4"),
        (model, "i8", dict(drift=1), "drift: expected a whole number of 2 or more, found 1"),
        (bare, "i8", dict(drift=100), "drift: expected a model that Model.calibrate gave, found one without p-values"),
        (model, "f32", dict(calibration=normal[0]), "calibration: expected none for 'f32'"),
        (model, "i8", dict(sign=tmp_path / "key.pem"), "sign: expected together with blob"),
        (model, "i8", dict(blob=tmp_path / "b", sign=tmp_path / "key.pem"), "key.pem"),
        (model, "i8", dict(counts="unit=x"), "counts: "),
        (model, "f32", dict(counts="unit=1"), "counts"),
        (model, "i8", dict(calibration=normal[0][:, :2]), "calibration: expected 4 columns .*, found 2"),
        (model, "i8", dict(calibration=np.full((30, 4), np.nan)), "calibration rows: expected rows of finite numbers .*, found none"),
        (model, "i8", dict(calibration=normal[0][:0]), "calibration rows: expected rows of finite numbers .*, found none"),
        (model, "i8", dict(model_version=7), "model_version: expected together with blob, found 7"),
    ]:
        with pytest.raises(ValueError, match=message):
            subject.generate(numeric, **options)
    assert not (tmp_path / "b").exists()
    file = FIXTURES / "checkpoints" / IMPORTED["affine"]
    command("import", file, "--manifest", file.parent / "manifest.toml", "--no-probe", "-o", tmp_path / "imported.safetensors")
    with pytest.warns(nice_flow.Note, match="integers are scaled by draws of the model"):
        nice_flow.load(tmp_path / "imported.safetensors").generate("i8")


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
    # What differs is the hash, and the commands or calls in each flow.
    assert abs(len(theirs.to_bytes()) - len(own.to_bytes())) < 72 + 3 * 256


def test_tables_with_times_are_the_logs_that_the_command_takes_them_for(normal, tmp_path):
    from nice_flow._engines import taught

    X, names, few = normal[0][:300], ["a", "b", "c", "d"], dict(members=1, steps=40)
    times = pd.date_range("2026-01-01", periods=len(X), freq="min", name="at")
    frame = pd.DataFrame(X, columns=names)
    timed = frame.assign(at=times)
    timed.to_csv(tmp_path / "log.csv", index=False)
    command("train", tmp_path / "log.csv", "--members", 1, "--steps", 40, "-o", tmp_path / "m.safetensors")
    expected = nice_flow.load(tmp_path / "m.safetensors").score_bits(X)
    with pytest.warns(nice_flow.Note, match="^at taken for the time, no feature"):
        own = nice_flow.train(timed, **few)
    models = [own, *(nice_flow.train(table, **few) for table in (frame.set_index(times), pa.Table.from_pandas(timed)))]
    models.append(nice_flow.train(X, log=True, feature_names=names, **few))
    row = taught(pa.Table.from_pandas(timed.assign(machine=7)), ["machine"], names, ["at"], few)
    models.append(nice_flow.loads(row["model"]))
    for model in models:
        assert model.feature_names == names and np.array_equal(model.score_bits(X), expected)
    plain = nice_flow.train(frame, **few).score_bits(X)
    assert not np.array_equal(plain, expected)
    assert np.array_equal(nice_flow.train(timed, log=False, **few).score_bits(timed), plain)
