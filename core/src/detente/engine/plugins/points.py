"""What a criterion's function returned, as a column of points."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

import polars as pl

from detente.engine.plugins.failures import PluginFault


def points_series(raw: object, height: int) -> pl.Series:
    """Float64 named `points`, one value a customer, null for unknown.

    Raises: PluginFault when length or types are wrong, or a number is not finite.
    """
    series = _from_series(raw) if isinstance(raw, pl.Series) else _from_values(raw)
    if len(series) != height:
        raise PluginFault(f"returned {len(series)} points for {height} customers")
    if not series.drop_nulls().is_finite().all():
        raise PluginFault("returned a number that is not finite; None says unknown")
    return series


def _from_series(raw: pl.Series) -> pl.Series:
    if raw.dtype != pl.Null and not raw.dtype.is_numeric():
        raise PluginFault(f"returned a column of {raw.dtype}; points are numbers or None")
    return raw.cast(pl.Float64).alias("points")


def _from_values(raw: object) -> pl.Series:
    if isinstance(raw, str | bytes) or not isinstance(raw, Iterable):
        raise PluginFault(f"returned a {type(raw).__name__}; return one number or None a customer")
    values = list(raw)
    for kind in set(map(type, values)) - {float, int, type(None)}:
        if kind is bool or not issubclass(kind, Real):
            raise PluginFault(f"returned a {kind.__name__}; points are numbers or None")
    numbers = [None if value is None else float(value) for value in values]
    return pl.Series("points", numbers, dtype=pl.Float64)
