"""`detente doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from detente.cli.options import print_json, visible, with_common_options

_MARKS = {"ok": "ok      ", "warning": "warning ", "error": "ERROR   ", "click": "by hand "}


@click.command()
@with_common_options
def command(home: Path, as_json: bool) -> int:
    """Look at every connector, credential, field and plugin. Changes nothing."""
    from detente.engine.doctor import examine

    findings = examine(home)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(visible(f"{_MARKS[finding.severity]}{finding.subject}: {finding.message}"))
            if finding.hint:
                click.echo(visible(f"          {finding.hint}"))
    return 1 if any(finding.severity == "error" for finding in findings) else 0
