"""Scores and training on Ray Data: ``pip install nice-flow[ray]``.

A task is one thread of one core. The model goes to it as bytes, and is made once a worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

from . import _engines
from ._expect import NUMERICS, choice, some_names, whole

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["score", "train"]


def score(
    ds: Dataset, model: Any, *, numeric: str = "f64", keep: Optional[Sequence[str]] = None, batch_size: int = 1 << 16
) -> Dataset:
    """The data set with the columns ``score`` and ``anomalous`` after those to ``keep``, by default all.

    As :func:`nice_flow.spark.score`: the bits of ``Model.score(numeric=...)``, null verdicts where there is no threshold, an error of
    models whose scores depend on the rows before.
    """
    _engines.expect_table("ds", ds, "a data set of Ray", "map_batches")
    choice("numeric", numeric, NUMERICS)
    blob = _engines.bytes_of(model)
    keep, batch_size = None if keep is None else some_names("keep", keep), whole("batch_size", batch_size, 1)

    def task(table):
        import pyarrow as pa

        columns = _engines.kept(table.column_names, keep)
        _engines.expect_features("ds", table.column_names, blob)
        return pa.Table.from_arrays(*_engines.scored(table, _engines.made(blob), numeric, columns))

    return ds.map_batches(task, batch_format="pyarrow", batch_size=batch_size, zero_copy_batch=True)


def train(
    ds: Dataset,
    *,
    by: Union[str, Sequence[str]],
    features: Optional[Sequence[str]] = None,
    order: Union[str, Sequence[str]] = (),
    **options: Any,
) -> Dataset:
    """A flow for each machine: a row of ``by``, ``model``, ``rows``, ``note`` and ``error`` for each, as :func:`nice_flow.spark.train`."""
    _engines.expect_table("ds", ds, "a data set of Ray", "map_batches")
    by, features, order = _engines.lesson(by, features, order, options)

    def task(table):
        import pyarrow as pa

        _engines.expect_columns(table.column_names, features=features, order=order)
        row = _engines.taught(table, by, features, order, options)
        types = [table.schema.field(name).type for name in by] + [pa.binary(), pa.int64(), pa.string(), pa.string()]
        arrays = [pa.array([value], kind) for value, kind in zip(row.values(), types)]
        return pa.Table.from_arrays(arrays, names=list(row))

    return ds.groupby(by).map_groups(task, batch_format="pyarrow")
