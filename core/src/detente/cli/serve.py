"""`detente serve`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import rich_click as click

from detente.cli.options import home_option

if TYPE_CHECKING:
    from detente.engine.serving.hosting import Hosted
    from detente.store.jobs import JobRow


@click.command()
@home_option
@click.option("--port", type=click.IntRange(0, 65_535), help="Port of the pages, instead of the settings'.")
def command(home: Path, port: int | None) -> int:
    """Keep running: runs and sweeps on a schedule, and pages on this machine's own address."""
    from detente.engine.serving.hosting import hosted
    from detente.web.app import create_app
    from detente.web.console import Console
    from detente.web.server import served

    stop = Event()
    _stop_by_signal(stop)
    with hosted(home, said=say, stop=stop) as host:
        serve = host.settings.serve
        with served(create_app(Console(host)), serve.host, serve.port if port is None else port) as address:
            _welcome(host, address)
            host.service.run(poll_s=host.poll_s)
    click.echo("stopped; what was begun goes on with the next start")
    return 0


def _stop_by_signal(stop: Event) -> None:
    """The first signal asks to end after the step under way, the second ends at once."""

    def ask(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def _welcome(host: Hosted, address: str) -> None:
    zone = host.settings.serve.zone
    now = host.clock.now()
    click.echo(f"listening on {address}")
    for job in host.service.jobs:
        click.echo(f"next {job.name} {_wall(job.schedule.next_one(now), zone)}")
    sys.stdout.flush()


def _wall(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def say(row: JobRow) -> None:
    """One line for a job that ended: fields, and no word that came from a CRM."""
    fields: dict[str, object] = {
        "at": f"{row.ended_at:%Y-%m-%dT%H:%M:%SZ}",
        "job": row.name,
        "due": f"{row.due_at:%Y-%m-%dT%H:%M:%SZ}",
        **({"run": row.run} if row.run else {}),
        "outcome": row.outcome.value.replace(" ", "_"),
        **_counts(row.told),
    }
    click.echo(" ".join(f"{key}={value}" for key, value in fields.items()))
    sys.stdout.flush()


def _counts(told: Mapping[str, object]) -> dict[str, object]:
    """Numbers as they are, lists by their length; texts stay on the pages."""
    counted = {key: len(value) if isinstance(value, list) else value for key, value in told.items()}
    return {key: value for key, value in counted.items() if isinstance(value, int | float)}
