"""What every value that a hook returns must keep, checked one hook at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from detente_contracts.cases import NextStep
from detente_contracts.conflicts import Conflict
from detente_contracts.connector import ConnectorType
from detente_contracts.criteria import Criterion, Frame
from detente_contracts.fields import FieldSpec, FieldType
from detente_contracts.models import ContractModel
from detente_contracts.policy import PolicyFile, PolicyFolder
from detente_contracts.records import FieldText
from detente_contracts.signals import Signal
from detente_contracts.writes import ProposedWrite

RETURNS: Mapping[str, type[object]] = {
    "detente_provide_connectors": ConnectorType,
    "detente_declare_fields": FieldSpec,
    "detente_provide_policy": PolicyFolder,
    "detente_add_signals": Signal,
    "detente_add_criteria": Criterion,
    "detente_detect_conflicts": Conflict,
    "detente_choose_step": NextStep,
    "detente_propose_writes": ProposedWrite,
}
"""What each hook's answers are made of."""


def has_default(function: Callable[..., Any]) -> bool:
    """Whether any argument has a default value, which pluggy treats differently from version to version."""
    inner = getattr(function, "__func__", function)
    return bool(getattr(inner, "__defaults__", None) or getattr(inner, "__kwdefaults__", None))


def survives_json(model: ContractModel) -> bool:
    """Whether the model is the same after a way through JSON, as on its way to and from the plugin host."""
    text = model.model_dump_json(by_alias=True)
    return type(model).model_validate_json(text).model_dump_json(by_alias=True) == text


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and -100 <= value <= 100


def is_canonical(value: FieldText, field: FieldSpec) -> bool:
    """Whether `value` is canonical text of the field's type; None clears a field of any type."""
    if value is None:
        return True
    if field.type is FieldType.CHOICE:
        return value in field.options
    if field.type is FieldType.NUMBER:
        return _is_number(value)
    if field.type is FieldType.INSTANT:
        return _is_instant(value)
    return bool(value)


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value)) and "_" not in value and value == value.strip()
    except ValueError:
        return False


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
