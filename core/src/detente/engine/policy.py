"""Policy: YAML files of several folders made one, and the bundle that a score or a case was made under."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

import orjson
from detente_contracts import (
    Calendar,
    ConfigurationError,
    ContractModel,
    Playbook,
    PolicyFile,
    Rates,
    Role,
    Rubric,
    Signal,
    Trigger,
)

from detente.engine.policy_checks import check_policy
from detente.engine.policy_yaml import PolicyText, read_policy_file
from detente.engine.rubric.plan import ScoringPlan

SHIPPED = "plugin "
"""How the place of an entry begins that a plugin ships."""

_NAMED = {
    "rubrics": "name",
    "signals": "name",
    "triggers": "kind",
    "playbooks": "name",
    "calendars": "name",
    "roles": "id",
    "exchange": "since",
}
_SINGLE = (
    "currency",
    "stale_after_hours",
    "lease_days",
    "default_playbook",
    "link_automatic_from",
    "link_suggest_from",
)


@dataclass(frozen=True)
class Policy:
    """All policy in force, by name (triggers by kind, roles by id); `exchange` in order of its days.

    `places` say in which file and line each entry stands, by part and name; see `placed`.
    """

    rubrics: Mapping[str, Rubric] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)
    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    currency: str = "EUR"
    exchange: tuple[Rates, ...] = ()
    stale_after_hours: float = 48.0
    lease_days: int = 14
    default_playbook: str | None = None
    link_automatic_from: float = 0.98
    link_suggest_from: float = 0.5
    places: Mapping[tuple[str, object], str] = field(default_factory=dict, compare=False, repr=False)

    @contextmanager
    def placed(self, part: str, name: str) -> Iterator[None]:
        """Name file and line of an entry in every refusal of it."""
        try:
            yield
        except ConfigurationError as error:
            place = self.places.get((part, name))
            message = f"{place}: {error.message}" if place else error.message
            raise ConfigurationError(message, hint=error.hint) from None


@dataclass(frozen=True)
class Bundle:
    """All that a score replays from and a case is folded with, and its SHA-256 hash."""

    content: Mapping[str, object]
    hash: str
    rubric: Rubric
    plan: ScoringPlan
    policy: Policy
    plugins: Mapping[str, str]

    @classmethod
    def build(cls, policy: Policy, rubric: Rubric, plan: ScoringPlan, plugins: Mapping[str, str]) -> Bundle:
        """The bundle of a rubric, its plan, the policy around it, and plugins by name with version."""
        parts: dict[str, object] = {
            part: [_plain(entry) for entry in _in_order(getattr(policy, part))]
            for part in ("triggers", "playbooks", "calendars", "roles", "exchange")
        }
        parts |= {key: getattr(policy, key) for key in _SINGLE}
        parts |= {"rubric": _plain(rubric), "plan": _plain(plan), "plugins": dict(plugins)}
        return cls.of(cast(Mapping[str, object], orjson.loads(canonical(parts))))

    @classmethod
    def of(cls, content: Mapping[str, object]) -> Bundle:
        """The bundle again, from what was stored. Raises: ConfigurationError when it is not one."""
        where = "policy bundle"
        parts = {key: content[key] for key in content if key not in ("rubric", "plan", "plugins")}
        policy = _policy(_file_entries(PolicyText(PolicyFile.read(parts, where=where), {}), where))
        return cls(
            content=content,
            hash=hashlib.sha256(canonical(content)).hexdigest(),
            rubric=Rubric.read(content.get("rubric"), where=where),
            plan=ScoringPlan.read(content.get("plan"), where=where),
            policy=policy,
            plugins=cast(Mapping[str, str], content.get("plugins", {})),
        )


def load_policy(shipped: Sequence[tuple[str, Path]], own: Path | None) -> Policy:
    """The policy of the folders that plugins ship, with the organisation's own over it.

    `shipped` holds each plugin's name and folder. Raises: ConfigurationError naming file, line and key; two
    files for one shipped name; and what `check_policy` refuses.
    """
    below: _Entries = {}
    for plugin, folder in shipped:
        if not folder.is_dir():
            fix = "Reinstall the plugin, or disable it in the settings"
            raise ConfigurationError(f"plugin {plugin}: its policy folder is missing", hint=fix)
        _merge(below, _folder_entries(folder, f"{SHIPPED}{plugin}: "))
    above = _folder_entries(own, "") if own is not None and own.is_dir() else {}
    entries = {**below, **above}
    policy = _policy(entries)
    check_policy(policy)
    return policy


def canonical(content: object) -> bytes:
    """JSON with sorted keys and no spaces: the same content gives the same bytes."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


class _Entry(NamedTuple):
    value: object
    place: str


_Key = tuple[str, object]
_Entries = dict[_Key, _Entry]


def _folder_entries(folder: Path, prefix: str) -> _Entries:
    found: _Entries = {}
    for path in sorted(item for item in folder.iterdir() if item.suffix in (".yaml", ".yml")):
        place = f"{prefix}{path.name}"
        _merge(found, _file_entries(read_policy_file(path, where=place), place))
    return found


def _file_entries(text: PolicyText, name: str) -> _Entries:
    """Everything that the file gives, by part and name. Raises: ConfigurationError for a name given twice."""
    found: _Entries = {}

    def place(part: str, number: int) -> str:
        line = text.lines.get((part, number))
        return f"{name} line {line}" if line else name

    for part, key in _NAMED.items():
        for number, entry in enumerate(getattr(text.file, part)):
            _merge(found, {(part, getattr(entry, key)): _Entry(entry, place(part, number))})
    for part in _SINGLE:
        if getattr(text.file, part) is not None:
            found[part, ""] = _Entry(getattr(text.file, part), place(part, 0))
    return found


def _merge(into: _Entries, more: _Entries) -> None:
    for key, entry in more.items():
        if key in into:
            named = " ".join(str(word) for word in key if word)
            message = f"{entry.place}: {named} is given in {into[key].place} too"
            raise ConfigurationError(message, hint="Rename one, or replace both in your own policy folder")
        into[key] = entry


def _policy(entries: _Entries) -> Policy:
    named: dict[str, dict[object, object]] = {part: {} for part in _NAMED}
    for (part, name), entry in entries.items():
        if part in named:
            named[part][name] = entry.value
    dated = named.pop("exchange")
    single = {part: entries[part, ""].value for part in _SINGLE if (part, "") in entries}
    exchange = tuple(dated[day] for day in sorted(dated, key=str))
    places = {key: entry.place for key, entry in entries.items()}
    return Policy(**named, **single, exchange=exchange, places=places)  # type: ignore[arg-type] # models checked each part


def _in_order(entries: Mapping[str, ContractModel] | Sequence[ContractModel]) -> list[ContractModel]:
    if isinstance(entries, Mapping):
        return [entries[name] for name in sorted(entries)]
    return list(entries)


def _plain(model: ContractModel) -> dict[str, object]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
