"""What a worker of an engine does with a piece of a table: the same for Spark and Ray. Needs pyarrow, which both bring."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Optional, Sequence

from ._expect import found, listed, some_names, wrong
from ._model import Model, loads
from ._native import legal_name
from ._options import checked
from ._rows import names_of, rows, unnamed
from ._times import is_log
from ._train import train

#: The options of training, with their usual values.
USUAL = {name: value for name, value in train.__kwdefaults__.items() if name != "feature_names"}


def bytes_of(model: Any) -> bytes:
    """The bytes of a model, or of a model file; an error of models whose scores depend on the rows before."""
    if not isinstance(model, (Model, bytes, bytearray, memoryview)):
        raise wrong("model", "a nice_flow.Model or the bytes of a model file", model)
    blob = model.to_bytes() if isinstance(model, Model) else bytes(model)
    baseline, missing, channels = loads(blob)._native.collects
    if channels is not None:
        raise ValueError("model: expected rows, found a front end, which takes raw signals; score what Model.windows makes")
    if baseline is not None or missing.startswith("hold"):
        what = "a moving baseline" if baseline is not None else "held cells"
        raise ValueError(f"model: expected scores that do not depend on earlier rows, found {what}: an engine deals rows out in any order")
    return blob


@lru_cache(maxsize=4)
def made(blob: bytes) -> Model:
    """The model of these bytes, lowered once in a process and arithmetic, when it first scores."""
    return loads(blob)


def scored(piece: Any, model: Model, numeric: str, keep: Sequence[str]) -> tuple[list, list[str]]:
    """The kept columns of a piece, then ``score`` and ``anomalous``; with their names. On this thread only."""
    import pyarrow as pa

    score, anomalous, has_score = model._native.judged(rows(piece, model.feature_names), numeric, 1)
    # As the command: without a threshold only scores that are not finite are judged.
    judged = has_score if model.threshold(numeric) is not None else has_score & anomalous
    columns = [piece.column(names_of(piece).index(name)) for name in keep]
    verdicts = pa.array(anomalous, mask=~judged)
    return [*columns, pa.array(score, mask=~has_score), verdicts], [*keep, "score", "anomalous"]


def expect_features(name: str, names: Sequence[str], blob: bytes) -> None:
    """An error unless a table has the model's columns, which are found by name; of a model whose inputs are only numbered as many."""
    features = made(blob).feature_names
    missing = [feature for feature in features if feature not in names]
    if missing and not (unnamed(features) and len(missing) == len(features) == len(names)):
        raise ValueError(f"{name}: expected the model's columns, found none named {listed(missing)} (columns: {listed(list(names))})")


def expect_columns(names: Sequence[str], **chosen: Optional[Sequence[str]]) -> None:
    """An error unless a table has the columns that arguments name."""
    for argument, columns in chosen.items():
        for column in columns or ():
            if column not in names:
                raise ValueError(f"{argument}: expected columns of the table ({listed(list(names))}), found {column}")


def expect_table(name: str, table: Any, what: str, method: str) -> None:
    """An error unless this is a table of an engine."""
    if not hasattr(table, method):
        raise ValueError(f"{name}: expected {what}, found {found(table)}")


def kept(names: Sequence[str], keep: Optional[Sequence[str]]) -> list[str]:
    """The columns that stay, all if none are given; an error if scores would have the name of one."""
    keep = list(names) if keep is None else some_names("keep", keep)
    for name in keep:
        if name not in names:
            raise ValueError(f"keep: expected columns of the table ({', '.join(names)}), found {name}")
        if name in ("score", "anomalous"):
            raise ValueError(f"keep: expected other columns than {name}, which is added; rename it, or leave it out")
    return keep


#: What a row says of a machine, beside who it is: an empty model where there is an error.
COLUMNS = ["model", "rows", "note", "error"]


def taught(table: Any, by: Sequence[str], features: Optional[Sequence[str]], order: Sequence[str], options: dict) -> dict:
    """A row: the machine, its model's bytes, rows, notes and, where training refuses them, the error."""
    import warnings

    row = {name: table.column(name)[0].as_py() for name in by}
    names = [name for name in table.column_names if name not in by and name not in order]
    features = names if features is None else list(features)
    name = legal_name("_".join(str(part) for pair in row.items() for part in pair))
    row.update(model=None, rows=table.num_rows, note=None, error=None)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            # An engine deals rows out in any order; sorted ones give the same model each time, by their features where the order leaves it open.
            table = table.sort_by([(name, "ascending") for name in dict.fromkeys([*order, *features])])
            model = train(table.select(features), **{"name": name, "log": is_log(table), **options, "threads": 1})
            row["model"] = model.to_bytes()
        except Exception as error:  # of one machine, which must not end those of the others
            row["error"] = f"{type(error).__name__}: {error}"
    row["note"] = "; ".join(str(note.message) for note in notes) or None
    return row


def lesson(by: Any, features: Any, order: Any, options: dict) -> tuple[list[str], Optional[list[str]], list[str]]:
    """The columns of a training, one name or several as lists; an error of options that training does not take."""
    by, order = some_names("by", by), some_names("order", order)
    if not by:
        raise ValueError("by: expected columns that say which machine, found none")
    for name in by:
        if name in COLUMNS:
            raise ValueError(f"by: expected other columns than {', '.join(COLUMNS)}, which are added, found {name}; rename it")
    unknown = [name for name in options if name not in USUAL]
    if unknown:
        raise TypeError(f"{unknown[0]}: expected arguments of nice_flow.train ({', '.join(USUAL)}), found another")
    for name in ("threads", "rate", "anomalies"):
        if name in options:
            raise ValueError(f"{name}: expected none: a machine is trained on one thread, on rows")
    checked({**USUAL, **options})
    expect_order(order, options)
    return by, None if features is None else some_names("features", features), order


def expect_order(order: Sequence[str], options: dict) -> None:
    """An error if training needs to know which rows come first, and nothing says so."""
    lasting = [name for name in ("hold_out", "baseline") if options.get(name) is not None]
    if str(options.get("missing", "")).startswith("hold"):
        lasting.append("missing")
    if lasting and not order:
        raise ValueError(f"{lasting[0]}: expected order=COLUMN, such as a time: an engine deals rows out in any order")
