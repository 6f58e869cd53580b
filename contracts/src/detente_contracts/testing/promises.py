"""What every value that a hook returns must keep, checked one hook at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from inspect import signature
from numbers import Real
from pathlib import Path
from typing import Any

import yaml

from detente_contracts.cases import NextStep
from detente_contracts.conflicts import Conflict
from detente_contracts.connector import ConnectorType
from detente_contracts.criteria import Criterion, Frame
from detente_contracts.fields import REASON_LENGTH, FieldSpec, FieldType
from detente_contracts.links import LinkProposal
from detente_contracts.models import ContractModel
from detente_contracts.policy import PolicyFile, PolicyFolder
from detente_contracts.records import FieldText
from detente_contracts.signals import Signal
from detente_contracts.writes import ProposedWrite

RETURNS: Mapping[str, type[object]] = {
    "detente_provide_connectors": ConnectorType,
    "detente_propose_links": LinkProposal,
    "detente_declare_fields": FieldSpec,
    "detente_provide_policy": PolicyFolder,
    "detente_add_signals": Signal,
    "detente_add_criteria": Criterion,
    "detente_detect_conflicts": Conflict,
    "detente_choose_step": NextStep,
    "detente_propose_writes": ProposedWrite,
}
"""What each hook's answers are made of."""


def is_contract(wanted: object) -> bool:
    """Whether `wanted` is a major and a minor version."""
    return isinstance(wanted, tuple) and len(wanted) == 2 and all(type(part) is int for part in wanted)


def loose_arguments(function: Callable[..., Any]) -> list[str]:
    """What is wrong with arguments that pluggy fills differently from version to version, or never."""
    faults: list[str] = []
    for name, parameter in signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            faults.append(f"*{name} takes anything: name the arguments")
        elif parameter.default is not parameter.empty:
            faults.append(f"{name} has a default value")
    return faults


def listed(hook: str, answer: object) -> list[Any]:
    """What a hook that returns many answered, as a list of its models.

    Raises: AssertionError when it is None, one value, or holds something else.
    """
    wanted = RETURNS[hook]
    said = "None" if answer is None else f"a {type(answer).__name__}"
    fault = f"{hook} returned {said}; return a list of {wanted.__name__}, empty for nothing"
    assert isinstance(answer, Iterable), fault
    assert not isinstance(answer, str | bytes | Mapping | ContractModel), fault
    items: list[Any] = list(answer)
    for item in items:
        said = f"a {type(item).__name__}"
        assert isinstance(item, wanted), f"{hook} returned {said} where {wanted.__name__} is wanted"
    return items


def assert_unique(names: Iterable[object]) -> None:
    """Raises: AssertionError that names what comes twice."""
    seen = list(names)
    assert len(seen) == len(set(seen)), (
        f"double: {sorted({str(name) for name in seen if seen.count(name) > 1})}"
    )


def has_code(criterion: Criterion) -> bool:
    """Whether points come from a function of the plugin."""
    return criterion.function is not None or criterion.frame_function is not None


def survives_json(model: ContractModel) -> bool:
    """Whether the model is the same after a way through JSON, as on its way to and from the plugin host.

    Functions of a criterion stay behind: points come by another way.
    """
    if isinstance(model, Criterion) and has_code(model):
        model = model.model_copy(update={"function": None, "frame_function": None, "python": True})
    return type(model).model_validate_json(model.model_dump_json(by_alias=True)) == model


def points_of(criterion: Criterion, frame: Frame) -> Sequence[float | None]:
    """What a Python criterion gives each customer of `frame`, in order."""
    if criterion.frame_function is not None:
        return list(criterion.frame_function(frame))
    if criterion.function is not None:
        return [criterion.function(row) for row in frame.rows()]
    return []


def is_points(value: object) -> bool:
    """Whether `value` is None or a finite number from -100 to 100."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value) and -100 <= float(value) <= 100


def is_canonical(value: FieldText, field: FieldSpec) -> bool:
    """Whether `value` is canonical text of the field's type; None clears a field of any type."""
    if value is None:
        return True
    if field.type is FieldType.CHOICE:
        return value in field.options
    if field.type is FieldType.NUMBER:
        return _is_number(value, field.decimals)
    if field.type is FieldType.INSTANT:
        return _is_instant(value)
    if field.type is FieldType.URL and not value.startswith(("https://", "http://")):
        return False
    return 0 < len(value) <= REASON_LENGTH


def _is_number(value: str, decimals: int) -> bool:
    # More decimals than the field has would be written anew in every run: the CRM rounds them away.
    match = re.fullmatch(r"-?[0-9]+(?:\.([0-9]+))?", value)
    return match is not None and len(match[1] or "") <= decimals


def _is_instant(value: str) -> bool:
    try:
        return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def policy_files(folders: Iterable[PolicyFolder]) -> dict[Path, PolicyFile]:
    """Every YAML file of the folders, read as policy.

    Raises: ConfigurationError that names the file, where a key is unknown or a value is of the wrong kind.
    """
    paths = [path for folder in folders for path in sorted(folder.path.glob("*.yaml"))]
    return {
        path: PolicyFile.read(yaml.safe_load(path.read_text("utf-8")) or {}, where=path.name)
        for path in paths
    }
