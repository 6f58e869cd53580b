"""What each part of an expression is: numbers, text and conditions do not mix.

A flag is the number 0 or 1; where a condition is wanted, the flag `f` becomes `f = 1`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from detente_contracts import SignalType, unknown_name
from sqlglot import exp

from detente.engine.rubric.grammar import refusal


class Sort(StrEnum):
    """What a part of an expression is."""

    NUMBER = "a number"
    FLAG = "a flag"
    TEXT = "text"
    TRUTH = "a condition"
    EMPTY = "NULL"


class Part(NamedTuple):
    """A part of an expression, settled, and what it is."""

    node: exp.Expr
    sort: Sort


_COLUMN_SORTS = {
    SignalType.NUMBER: Sort.NUMBER,
    SignalType.FLAG: Sort.FLAG,
    SignalType.TEXT: Sort.TEXT,
}
_NUMBERS = (Sort.NUMBER, Sort.FLAG)
_ONE, _ZERO = exp.Literal.number(1), exp.Literal.number(0)


class Settler:
    """Makes flags conditions where conditions are wanted, and refuses what does not fit together."""

    def __init__(self, columns: Mapping[str, SignalType], where: str) -> None:
        self._columns = columns
        self._where = where

    def condition(self, tree: exp.Expr) -> exp.Expr:
        """The whole as a condition."""
        return self._truth(tree)

    def value(self, tree: exp.Expr) -> Part:
        """The whole as a number or as text; a condition becomes 1 or 0."""
        part = self._settle(tree)
        if part.sort is Sort.EMPTY:
            raise self._refuse(tree, "is always unknown", "Give the expression a value")
        if part.sort is Sort.TRUTH:
            return Part(_one_or_zero(part.node.unnest()), Sort.FLAG)
        return part

    def _settle(self, node: exp.Expr) -> Part:
        return _RULES[type(node)](self, node)

    def _truth(self, node: exp.Expr) -> exp.Expr:
        part = self._settle(node)
        if part.sort is Sort.FLAG:
            return exp.EQ(this=_bracketed(part.node), expression=_ONE.copy())
        if part.sort is not Sort.TRUTH:
            raise self._refuse(node, f"is {part.sort}, not a condition", "Write a comparison such as x > 0")
        return part.node

    def _number(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Boolean):
            return (_ONE if node.this else _ZERO).copy()
        part = self._settle(node)
        if part.sort not in _NUMBERS:
            fix = "Write CASE WHEN … THEN 1 ELSE 0 END" if part.sort is Sort.TRUTH else "Give a number"
            raise self._refuse(node, f"is {part.sort}, not a number", fix)
        return part.node

    def _text(self, node: exp.Expr) -> exp.Expr:
        part = self._settle(node)
        if part.sort is not Sort.TEXT:
            raise self._refuse(node, f"is {part.sort}, not text", "Give text")
        return part.node

    def _alike(self, nodes: list[exp.Expr]) -> list[exp.Expr]:
        """All of them as text when the first known one is text, else all as numbers; no NULL among them."""
        sorts = [self._settle(node).sort for node in nodes]
        if Sort.EMPTY in sorts:
            raise self._refuse(nodes[sorts.index(Sort.EMPTY)], "compares with nothing", "Write x IS NULL")
        return [self._text(node) if Sort.TEXT in sorts else self._number(node) for node in nodes]

    def _refuse_written(self, nodes: list[exp.Expr]) -> None:
        for node in nodes:
            if node.find(exp.Column) is None:
                raise self._refuse(node, "is the same for every row", "Name a column there")

    def _refuse(self, node: exp.Expr, what: str, fix: str) -> Exception:
        return refusal(self._where, f"{node.sql(comments=False)[:60]!r} {what}", fix)

    def column(self, node: exp.Expr) -> Part:
        """A column that exists; the nearest known one is named otherwise."""
        if node.name not in self._columns:
            known = unknown_name("column", node.name, self._columns)
            raise refusal(self._where, known, "Use a column that exists, or declare the signal")
        return Part(exp.column(node.name, quoted=True), _COLUMN_SORTS[self._columns[node.name]])

    def literal(self, node: exp.Expr) -> Part:
        """A number or quoted text."""
        return Part(
            node.copy(), Sort.TEXT if isinstance(node, exp.Literal) and node.is_string else Sort.NUMBER
        )

    def constant(self, node: exp.Expr) -> Part:
        """TRUE, FALSE or NULL."""
        return Part(node.copy(), Sort.TRUTH if isinstance(node, exp.Boolean) else Sort.EMPTY)

    def bracket(self, node: exp.Expr) -> Part:
        """Brackets change nothing."""
        inner = self._settle(node.this)
        return Part(_bracketed(inner.node), inner.sort)

    def arithmetic(self, node: exp.Expr) -> Part:
        """Numbers in, a number out."""
        kept = {key: self._number(part) for key, part in _parts(node).items()}
        return Part(type(node)(**kept), Sort.NUMBER)

    def comparison(self, node: exp.Expr) -> Part:
        """Two numbers or two texts."""
        keys = list(_parts(node))
        parts = self._alike([node.args[key] for key in keys])
        return Part(type(node)(**dict(zip(keys, parts, strict=True))), Sort.TRUTH)

    def logic(self, node: exp.Expr) -> Part:
        """Conditions in, a condition out."""
        kept = {key: self._truth(part) for key, part in _parts(node).items()}
        return Part(type(node)(**kept), Sort.TRUTH)

    def membership(self, node: exp.Expr) -> Part:
        """One of several written values."""
        for choice in node.expressions:
            if not isinstance(choice, exp.Literal | exp.Neg | exp.Boolean):
                raise self._refuse(choice, "is not a written value", "List numbers or texts after IN")
        first, *rest = self._alike([node.this, *node.expressions])
        return Part(exp.In(this=first, expressions=rest), Sort.TRUTH)

    def test(self, node: exp.Expr) -> Part:
        """IS NULL, IS TRUE or IS FALSE."""
        wanted = node.expression
        if isinstance(wanted, exp.Null):
            subject = self._settle(node.this)
            return Part(exp.Is(this=_bracketed(subject.node), expression=exp.Null()), Sort.TRUTH)
        if not isinstance(wanted, exp.Boolean):
            raise self._refuse(node, "is no test", "Write x IS NULL")
        self._refuse_written([node.this])
        yes, no = (_ONE, _ZERO) if wanted.this else (_ZERO, _ONE)
        known = exp.Coalesce(this=self._number(node.this), expressions=[no.copy()])
        return Part(exp.EQ(this=known, expression=yes.copy()), Sort.TRUTH)

    def pattern(self, node: exp.Expr) -> Part:
        """Text against a written pattern."""
        return Part(exp.Like(this=self._text(node.this), expression=node.expression.copy()), Sort.TRUTH)

    def lowered(self, node: exp.Expr) -> Part:
        """Text in small letters."""
        return Part(exp.Lower(this=self._text(node.this)), Sort.TEXT)

    def choice(self, node: exp.Expr) -> Part:
        """COALESCE, NULLIF, LEAST or GREATEST of numbers or of texts.

        A written value hides all that follows it in COALESCE, and has nothing to be compared with in NULLIF.
        """
        given = [node.this, *([node.expression] if isinstance(node, exp.Nullif) else node.expressions)]
        if isinstance(node, exp.Coalesce | exp.Nullif):
            self._refuse_written(given[:-1])
        parts, sort = self._same(given)
        if isinstance(node, exp.Nullif):
            return Part(exp.Nullif(this=parts[0], expression=parts[1]), sort)
        return Part(type(node)(this=parts[0], expressions=parts[1:]), sort)

    def case(self, node: exp.Expr) -> Part:
        """CASE WHEN; every branch is of one sort, and a branch may be NULL."""
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        other = node.args.get("default") or node.args.get("false") or exp.Null()
        values, sort = self._same([branch.args["true"] for branch in branches] + [other])
        ifs = [
            exp.If(this=self._truth(branch.this), true=value)
            for branch, value in zip(branches, values, strict=False)
        ]
        return Part(exp.Case(ifs=ifs, default=values[-1]), sort)

    def _same(self, nodes: list[exp.Expr]) -> tuple[list[exp.Expr], Sort]:
        """All as one sort, NULLs left as they are."""
        parts = [self._settle(node) for node in nodes]
        sorts = {part.sort for part in parts} - {Sort.EMPTY}
        if len(sorts) <= 1:
            return [part.node for part in parts], sorts.pop() if sorts else Sort.EMPTY
        settled = self._text if Sort.TEXT in sorts else self._number
        kept = [
            part.node if part.sort is Sort.EMPTY else settled(node)
            for part, node in zip(parts, nodes, strict=True)
        ]
        return kept, Sort.TEXT if Sort.TEXT in sorts else Sort.NUMBER


def _parts(node: exp.Expr) -> dict[str, exp.Expr]:
    return {key: part for key, part in node.args.items() if isinstance(part, exp.Expr)}


def _bracketed(node: exp.Expr) -> exp.Expr:
    """`node` in brackets where leaving them out could change how it is read."""
    return node if isinstance(node, exp.Paren | exp.Column | exp.Literal) else exp.Paren(this=node)


def _one_or_zero(condition: exp.Expr) -> exp.Expr:
    negated = exp.Not(this=exp.Paren(this=condition.copy()))
    ifs = [exp.If(this=condition, true=_ONE.copy()), exp.If(this=negated, true=_ZERO.copy())]
    return exp.Case(ifs=ifs, default=exp.Null())


_Rule = Callable[[Settler, exp.Expr], Part]
_RULES: Mapping[type[exp.Expr], _Rule] = {
    exp.Column: Settler.column,
    exp.Literal: Settler.literal,
    exp.Boolean: Settler.constant,
    exp.Null: Settler.constant,
    exp.Paren: Settler.bracket,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg), Settler.arithmetic),
    **dict.fromkeys((exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Ln, exp.Exp), Settler.arithmetic),
    **dict.fromkeys((exp.Sqrt, exp.Pow), Settler.arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), Settler.comparison),
    **dict.fromkeys((exp.And, exp.Or, exp.Not), Settler.logic),
    **dict.fromkeys((exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest), Settler.choice),
    **dict.fromkeys((exp.Case, exp.If), Settler.case),
    exp.Between: Settler.comparison,
    exp.In: Settler.membership,
    exp.Is: Settler.test,
    exp.Like: Settler.pattern,
    exp.Lower: Settler.lowered,
}
