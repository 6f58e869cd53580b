"""What commands ask for: perform a run, a dry run or an undo in a folder, from opening to closing."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from detente_contracts import ConfigurationError, Progress

from detente.engine.connecting import Lineup, ready_to_run
from detente.engine.durable import Worker, taken_slot
from detente.engine.opening import Engine, RulesChangedError, open_engine, silent
from detente.engine.run import as_far_as_plan, run, undo
from detente.engine.scratch import scratch_store
from detente.engine.stages import Stages
from detente.engine.steps import Direct, Json
from detente.engine.summary import problems
from detente.engine.writing.plan import PlanRow, plan_rows_of
from detente.settings import read_settings
from detente.store import checkpoints, runs
from detente.store.database import Store


def perform_run(
    home: Path, *, as_of: datetime | None = None, strict: bool = False, progress: Progress = silent
) -> Json:
    """One run; a run that was cut short goes on instead of a second one starting.

    `as_of` scores a past instant: what happened later is cut away before anything is derived.

    Raises: ConfigurationError, AccessError, RuleViolationError before any effect.
    """
    with open_engine(home, strict=strict, progress=progress) as engine:
        stages = Stages(engine, _ready(engine).down)
        with Worker(engine.state, {"run": partial(run, stages), "undo": partial(undo, stages)}) as worker:
            _finish_first(worker, "undo")
            asked = _past(as_of, engine)
            stamp = engine.clock.now().strftime("%Y%m%d-%H%M%S")
            return _go_on(worker, "run", asked) or _start(worker, engine.store, "run", stamp, asked)


def perform_due_run(
    home: Path, *, earlier: str | None, begun: Callable[[str], None], stop: Event, progress: Progress = silent
) -> Json:
    """The run of one due time, after whatever was cut short has come to its end.

    `begun` is told the run's id right before it begins. `earlier` is that id when the process died since: if
    that run came to its end, it is the one that was due, and no second one begins.

    Raises: as `perform_run`, BusyError when another process is at work, StoppedError when `stop` is set.
    """
    settings = read_settings(home)
    # Looked at before anything is opened or asked: whoever waits for the slot asks often.
    os.close(taken_slot(home / settings.state))
    with open_engine(home, progress=progress) as engine:
        stages = Stages(engine, _ready(engine).down)
        works = {"run": partial(run, stages), "undo": partial(undo, stages)}
        with Worker(engine.state, works, stop=stop) as worker:
            _finish_first(worker, "undo")
            _finish_first(worker, "run")
            ended = worker.result_of(earlier) if earlier else None
            stamp = engine.clock.now().strftime("%Y%m%d-%H%M%S")
            return ended or _start(worker, engine.store, "run", stamp, {}, begun)


def perform_undo(home: Path, undoes: str, *, progress: Progress = silent) -> Json:
    """Take back what the run `undoes` wrote.

    Raises: ConfigurationError when there is no such run.
    """
    with open_engine(home, progress=progress) as engine:
        _known_run(engine.store, undoes)
        stages = Stages(engine)
        with Worker(engine.state, {"run": partial(run, stages), "undo": partial(undo, stages)}) as worker:
            _finish_first(worker, "run")
            asked = {"undoes": undoes}
            stamp = undoes.removeprefix("run-")
            return _go_on(worker, "undo", asked) or _start(worker, engine.store, "undo", stamp, asked)


def perform_plan(home: Path, *, progress: Progress = silent) -> tuple[list[PlanRow], list[str]]:
    """What a run would write, field by field, and the problems on the way; made on a copy of the store."""
    with scratch_store(home) as scratch, open_engine(home, progress=progress, store=scratch) as engine:
        told = as_far_as_plan(Stages(engine, _ready(engine).down), Direct(), {"run": "plan"})
        with scratch.reading() as connection:
            rows = plan_rows_of(connection, "plan")
            refused = checkpoints.refused_of(connection, "plan")
        return rows, problems(engine, told, refused, [])


def _go_on(worker: Worker, kind: str, asked: Json) -> Json | None:
    """The summary of work that was cut short, once it is at its end; None when other work was asked for."""
    begun = worker.open_work(kind)
    if begun is None:
        return None
    before = {key: value for key, value in worker.arguments_of(begun).items() if key != "run"}
    try:
        summary = worker.attach(begun)
    except RulesChangedError:
        return None
    return summary if before == asked else None


def _start(
    worker: Worker,
    store: Store,
    kind: str,
    stamp: str,
    asked: Json,
    begun: Callable[[str], None] | None = None,
) -> Json:
    work_id = next_id(store, kind, stamp, worker.knows)
    if begun is not None:
        begun(work_id)
    return worker.perform(kind, work_id, {"run": work_id, **asked})


def next_id(store: Store, prefix: str, stamp: str, is_taken: Callable[[str], bool]) -> str:
    """An id that no run of the store and no work has: prefix, stamp, and a number from 2 on if need be.

    Work that failed before it came to the store has its id too, and would only tell its failure again.
    """
    candidate, number = f"{prefix}-{stamp}", 1
    with store.reading() as connection:
        while runs.read_run(connection, candidate) is not None or is_taken(candidate):
            number += 1
            candidate = f"{prefix}-{stamp}-{number}"
    return candidate


def _past(as_of: datetime | None, engine: Engine) -> dict[str, str]:
    """A past instant to score; never one before the latest run's, whose scores and writes it would undo."""
    if as_of is None:
        return {}
    if as_of > engine.clock.now():
        raise ConfigurationError(f"{as_of:%Y-%m-%d %H:%M} lies in the future", hint="Give a past instant")
    with engine.store.reading() as connection:
        latest = next(iter(runs.last_runs(connection, 1)), None)
    if latest and as_of < latest.as_of:
        raise ConfigurationError(
            f"{latest.id} has scored {latest.as_of:%Y-%m-%d %H:%M}, which is later",
            hint="Score the past in a folder of its own",
        )
    return {"as_of": as_of.isoformat()}


def _finish_first(worker: Worker, kind: str) -> None:
    """Let work of another kind that was cut short come to its end: two plans must not mix."""
    _go_on(worker, kind, {})


def _ready(engine: Engine) -> Lineup:
    with engine.store.reading() as connection:
        read_before = frozenset(checkpoints.connectors_read(connection))
    return ready_to_run(engine.connectors, engine.settings, read_before)


def _known_run(store: Store, run_id: str) -> None:
    with store.reading() as connection:
        if runs.read_run(connection, run_id) is None:
            known = ", ".join(row.id for row in runs.last_runs(connection, 5)) or "none yet"
            raise ConfigurationError(f"no run {run_id!r}", hint=f"Latest runs: {known}")
