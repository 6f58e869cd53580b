"""Cuts a statement into words, and says where in it something is wrong.

Section 2.1 of the reference: literals unquoted but for text, `\\'` and `\\\\` escaped [M]; messages with a
caret block and `ERROR at Row:1:Column:21` [R].
"""

import re
from dataclasses import dataclass

from detente_sandbox.salesforce.facts import ApiError, bad_request

_PATTERN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<instant>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|z|[+-]\d{2}:?\d{2}))
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\dT]))
    | (?P<number>[+-]?\d+(?:\.\d+)?(?![\w.-]))
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><=|>=|!=|<>|[=<>(),.:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True)
class Word:
    """A piece of the statement; `at` counts characters from 0. The last one is of kind `end`."""

    kind: str
    text: str
    at: int

    def means(self, keyword: str) -> bool:
        """Whether it is a keyword, in any letters."""
        return self.kind == "word" and self.text.upper() == keyword


class SoqlError(Exception):
    """Why a statement is refused, and where."""

    def __init__(self, code: str, message: str, at: int) -> None:
        super().__init__(message)
        self.code, self.message, self.at = code, message, at

    def as_answer(self, statement: str) -> ApiError:
        """400 with the vendor's caret block."""
        return bad_request(self.code, f"{pointer(statement, self.at)}\n{self.message}")


class UnknownSyntaxError(SoqlError):
    """Syntax that the vendor has and this subset has not; refused, and remembered by the sandbox."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__("MALFORMED_QUERY", f"unexpected token: {what}", at)
        self.what = what


class UnknownTypeError(SoqlError):
    """An object that ordinary orgs have and this one has not; refused, and remembered by the sandbox."""

    def __init__(self, word: str, message: str, at: int) -> None:
        super().__init__("INVALID_TYPE", message, at)
        self.word = word


def pointer(statement: str, at: int) -> str:
    """The line of a place in the statement, a caret under it, and its row and column, counted from 1."""
    before = statement[:at]
    row, column = before.count("\n") + 1, at - (before.rfind("\n") + 1)
    line = statement.split("\n")[row - 1]
    return f"\n{line}\n{' ' * column}^\nERROR at Row:{row}:Column:{column + 1}"


def words_of(statement: str) -> list[Word]:
    """All words of a statement. Raises: SoqlError for a sign that no statement has."""
    found: list[Word] = []
    at = 0
    while at < len(statement):
        match = _PATTERN.match(statement, at)
        if match is None or match.lastgroup is None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{statement[at]}'", at)
        if match.lastgroup != "blank":
            found.append(Word(match.lastgroup, match.group(), at))
        at = match.end()
    found.append(Word("end", "<EOF>", len(statement)))
    return found


def unquoted(word: Word) -> str:
    """What a quoted text says. Raises: SoqlError for an escape that the vendor does not know."""
    out: list[str] = []
    letters = iter(word.text[1:-1])
    for letter in letters:
        if letter != "\\":
            out.append(letter)
            continue
        escaped = next(letters)
        # `\_` and `\%` belong to LIKE, which reads them later.
        if escaped in "_%":
            out.append("\\" + escaped)
        elif escaped.lower() in _ESCAPES:
            out.append(_ESCAPES[escaped.lower()])
        else:
            raise SoqlError("MALFORMED_QUERY", f"Illegal string literal {word.text}", word.at)
    return "".join(out)
