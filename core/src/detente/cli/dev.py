"""`detente dev`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from detente.cli.options import with_common_options

if TYPE_CHECKING:
    from detente.engine.trying.bench import Bench


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@with_common_options
@click.option("--once", is_flag=True, help="Look once and end: for tests and machines.")
@click.option("--test", is_flag=True, help="Run the plugin's tests after each look.")
@click.option("--own", is_flag=True, help="Look at your own customers as last read, not at invented ones.")
def command(path: Path | None, home: Path, as_json: bool, once: bool, test: bool, own: bool) -> int:
    """Watch what your rules do to a portfolio of invented customers while you write them.

    PATH is the plugin that you write: a .py file, a folder as `detente new plugin` writes it (this one, if it
    is such a folder), or a folder of policy. Settings, policy and plugins of --home are watched too; without
    settings the stock rubric scores. Each save is looked at at once. Asks no CRM, changes nothing.
    """
    from detente.cli.dev_report import reporter
    from detente.engine.trying.candidate import is_plugin
    from detente.engine.trying.plugin_tests import run_tests
    from detente.engine.trying.watching import saves
    from detente.engine.trying.workbench import Workbench

    under_edit = path or next(filter(is_plugin, (Path(), home)), None)
    is_fine = True
    with (
        suppress(KeyboardInterrupt),
        _bench(home, own=own) as bench,
        Workbench(bench, under_edit) as work,
        reporter(bench, under_edit, as_json=as_json, watching=not once) as report,
    ):
        for saved in [[]] if once else saves(home, under_edit):
            look = work.look()
            report.show(look, saved)
            work.prepare()
            is_fine = look.is_fine
            if test:
                tested = run_tests(under_edit or home)
                report.show_tests(tested)
                is_fine = is_fine and tested.passed
    return 0 if is_fine or not once else 1


@contextmanager
def _bench(home: Path, *, own: bool) -> Iterator[Bench]:
    from detente.engine.trying.bench import fixture_bench, own_bench

    if own:
        yield own_bench(home)
        return
    with fixture_bench(home) as bench:
        yield bench
