"""Scores and training on Apache Spark: ``pip install nice-flow[spark]``.

A worker is one thread of one core. The model goes to it as bytes, and is made once a task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

from . import _engines
from ._expect import NUMERICS, choice

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["score", "train"]


def score(df: DataFrame, model: Any, *, numeric: str = "f64", keep: Optional[Sequence[str]] = None) -> DataFrame:
    """The table with the columns ``score`` (double) and ``anomalous`` (boolean) after those to ``keep``, by default all.

    ``model`` is a :class:`nice_flow.Model` or the bytes of a model file; its features are found by name, and a
    ``ValueError`` if they are not there. Scores are those of
    ``Model.score(numeric=...)``, hence of the board, bit for bit: a double holds each score exactly. ``anomalous`` is null where the
    model has no threshold and the score is finite; both are null for rows that the model ignores. A model with a moving baseline or
    held cells is a ``ValueError``: its scores depend on the rows before, and Spark knows no order.
    """
    _engines.expect_table("df", df, "a DataFrame of Spark", "mapInArrow")
    choice("numeric", numeric, NUMERICS)
    blob = _engines.bytes_of(model)
    keep = _engines.kept(df.columns, keep)
    _engines.expect_features("df", df.columns, blob)
    from pyspark.sql.types import BooleanType, DoubleType, StructField, StructType

    fields = [df.schema[name] for name in keep]
    fields += [StructField("score", DoubleType()), StructField("anomalous", BooleanType())]

    def task(batches):
        import pyarrow as pa

        worker = _engines.made(blob)
        for batch in batches:
            yield pa.RecordBatch.from_arrays(*_engines.scored(batch, worker, numeric, keep))

    return df.mapInArrow(task, StructType(fields))


def train(
    df: DataFrame,
    *,
    by: Union[str, Sequence[str]],
    features: Optional[Sequence[str]] = None,
    order: Union[str, Sequence[str]] = (),
    **options: Any,
) -> DataFrame:
    """A flow for each machine: a row of ``by``, ``model`` (the bytes of a model file), ``rows``, ``note`` and ``error`` for each.

    ``by`` names the columns that say which machine; ``features`` are by default all others but those of ``order``, by which the rows of a
    machine are sorted first, then by their features: the model is then the same however Spark deals the rows out. ``options`` are
    those of :func:`nice_flow.train`, one thread a machine; ``hold_out``, ``baseline`` and ``missing='hold:N'`` need ``order``. A machine
    whose rows cannot be trained on has a null ``model``, and says why in ``error``.

    ``nice_flow.loads(row.model)`` is the model. All rows of a machine must fit into the memory of a worker.
    """
    _engines.expect_table("df", df, "a DataFrame of Spark", "mapInArrow")
    by, features, order = _engines.lesson(by, features, order, options)
    _engines.expect_columns(df.columns, by=by, features=features, order=order)
    from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType

    kinds = [BinaryType(), LongType(), StringType(), StringType()]
    fields = [df.schema[name] for name in by]
    fields += [StructField(name, kind) for name, kind in zip(_engines.COLUMNS, kinds)]

    def task(table):
        import pyarrow as pa

        row = _engines.taught(table, by, features, order, options)
        types = [table.schema.field(name).type for name in by] + [pa.binary(), pa.int64(), pa.string(), pa.string()]
        arrays = [pa.array([value], kind) for value, kind in zip(row.values(), types)]
        return pa.Table.from_arrays(arrays, names=list(row))

    # In quotes, since a dot would be a field of a column.
    quoted = [f"`{name.replace('`', '``')}`" for name in by]
    return df.groupBy(*quoted).applyInArrow(task, StructType(fields))
