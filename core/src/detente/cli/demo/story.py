"""The demo's story, told step by step with what really happened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import rich_click as click

from detente.cli.demo.simulated_crm import SimulatedCrm
from detente.cli.options import print_table, visible, watched
from detente.cli.run_report import show_run
from detente.engine.explaining import explain_customer
from detente.engine.opening import open_store
from detente.engine.provisioning import provision
from detente.engine.starting import start_installation
from detente.engine.working import perform_run, perform_undo
from detente.store import cases, customers, scores, writes
from detente.web.receipt_page import receipt_page

TOP = 8
MARKER = ".detente-demo"
PASSING_S = 600


class Story:
    """One installation in `folder` against one simulated CRM."""

    def __init__(self, crm: SimulatedCrm, folder: Path) -> None:
        self._crm = crm
        self._home = folder
        self._start = time.perf_counter()
        self._wrong: list[str] = []

    def tell(self) -> int:
        """The whole story; 0 when everything that it claims was so, else 1 with what was not."""
        self._install()
        first = self._run("A first run reads everything, scores it, opens cases and writes back")
        self._show_top()
        self._show_cases()
        self._show_written(str(first["run"]))
        record = self._show_record()
        self._compare_with_crm(first)
        self._edit_as_a_human(record)
        self._second_run(record)
        self._undo(str(first["run"]), record)
        self._say(
            "Done", f"{time.perf_counter() - self._start:.1f} s; nothing outside {self._home}/ was written"
        )
        for fault in self._wrong:
            click.echo(f"NOT AS CLAIMED: {fault}")
        return 1 if self._wrong else 0

    def _say(self, title: str, text: str = "") -> None:
        click.secho(f"\n{title}", bold=True)
        if text:
            click.echo(f"  {text}")

    def _claim(self, holds: bool, text: str) -> None:
        click.echo(f"  {'yes' if holds else 'NO'}: {text}")
        if not holds:
            self._wrong.append(text)

    def _install(self) -> None:
        if self._home.exists():
            if not (self._home / MARKER).exists():
                raise click.ClickException(
                    f"{self._home} is not a demo's folder; choose another with --folder"
                )
            shutil.rmtree(self._home)
        self._home.mkdir(parents=True)
        (self._home / MARKER).touch()
        start_installation(self._home, organisation="Example Ltd", sources=["hubspot"])
        settings = self._home / "detente.yaml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(
            text.replace("    with:\n", f"    with:\n      base_url: {self._crm.url}\n", 1)
            + f"\nclock: {self._crm.url}\n",
            encoding="utf-8",
        )
        self._say("A simulated HubSpot stands", f"at {self._crm.url}, with a clock of its own")
        os.environ["DETENTE_HUBSPOT_TOKEN"] = self._crm.tokens["admin"]
        made = provision(self._home, "hubspot", apply=True)
        click.echo(f"  provisioned {len(made)} groups and fields with the admin's credential")
        os.environ["DETENTE_HUBSPOT_TOKEN"] = self._crm.tokens["sync"]

    def _run(self, title: str) -> dict[str, Any]:
        self._say(title)
        with watched(as_json=False) as progress:
            summary: dict[str, Any] = perform_run(self._home, progress=progress)
        show_run(summary)
        return summary

    def _show_top(self) -> None:
        self._say(f"The {TOP} customers that come first")
        with open_store(self._home) as store, store.reading() as connection:
            top = scores.current_scores(connection).sort("score_micro", descending=True).head(TOP)
            rows = []
            for customer, band, micro in top.select("customer", "band", "score_micro").iter_rows():
                ref = customers.accounts_of(connection, customer)[0]
                reason = writes.written_of(connection, [ref]).get(ref, {}).get("detente_reason")
                rows.append([self._name(customer), band, f"{micro / 1e6:.1f}", reason or ""])
        print_table(["customer", "band", "score", "reason"], rows, right=frozenset({"score"}))
        customer = str(top["customer"][0])
        with open_store(self._home) as store:
            page = receipt_page(explain_customer(store, customer))
        (self._home / "receipt.html").write_text(page, encoding="utf-8")
        click.echo(f"  The first one's receipt, drawn: {self._home / 'receipt.html'}")

    def _name(self, customer: str) -> str:
        with open_store(self._home) as store:
            return str(explain_customer(store, customer).name or customer)

    def _show_cases(self) -> None:
        self._say("Cases opened")
        with open_store(self._home) as store, store.reading() as connection:
            found = cases.list_cases(connection)
        kinds: dict[str, int] = {}
        for row in found:
            kinds[row.kind] = kinds.get(row.kind, 0) + 1
        click.echo(
            "  " + ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(kinds.items()))
        )
        rows = [
            [row.title, str(row.stage), row.owner or "", f"{row.due_at:%a %d %b %H:%M}"] for row in found[:6]
        ]
        print_table(["case", "stage", "owner", "due (UTC)"], rows)

    def _show_written(self, run: str) -> None:
        self._say("What was written, and where")
        with open_store(self._home) as store, store.reading() as connection:
            found = writes.writes_of(connection, run)
        counts: dict[tuple[str, str, str], int] = {}
        for row in found:
            for field in row.new:
                key = (row.ref.connector, row.ref.object, field)
                counts[key] = counts.get(key, 0) + (row.state == "applied")
        shown = [[*key, f"{count:,}"] for key, count in sorted(counts.items())]
        print_table(["connector", "object", "field", "records"], shown, right=frozenset({"records"}))

    def _show_record(self) -> str:
        with open_store(self._home) as store, store.reading() as connection:
            top = scores.current_scores(connection).sort("score_micro", descending=True)
            ref = customers.accounts_of(connection, str(top["customer"][0]))[0]
        self._say("The first one's record, as a rep sees it (simulated)")
        shown = self._crm.text(f"view/{ref.object}/{ref.id}?as=text")
        click.echo("\n".join(f"  {visible(line)}" for line in shown.splitlines()))
        return f"{ref.object}/{ref.id}"

    def _read_back(self, name: str) -> dict[str, dict[str, str]]:
        script = Path(__file__).with_name("read_back.py")
        environment = {**os.environ, "READ_BACK_TOKEN": self._crm.tokens["readonly"]}
        command = [sys.executable, str(script), self._crm.url, name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found: dict[str, dict[str, str]] = json.loads(done.stdout)
        return found

    def _compare_with_crm(self, summary: dict[str, Any]) -> None:
        self._say("Read back from the CRM by a script that shares no code with Detente")
        held = self._read_back("companies")
        equal = 0
        with open_store(self._home) as store, store.reading() as connection:
            for customer, band, micro in (
                scores.current_scores(connection).select("customer", "band", "score_micro").iter_rows()
            ):
                for ref in customers.accounts_of(connection, customer):
                    values = held[ref.id]
                    same = values.get("detente_priority") == band
                    equal += (
                        same and round(float(values["detente_score"]) * 10) == (micro + 50_000) // 100_000
                    )
        self._claim(equal == len(held), f"{equal:,} of {len(held):,} companies hold what their receipts say")

    def _edit_as_a_human(self, record: str) -> None:
        held = self._crm.ask(f"objects/{record}")["properties"]["detente_priority"]
        self._edited = "P4" if held != "P4" else "P1"
        self._say("A person edits one written field", f"{record}: priority {held} becomes {self._edited}")
        self._crm.tell("PATCH", f"objects/{record}", {"properties": {"detente_priority": self._edited}})
        self._crm.tell("POST", "clock", {"advance_s": PASSING_S})

    def _second_run(self, record: str) -> None:
        summary = self._run("Ten minutes later, a second run")
        held = self._crm.ask(f"objects/{record}")["properties"]["detente_priority"]
        self._claim(summary["writes"]["applied"] == 0, f"{summary['writes']['applied']} needless writes")
        self._claim(held == self._edited, f"the person's value stands: {held}")
        self._claim(summary["lease_requests"] == 1, f"{summary['lease_requests']} lease is asked for")

    def _undo(self, run: str, record: str) -> None:
        self._say(f"Undo of {run}")
        with watched(as_json=False) as progress:
            summary: dict[str, Any] = perform_undo(self._home, run, progress=progress)
        for kept in summary["kept"]:
            click.echo(f"  left alone: {kept['record']}: {visible(kept['why'])}")
        left = {
            (name, key, value)
            for name in ("companies", "deals", "tickets")
            for values in self._read_back(name).values()
            for key, value in values.items()
        }
        only_edit = {("companies", "detente_priority", self._edited)}
        self._claim(left == only_edit, f"every field is as before but the person's edit ({len(left)} left)")
