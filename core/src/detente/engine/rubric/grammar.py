"""What an expression may consist of: every node and every argument is allowed by name, nothing else is.

Polars' own SQL reads local files and opens sockets, so no text may reach it that was not read here first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

import sqlglot
from detente_contracts import ConfigurationError
from sqlglot import exp
from sqlglot.errors import SqlglotError

_BINARY = frozenset({"this", "expression"})
_ONE = frozenset({"this"})
_MANY = frozenset({"this", "expressions", "ignore_nulls"})

ALLOWED: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Column: _ONE,
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: _ONE,
    exp.Null: frozenset(),
    exp.Paren: _ONE,
    exp.Neg: _ONE,
    exp.Not: _ONE,
    exp.Add: _BINARY,
    exp.Sub: _BINARY,
    exp.Mul: _BINARY,
    exp.Div: _BINARY,
    exp.Mod: _BINARY,
    exp.EQ: _BINARY,
    exp.NEQ: _BINARY,
    exp.GT: _BINARY,
    exp.GTE: _BINARY,
    exp.LT: _BINARY,
    exp.LTE: _BINARY,
    exp.And: _BINARY,
    exp.Or: _BINARY,
    exp.Is: _BINARY,
    exp.Like: _BINARY,
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.Coalesce: _MANY,
    exp.Least: _MANY,
    exp.Greatest: _MANY,
    exp.Nullif: _BINARY,
    exp.Abs: _ONE,
    exp.Round: frozenset({"this", "decimals"}),
    exp.Floor: _ONE,
    exp.Ceil: _ONE,
    exp.Ln: _ONE,
    exp.Exp: _ONE,
    exp.Sqrt: _ONE,
    exp.Pow: _BINARY,
    exp.Lower: _ONE,
}
WORDS = (
    "columns, numbers, 'text', + - * / %, comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, LIKE, CASE WHEN, "
    "COALESCE, NULLIF, LEAST, GREATEST, ABS, ROUND, FLOOR, CEIL, LN, EXP, SQRT, POWER, LOWER"
)


class Limits(NamedTuple):
    """How large an expression may be: characters, depth of nesting, nodes."""

    characters: int
    depth: int
    nodes: int


WRITTEN = Limits(characters=2_000, depth=30, nodes=300)
"""For what a person writes."""
COMPILED = Limits(characters=400_000, depth=40, nodes=60_000)
"""For what is made of it: brackets are added, and a look-up may have thousands of entries."""


def parsed(text: str, *, where: str, limits: Limits) -> exp.Expr:
    """The tree of one expression that holds nothing but what is allowed.

    Raises: ConfigurationError naming `where`, what was found, and what to write instead.
    """
    _bound_text(text, where, limits)
    tree = _read(text, where)
    _bound_tree(tree, where, limits)
    for node in tree.walk():
        _admit(node, where)
    return tree


def refusal(where: str, what: str, fix: str) -> ConfigurationError:
    """The error that every refusal of an expression is."""
    return ConfigurationError(f"{where}: {what}", hint=fix)


def _bound_text(text: str, where: str, limits: Limits) -> None:
    if not text.strip():
        raise refusal(where, "the expression is empty", "Write an expression over the named columns")
    if len(text) > limits.characters:
        what = f"the expression has {len(text):,} characters, at most {limits.characters:,} are allowed"
        raise refusal(where, what, "Split it into several signals or criteria")
    if _open_brackets(text) > limits.depth:
        raise _too_deep(where, limits)


def _open_brackets(text: str) -> int:
    """The most brackets that are open at once, text in quotes apart."""
    most = depth = 0
    for mark in re.sub(r"'[^']*'|\"[^\"]*\"", "", text):
        depth += (mark in "([{") - (mark in ")]}")
        most = max(most, depth)
    return most


def _read(text: str, where: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, into=exp.Condition)
    except RecursionError:
        raise _too_deep(where, WRITTEN) from None
    except SqlglotError:
        raise refusal(where, "this is not one expression", f"Use {WORDS}") from None


def _bound_tree(tree: exp.Expr, where: str, limits: Limits) -> None:
    depth, nodes, level = 0, 0, [tree]
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        if depth > limits.depth:
            raise _too_deep(where, limits)
        if nodes > limits.nodes:
            what = f"the expression has more than {limits.nodes} parts"
            raise refusal(where, what, "Split it into several signals or criteria")
        level = [child for node in level for child in node.iter_expressions()]


def _too_deep(where: str, limits: Limits) -> ConfigurationError:
    what = f"the expression is nested deeper than {limits.depth} levels"
    return refusal(where, what, "Split it into several signals or criteria")


def _admit(node: exp.Expr, where: str) -> None:
    allowed = ALLOWED.get(type(node))
    given = {key for key, value in node.args.items() if value not in (None, False, [])}
    if allowed is None or not given <= allowed:
        raise refusal(where, f"{_shown(node)} is not allowed", f"Use {WORDS}")
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Identifier):
        raise refusal(where, f"{_shown(node)} is not allowed", "Name one column")
    if isinstance(node, exp.Identifier) and re.fullmatch(r"\*|\^.*\$", node.name, re.DOTALL):
        raise refusal(where, f"{_shown(node)} stands for several columns", "Name one column")
    if isinstance(node, exp.In) and not node.expressions:
        raise refusal(where, "IN needs a list", "Write x IN (1, 2)")
    if isinstance(node, exp.Literal) and not node.is_string and not _is_number(str(node.this)):
        raise refusal(where, f"{_shown(node)} is not a number", "Write a number such as 1000 or 2.5")
    if isinstance(node, exp.Round) and not _is_small_whole(node.args.get("decimals")):
        raise refusal(where, "ROUND takes 0 to 9 decimals", "Write ROUND(x) or ROUND(x, 2)")
    if isinstance(node, exp.Like) and not _is_text(node.expression):
        raise refusal(where, "LIKE needs a pattern in quotes", "Write x LIKE 'abc%'")


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _is_small_whole(node: exp.Expr | None) -> bool:
    return node is None or (isinstance(node, exp.Literal) and bool(re.fullmatch(r"\d", str(node.this))))


def _is_text(node: object) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _shown(node: exp.Expr) -> str:
    """The offending part as written, cut to a readable length, without line breaks."""
    text = " ".join(node.sql(comments=False).split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
