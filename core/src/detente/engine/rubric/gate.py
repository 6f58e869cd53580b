"""The one way from a rubric's text to Polars: read, checked against what is allowed, then evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import polars as pl
from detente_contracts import SignalType
from sqlglot import exp

from detente.engine.rubric.grammar import COMPILED, WRITTEN, Limits, parsed, refusal
from detente.engine.rubric.sorts import Settler, Sort

_ROW = "row\x00"
"""A column of the trial that no field can be named like."""


class Checked(NamedTuple):
    """An expression that passed: its normal text, the columns it reads in order of name, what it yields."""

    text: str
    columns: tuple[str, ...]
    type: SignalType


def check(text: str, columns: Mapping[str, SignalType], *, where: str, boolean: bool = False) -> str:
    """The normal form of `text`, which reads only `columns`; with `boolean` it is a condition.

    Raises: ConfigurationError naming the place `where`, what was found, and what to write instead.
    """
    return checked(text, columns, where=where, boolean=boolean).text


def checked(
    text: str,
    columns: Mapping[str, SignalType],
    *,
    where: str,
    boolean: bool = False,
    limits: Limits = WRITTEN,
) -> Checked:
    """As `check`, with the columns that the expression reads and what it yields.

    What passed is remembered: a service checks the same texts before each run.
    """
    return _checked(text, tuple(columns.items()), where, boolean, limits)


@lru_cache(maxsize=2_000)
def _checked(
    text: str, types: tuple[tuple[str, SignalType], ...], where: str, boolean: bool, limits: Limits
) -> Checked:
    columns = dict(types)
    tree = parsed(text, where=where, limits=limits)
    settler = Settler(columns, where)
    if boolean:
        return _tried(settler.condition(tree), SignalType.FLAG, columns, where)
    part = settler.value(tree)
    yields = SignalType.TEXT if part.sort is Sort.TEXT else SignalType.NUMBER
    return _tried(part.node, yields, columns, where)


def expression(text: str) -> pl.Expr:
    """Checked text as a Polars expression; numbers are floats, so nothing overflows or turns decimal.

    The text is held against the list of what is allowed once more: it may come from a stored bundle.
    """
    return _expression(text)


@lru_cache(maxsize=2_000)
def columns_of(text: str) -> tuple[str, ...]:
    """Names of the columns that checked text reads, in order of name."""
    return _columns(parsed(text, where="expression", limits=COMPILED))


@lru_cache(maxsize=2_000)
def _expression(text: str) -> pl.Expr:
    tree = parsed(text, where="expression", limits=COMPILED)
    for number in list(tree.find_all(exp.Literal)):
        if not number.is_string and number.arg_key != "decimals":
            number.set("this", _as_float(str(number.this)))
    return pl.sql_expr(tree.sql(identify=True, comments=False))


def _as_float(number: str) -> str:
    """The number with an exponent, which Polars reads as a float; without one it would be a decimal."""
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"


def _tried(tree: exp.Expr, yields: SignalType, columns: Mapping[str, SignalType], where: str) -> Checked:
    """The result, read once more and evaluated over two rows: what passes here does not stop a run."""
    text = tree.sql(identify=True, comments=False)
    used = _columns(parsed(text, where=where, limits=COMPILED))
    rows = {name: ["a", None] if columns[name] is SignalType.TEXT else [1.0, None] for name in used}
    trial = pl.DataFrame({_ROW: [0, 1], **rows})
    try:
        found = trial.with_columns(expression(text).alias(_ROW)).schema[_ROW]
    except pl.exceptions.PolarsError:
        raise refusal(where, "the expression cannot be evaluated", "Write it more plainly") from None
    if not _fits(found, yields):
        raise refusal(where, f"the expression yields {found}", "Write it more plainly")
    return Checked(text, used, yields)


def _fits(found: pl.DataType, yields: SignalType) -> bool:
    if yields is SignalType.NUMBER:
        return found.is_numeric()
    return found == (pl.String if yields is SignalType.TEXT else pl.Boolean)


def _columns(tree: exp.Expr) -> tuple[str, ...]:
    return tuple(sorted({column.name for column in tree.find_all(exp.Column)}))
