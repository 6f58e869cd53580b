"""The demo's story, told step by step with what really happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rich_click as click

from detente.cli.demo.checking import equal_to_receipts, pairs_right
from detente.cli.demo.connecting import empty_folder, provision_all, start_connected
from detente.cli.demo.firm import SimulatedFirm
from detente.cli.demo.hands import PRIORITY, read_back, set_priority, shown
from detente.cli.demo.tables import (
    SEARCHED,
    first_customers,
    known_to_several,
    open_cases,
    show_cases,
    show_disagreement,
    show_first,
    show_written,
)
from detente.cli.demo.telling import Teller
from detente.cli.link_report import show_links, show_members
from detente.cli.options import print_table, visible, watched
from detente.cli.run_report import show_run
from detente.engine.linking.showing import list_links
from detente.engine.linking.showing import show_members as members_of
from detente.engine.opening import open_store
from detente.engine.rubric.explanation import Explanation
from detente.engine.working import perform_run, perform_undo
from detente.store import customers
from detente.web.receipt_page import receipt_page

TOP = 8
SUGGESTED = 3
TOLD = (
    "Account",
    "Contact",
    "Opportunity",
    "Case",
    "companies",
    "contacts",
    "deals",
    "tickets",
    "organizations",
)
PASSING_S = 120
"""Seconds that pass before a run: every CRM tells of a change after a while only, Zendesk after a minute."""


class Story:
    """One installation in `folder` against one simulated firm."""

    def __init__(self, firm: SimulatedFirm, folder: Path) -> None:
        self._firm = firm
        self._home = folder
        self._teller = Teller()
        self._records: dict[str, str] = {}
        self._edited: dict[str, str] = {}

    def tell(self) -> int:
        """The whole story; 0 when everything that it claims was so, else 1 with what was not."""
        self._install()
        first = str(
            self._run("A first run reads everything, links, scores, opens cases and writes back")["run"]
        )
        self._one_customer()
        self._who_comes_first()
        self._disagreements()
        self._written(first)
        self._compare_with_crms()
        self._edit_as_people_do()
        self._second_run()
        self._undo(first)
        self._teller.say(
            "Done", f"{self._teller.seconds:.1f} s; nothing outside {self._home}/ was written to"
        )
        return self._teller.verdict()

    def _install(self) -> None:
        empty_folder(self._home)
        crms = self._firm.crms
        self._teller.say(f"A simulated firm keeps its customers in {len(crms)} CRMs, with one clock for all")
        start_connected(self._home, self._firm)
        steps = provision_all(self._home, self._firm)
        rows = []
        for name, crm in crms.items():
            objects = ", ".join(_held(*item) for item in _counts(crm.ask("state")).items())
            rows.append([name, objects, f"{steps[name]} steps"])
        print_table(["CRM", "holds", "provisioned by its admin"], rows)
        self._firm.let_pass(PASSING_S)

    def _run(self, title: str) -> dict[str, Any]:
        self._teller.say(title)
        with watched(as_json=False) as progress:
            summary: dict[str, Any] = perform_run(self._home, progress=progress)
        show_run(summary)
        return summary

    def _one_customer(self) -> None:
        self._teller.say("The same customer, as each CRM writes it")
        customer, several = known_to_several(self._home)
        with open_store(self._home) as store:
            show_members(members_of(store, customer) if customer else [])
            waiting = list_links(store, "suggested")
        joined, right, there = pairs_right(self._home, self._firm)
        self._teller.tell(f"{several:,} customers are known to more than one CRM")
        self._teller.claim(
            joined > 0 and right >= 0.98 * joined,
            f"{right:,} of {joined:,} joined pairs are one organisation by the simulation's own truth "
            f"({right / max(1, joined):.2%}), {right / max(1, there):.0%} of all that there are",
        )
        self._teller.say(
            f"{len(waiting):,} suggestions wait for people in `detente links list`; {SUGGESTED} of them"
        )
        show_links(waiting[len(waiting) // 6 :: len(waiting) // SUGGESTED or 1][:SUGGESTED], "suggested")

    def _who_comes_first(self) -> None:
        explained = first_customers(self._home, SEARCHED)
        self._teller.say(f"The {TOP} customers that come first")
        show_first(self._home, explained[:TOP])
        page = self._home / "receipt.html"
        page.write_text(receipt_page(explained[0]), encoding="utf-8")
        self._teller.tell(f"The first one's receipt, drawn: {page}")
        self._records = self._one_account_a_crm(explained)

    def _one_account_a_crm(self, explained: list[Explanation]) -> dict[str, str]:
        """For each CRM, the account there of the first customer that it knows: `object/id`."""
        found: dict[str, str] = {}
        with open_store(self._home) as store, store.reading() as connection:
            for item in explained:
                for ref in customers.accounts_of(connection, item.customer):
                    found.setdefault(ref.connector, f"{ref.object}/{ref.id}")
        return found

    def _disagreements(self) -> None:
        self._teller.say("Where departments disagree: each one's own weights over the same facts")
        show_disagreement(self._home, 5)
        found = open_cases(self._home)
        kinds: dict[str, int] = {}
        for row in found:
            kinds[row.kind] = kinds.get(row.kind, 0) + 1
        self._teller.say("Cases opened")
        self._teller.tell(
            ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(kinds.items()))
        )
        show_cases(found, 6)

    def _written(self, run: str) -> None:
        self._teller.say("What was written, and where")
        show_written(self._home, run)
        for name, record in self._records.items():
            self._teller.say(f"{record} in {name}, as people there see it")
            for line in shown(self._firm.crms[name], record).splitlines()[:24]:
                click.echo(f"  {visible(line)}")

    def _compare_with_crms(self) -> None:
        self._teller.say("Read back from each CRM by scripts that share no code with Detente")
        for name, crm in self._firm.crms.items():
            equal, there = equal_to_receipts(self._home, name, read_back(crm))
            self._teller.claim(
                0 < equal == there, f"{name}: {equal:,} of {there:,} accounts hold what their receipts say"
            )

    def _edit_as_people_do(self) -> None:
        self._teller.say("A person in each CRM changes one written priority")
        for name, record in self._records.items():
            crm = self._firm.crms[name]
            held = read_back(crm)[record][PRIORITY]
            self._edited[name] = "P4" if held != "P4" else "P1"
            set_priority(crm, record, self._edited[name])
            self._teller.tell(f"{name}, {record}: {held} becomes {self._edited[name]}")
        self._firm.let_pass(PASSING_S)

    def _second_run(self) -> None:
        summary = self._run("Two minutes later, a second run")
        applied, leases, asked = summary["writes"]["applied"], summary["lease_requests"], len(self._edited)
        self._teller.claim(applied == 0, f"{applied} needless writes")
        for name, record in self._records.items():
            held = read_back(self._firm.crms[name])[record].get(PRIORITY)
            self._teller.claim(held == self._edited[name], f"{name}: the person's value stands: {held}")
        self._teller.claim(leases == asked, f"{leases} leases are asked for, one an edit")

    def _undo(self, run: str) -> None:
        self._teller.say(f"Undo of {run}")
        with watched(as_json=False) as progress:
            summary: dict[str, Any] = perform_undo(self._home, run, progress=progress)
        for kept in summary["kept"]:
            self._teller.tell(f"left alone: {kept['record']}: {visible(kept['why'])}")
        for name, crm in self._firm.crms.items():
            left = {
                (record, key, text)
                for record, values in read_back(crm).items()
                for key, text in values.items()
            }
            only = {(self._records[name], PRIORITY, self._edited[name])}
            self._teller.claim(
                left == only, f"{name}: every field is as before but the person's edit ({len(left)} left)"
            )


def _held(kind: str, kept: Mapping[str, int]) -> str:
    """How many records of a kind there are; those that the CRM keeps apart are told beside."""
    apart = kept.get("all", kept["count"]) - kept["count"]
    return f"{kept['count'] + apart:,} {kind}{f', {apart:,} of them archived' if apart else ''}"


def _counts(state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The kinds of record that a firm's people work with, as the CRM calls them."""
    return {kind: kept for kind, kept in state.items() if kind in TOLD and kept["count"]}
