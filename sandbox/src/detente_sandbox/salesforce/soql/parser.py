"""Reads a statement. Section 9.4 of the reference says what the subset holds; all else is MALFORMED_QUERY."""

from detente_sandbox.salesforce.soql.statement import (
    Comparison,
    Condition,
    Group,
    Literal,
    Membership,
    Negation,
    Order,
    Path,
    Select,
)
from detente_sandbox.salesforce.soql.words import SoqlError, UnknownSyntaxError, Word, unquoted, words_of

SIGNS = ("=", "!=", "<>", "<", "<=", ">", ">=")
PERIODS = ("TODAY", "YESTERDAY", "TOMORROW")
COUNTED_PERIODS = ("LAST_N_DAYS", "NEXT_N_DAYS")
# The vendor has these; nothing here needs them, so they are refused and remembered.
_ELSEWHERE = (
    *("GROUP", "HAVING", "TYPEOF", "FIELDS", "FOR", "USING", "WITH", "UPDATE", "INCLUDES", "EXCLUDES"),
    *("SUM", "AVG", "MIN", "MAX", "COUNT_DISTINCT", "TOLABEL", "FORMAT", "CONVERTCURRENCY", "DISTANCE"),
    *("GEOLOCATION", "GROUPING", "CALENDAR_YEAR", "CALENDAR_MONTH", "DAY_ONLY", "ALL"),
)
_PERIOD_WORDS = ("LAST_", "NEXT_", "THIS_")
# Numbers and nesting beyond these are refused; where the vendor draws the lines is [U].
WHOLE_MAX, DAYS_MAX, DEPTH_MAX = 2**31 - 1, 100_000, 50
_NO_NAMES = ("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "LIMIT", "OFFSET")


def parse(statement: str) -> Select:
    """What a statement says. Raises: SoqlError, UnknownSyntaxError for syntax that only the vendor has."""
    parser = _Parser(words_of(statement))
    found = parser.select()
    parser.expect_end()
    return found


class _Parser:
    def __init__(self, words: list[Word]) -> None:
        self._words, self._place, self._depth = words, 0, 0

    # -- words ---------------------------------------------------------------------------------------------

    @property
    def _next(self) -> Word:
        return self._words[self._place]

    def _take(self) -> Word:
        word = self._next
        self._place += 1
        return word

    def _refuse(self, word: Word) -> SoqlError:
        if word.kind == "word" and word.text.upper() in _ELSEWHERE:
            return UnknownSyntaxError(f"'{word.text}'", word.at)
        return SoqlError("MALFORMED_QUERY", f"unexpected token: '{word.text}'", word.at)

    def _takes(self, keyword: str) -> bool:
        if self._next.means(keyword):
            self._place += 1
            return True
        return False

    def _takes_sign(self, sign: str) -> bool:
        if self._next.kind == "sign" and self._next.text == sign:
            self._place += 1
            return True
        return False

    def _need(self, keyword: str) -> None:
        if not self._takes(keyword):
            raise self._refuse(self._next)

    def _need_sign(self, sign: str) -> None:
        if not self._takes_sign(sign):
            raise self._refuse(self._next)

    def _name(self) -> Word:
        if self._next.kind != "word" or self._next.text.upper() in _NO_NAMES:
            raise self._refuse(self._next)
        return self._take()

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._refuse(self._next)

    # -- the statement -------------------------------------------------------------------------------------

    def select(self) -> Select:
        self._need("SELECT")
        is_count = self._takes_count()
        items = () if is_count else self._items()
        self._need("FROM")
        source = self._name()
        where = self._condition() if self._takes("WHERE") else None
        orders = self._orders() if self._takes_order() else ()
        limit = self._whole() if self._takes("LIMIT") else None
        offset_at = self._next.at
        offset = self._whole() if self._takes("OFFSET") else 0
        return Select(items, is_count, source.text, source.at, where, orders, limit, offset, offset_at)

    def _takes_count(self) -> bool:
        ahead = [word.text for word in self._words[self._place : self._place + 3]]
        if len(ahead) < 3 or ahead[0].upper() != "COUNT" or ahead[1] != "(":
            return False
        if ahead[2] != ")":
            raise UnknownSyntaxError("an aggregate", self._next.at)
        self._place += 3
        return True

    def _items(self) -> tuple[Path | Select, ...]:
        items = [self._item()]
        while self._takes_sign(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Path | Select:
        if self._takes_sign("("):
            inner = self.select()
            self._need_sign(")")
            return inner
        return self._path()

    def _path(self) -> Path:
        first = self._name()
        parts = [first.text]
        while self._takes_sign("."):
            parts.append(self._name().text)
        if self._next.kind == "sign" and self._next.text == "(":
            raise self._refuse(first)
        if first.means("TYPEOF"):
            raise self._refuse(first)
        return Path(tuple(parts), first.at)

    def _takes_order(self) -> bool:
        if not self._takes("ORDER"):
            return False
        self._need("BY")
        return True

    def _orders(self) -> tuple[Order, ...]:
        orders = [self._order()]
        while self._takes_sign(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        path = self._path()
        is_descending = self._takes("DESC")
        if not is_descending:
            self._takes("ASC")
        has_nulls_last = False
        if self._takes("NULLS"):
            has_nulls_last = self._takes("LAST")
            if not has_nulls_last:
                self._need("FIRST")
        return Order(path, is_descending, has_nulls_last)

    def _whole(self, most: int = WHOLE_MAX) -> int:
        word = self._take()
        if word.kind != "number" or not word.text.isdigit() or len(word.text) > len(str(most)):
            raise self._refuse(word)
        if int(word.text) > most:
            raise self._refuse(word)
        return int(word.text)

    # -- conditions ----------------------------------------------------------------------------------------

    def _condition(self) -> Condition:
        """Conditions joined by one word only: the vendor wants brackets where AND and OR meet [U]."""
        members = [self._factor()]
        joint = next((word for word in ("AND", "OR") if self._next.means(word)), None)
        while joint is not None and self._takes(joint):
            members.append(self._factor())
        if self._next.means("AND") or self._next.means("OR"):
            raise self._refuse(self._next)
        return members[0] if len(members) == 1 else Group(joint == "AND", tuple(members))

    def _factor(self) -> Condition:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._refuse(self._next)
        found = self._shallow_factor()
        self._depth -= 1
        return found

    def _shallow_factor(self) -> Condition:
        if self._takes("NOT"):
            return Negation(self._factor())
        if self._takes_sign("("):
            inner = self._condition()
            self._need_sign(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._path()
        if self._takes("LIKE"):
            return Comparison(path, "LIKE", self._literal())
        if self._takes("IN"):
            return self._membership(path, is_negated=False)
        if self._takes("NOT"):
            self._need("IN")
            return self._membership(path, is_negated=True)
        word = self._take()
        if word.kind != "sign" or word.text not in SIGNS:
            raise self._refuse(word)
        return Comparison(path, "!=" if word.text == "<>" else word.text, self._literal())

    def _membership(self, path: Path, *, is_negated: bool) -> Membership:
        self._need_sign("(")
        if self._next.means("SELECT"):
            inner = self.select()
            self._need_sign(")")
            return Membership(path, None, inner, is_negated)
        values = [self._literal()]
        while self._takes_sign(","):
            values.append(self._literal())
        self._need_sign(")")
        return Membership(path, tuple(values), None, is_negated)

    def _literal(self) -> Literal:
        word = self._take()
        match word.kind:
            case "text":
                return Literal("text", unquoted(word), word.at)
            case "number":
                return Literal("number", float(word.text), word.at)
            case "date" | "instant":
                return Literal(word.kind, word.text, word.at)
            case "word":
                return self._keyword(word)
        raise self._refuse(word)

    def _keyword(self, word: Word) -> Literal:
        text = word.text.upper()
        if text in ("TRUE", "FALSE"):
            return Literal("truth", text == "TRUE", word.at)
        if text == "NULL":
            return Literal("null", None, word.at)
        if text in PERIODS:
            return Literal("period", text, word.at)
        if text in COUNTED_PERIODS:
            self._need_sign(":")
            return Literal("period", text, word.at, self._whole(DAYS_MAX))
        if text.startswith(_PERIOD_WORDS):
            raise UnknownSyntaxError(f"'{word.text}'", word.at)
        raise self._refuse(word)
