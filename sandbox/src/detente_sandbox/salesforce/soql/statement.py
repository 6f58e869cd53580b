"""What a statement says, before it is held against the org's objects and fields."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """A field's name with the relationships that lead to it; `at` is its place in the statement."""

    parts: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Literal:
    """A value; `kind` is text, number, truth, null, date, instant or period (such as TODAY).

    A period holds its keyword, with the number after the colon in `count`.
    """

    kind: str
    value: str | float | bool | None
    at: int
    count: int | None = None


@dataclass(frozen=True)
class Comparison:
    """A field against one value; `operator` is =, !=, <, <=, >, >= or LIKE."""

    path: Path
    operator: str
    value: Literal


@dataclass(frozen=True)
class Membership:
    """A field in a list of values or in what another statement finds."""

    path: Path
    values: tuple[Literal, ...] | None
    inner: "Select | None"
    is_negated: bool


@dataclass(frozen=True)
class Negation:
    """The opposite of a condition."""

    of: "Condition"


@dataclass(frozen=True)
class Group:
    """Conditions all of which (AND) or one of which (OR) must hold."""

    is_all: bool
    members: tuple["Condition", ...]


Condition = Comparison | Membership | Negation | Group


@dataclass(frozen=True)
class Order:
    """One field to sort by."""

    path: Path
    is_descending: bool
    has_nulls_last: bool


@dataclass(frozen=True)
class Select:
    """A whole statement; a counting one selects nothing. `source` is an object, in a child a relationship."""

    items: tuple["Path | Select", ...]
    is_count: bool
    source: str
    source_at: int
    where: Condition | None = None
    orders: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    offset_at: int = 0
