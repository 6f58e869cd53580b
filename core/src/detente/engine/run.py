"""The sentence that Detente tells, as one piece of durable work.

connectors read → records → link → signals → score → detect → escalate → plan → write back → connectors
"""

from __future__ import annotations

from collections.abc import Mapping

from detente.engine.stages import Stages, unread_in
from detente.engine.steps import Json, Steps


def run(stages: Stages, steps: Steps, arguments: Mapping[str, str]) -> Json:
    """One run, under the id `arguments["run"]`: every stage once, forward only; its summary.

    `arguments["as_of"]`, if there is one, is the past instant for which everything is scored.
    """
    run_id = arguments["run"]
    told = as_far_as_plan(stages, steps, arguments)
    told += write_back(stages, steps, run_id)
    return steps.step("finish", stages.finish, run_id, told)


def as_far_as_plan(stages: Stages, steps: Steps, arguments: Mapping[str, str]) -> list[Json]:
    """Everything that leads to a plan; nothing of it touches a CRM but to read."""
    run_id = arguments["run"]
    told = [steps.step("begin", stages.begin, run_id, arguments.get("as_of"))]
    stages.require_rules(told[0]["bundle"])
    told += read(stages, steps, run_id, told[0])
    told += link_and_score(stages, steps, run_id)
    told += [steps.step("escalate", stages.detect_and_escalate, run_id)]
    told += [steps.step("plan", stages.plan, run_id, told)]
    return told


def undo(stages: Stages, steps: Steps, arguments: Mapping[str, str]) -> Json:
    """Take back what a run wrote, where the CRM still holds it: a plan and a write-back of its own."""
    run_id = arguments["run"]
    told = [steps.step("plan", stages.plan_undo, run_id, arguments["undoes"])]
    told += write_back(stages, steps, run_id)
    return steps.step("finish", stages.finish_undo, run_id, told)


def read(stages: Stages, steps: Steps, run_id: str, begun: Json) -> list[Json]:
    """Every kind from every connector, batch by batch; one that fails is not read on in this run."""
    told: list[Json] = []
    for name, kind in begun["sources"]:
        done = name in unread_in([begun, *told])
        while not done:
            told.append(steps.step("read", stages.read, run_id, name, kind))
            done = told[-1]["done"]
    return told


def link_and_score(stages: Stages, steps: Steps, run_id: str) -> list[Json]:
    """Accounts to customers, records to signals, signals to scores, block by block."""
    told = [steps.step("link", stages.link, run_id), steps.step("signals", stages.signals, run_id)]
    return told + [steps.step("score", stages.score, run_id, block) for block in range(told[-1]["blocks"])]


def write_back(stages: Stages, steps: Steps, run_id: str) -> list[Json]:
    """What was planned, batch by batch, until nothing planned is left."""
    told: list[Json] = []
    while not told or not told[-1]["done"]:
        told.append(steps.step("write", stages.write, run_id))
    return told
