"""Options and output that the commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from detente_contracts import Progress

    from detente.store.cases import CaseRow

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="this folder",
    help="Folder that holds detente.yaml.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def with_common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--home` and `--json`."""
    return home_option(json_option(command))


def print_json(data: object) -> None:
    """One JSON document on standard output, instants as ISO 8601."""
    import orjson

    text = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str)
    click.echo(text.decode())


def print_table(headings: list[str], rows: list[list[str]], *, right: frozenset[str] = frozenset()) -> None:
    """An aligned table without markup: what came from a CRM is shown as it is."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)


def counted(number: int, what: str) -> str:
    """`1 ticket`, `0 tickets`, `1,200 tickets`: for words that take a plain s."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def moment(at: datetime) -> str:
    """An instant to the minute, in UTC, as people write it."""
    return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC".lstrip("0")


def case_lines(rows: Iterable[CaseRow]) -> Iterator[str]:
    """A line a case: what it is about, then who has it until when."""
    for row in rows:
        due = f" until {row.due_at:%a %d %b %H:%M} UTC" if row.due_at else ""
        yield f"  {row.title} ({row.owner or 'nobody'}{due})"


def visible(text: str) -> str:
    """The text without control characters, which could move a terminal's cursor."""
    return "".join(mark if mark.isprintable() else "�" for mark in text)


@contextmanager
def watched(as_json: bool) -> Iterator[Progress]:
    """Progress on standard error: a bar a stage on a terminal, a line a stage elsewhere."""
    from detente.cli.progress import Bars, Lines

    bars = Lines() if as_json or not sys.stderr.isatty() else Bars()
    with bars:
        yield bars
