"""What a run says when it is over: counts, problems by name, seconds by stage."""

from __future__ import annotations

from collections.abc import Sequence

from detente.engine.opening import Engine
from detente.engine.steps import Json
from detente.engine.writing.attempt import ALREADY
from detente.store import checkpoints, writes
from detente.store.checkpoints import Refused
from detente.store.writes import WriteState

_STAGES = {
    "as_of": "begin",
    "down": "read",
    "links": "link",
    "customers": "signals",
    "scored": "score",
    "opened": "escalate",
    "planned": "plan",
}


def run_summary(engine: Engine, run: str, told: Sequence[Json]) -> Json:
    """The summary of a run, as `detente run --json` prints it."""
    with engine.store.reading() as connection:
        read = checkpoints.counts_of(connection, run)
        written = writes.write_counts(connection, run)
        refused = checkpoints.refused_of(connection, run)
        leases = len(writes.open_lease_requests(connection))
        failed = writes.failures_of(connection, run)
    records: dict[str, dict[str, int]] = {}
    for row in read:
        records.setdefault(row.connector, {})[str(row.kind)] = row.read
    return {
        "run": run,
        "as_of": _first(told, "as_of"),
        "records": records,
        "changed": sum(row.new + row.changed for row in read),
        "links": _first(told, "links"),
        "down": sorted({str(name) for item in told for name in item.get("down", ())}),
        "behind": sorted({str(name) for item in told for name in item.get("behind", ())}),
        "scored": sum(item.get("scored", 0) for item in told),
        "cases": {name: _first(told, name) for name in ("opened", "updated", "moved", "subsided")},
        "writes": written,
        "lease_requests": leases,
        "degraded": problems(engine, told, refused, failed),
        "seconds": _seconds(told),
    }


def undo_summary(engine: Engine, run: str, told: Sequence[Json]) -> Json:
    """The summary of an undo."""
    with engine.store.reading() as connection:
        written = writes.write_counts(connection, run)
        failed = writes.failures_of(connection, run)
        kept = [
            {"record": str(row.ref), "why": row.detail}
            for row in writes.writes_of(connection, run)
            if row.detail and row.detail != ALREADY and row.state is not WriteState.FAILED
        ]
    return {"run": run, "writes": written, "kept": kept, "degraded": problems(engine, told, [], failed)}


def problems(
    engine: Engine, told: Sequence[Json], refused: Sequence[Refused], failed: Sequence[str]
) -> list[str]:
    """Every named problem: connectors down, plugins set aside, rows refused, writes failed."""
    named = [text for item in told for text in item.get("problems", ())]
    named += [f"plugin {item.plugin}, {item.hook}: {item.message}" for item in engine.plugins.failures]
    return list(dict.fromkeys([*named, *_refusals(refused), *failed]))


def _refusals(refused: Sequence[Refused]) -> list[str]:
    """One line a connector and kind, with the first of several rows as the example."""
    groups: dict[str, list[Refused]] = {}
    for item in refused:
        groups.setdefault(f"{item.connector} {item.kind}", []).append(item)
    return [f"{name}: {_refusal(items)}" for name, items in groups.items()]


def _refusal(items: Sequence[Refused]) -> str:
    first = items[0]
    if len(items) == 1:
        return f"{first.row} refused: {first.reason}"
    return f"{len(items):,} refused, the first {first.row}: {first.reason}"


def _first(told: Sequence[Json], key: str) -> object:
    return next((item[key] for item in told if key in item), 0)


def _seconds(told: Sequence[Json]) -> dict[str, float]:
    spent: dict[str, float] = {}
    for item in told:
        stage = next((name for key, name in _STAGES.items() if key in item), None)
        if stage is None:
            stage = "read" if not spent.get("plan") else "write"
        spent[stage] = round(spent.get(stage, 0.0) + item.get("took_s", 0.0), 3)
    return spent
